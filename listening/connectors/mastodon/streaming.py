"""Wait for news on a server's stream of events (server-sent events)."""

import json
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings as django_settings

from listening.connectors.base import PermanentFailure, TemporaryFailure
from listening.connectors.mastodon.calls import CONNECT_SECONDS, NotThere, Server, read_up_to, refusal
from listening.connectors.mastodon.reading import word
from listening.connectors.mastodon.walk import Walk
from socialhub.lib.guarded_network import AddressNotPublic, GuardedTransport
from socialhub.lib.told import told as _

MAX_LINE = 1_000_000
MAX_REFUSAL = 10_000


def wait(server: Server, cursor: Mapping[str, object], *, seconds: float) -> bool:
    """Wait up to ``seconds`` for a mention and tell whether there is one.

    What came while nobody listened is asked for as soon as the stream stands.

    :raises ConnectorFailed: there is no stream, or it broke.
    """
    transport = GuardedTransport(
        allowed_hosts=django_settings.ALLOWED_INTERNAL_HOSTS, deadline=time.monotonic() + seconds
    )
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    headers = {**server.headers(), "Accept": "text/event-stream"}
    address = f"{_address(server, cursor)}/api/v1/streaming/user"
    with httpx.Client(transport=transport, trust_env=False, timeout=timeout) as client:
        try:
            with client.stream("GET", address, headers=headers) as response:
                _require_stream(server, response)
                if _is_behind(server, cursor) or _hears_news(response):
                    return True
        except AddressNotPublic as error:
            sentence = _("%(host)s leads to an address inside the network, which is not read.")
            raise PermanentFailure(sentence % {"host": server.host}) from error
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise TemporaryFailure(_("%(host)s cannot be reached.") % {"host": server.host}) from error
        except (httpcore.TimeoutException, httpx.TimeoutException):
            return False
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.TransportError, httpx.DecodingError) as error:
            raise _broken(server) from error
    raise _broken(server)


def _address(server: Server, cursor: Mapping[str, object]) -> str:
    """Return where the events come from: large servers have a host of its own for them."""
    told = cursor.get("streaming")
    streaming = told if isinstance(told, str) and cursor.get("server") == server.address else ""
    # snac and others name themselves with a scheme that they do not speak.
    is_elsewhere = streaming and urlsplit(streaming).netloc != server.host
    return streaming if is_elsewhere else server.address


def _require_stream(server: Server, response: httpx.Response) -> None:
    if response.status_code == HTTPStatus.OK and response.headers.get("content-type", "").startswith(
        "text/event-stream"
    ):
        return
    if response.status_code == HTTPStatus.OK:
        raise _no_stream(server)
    read_up_to(response, MAX_REFUSAL)
    failure = refusal(server, "GET ", response.status_code, response.headers, None)
    raise _no_stream(server) if isinstance(failure, NotThere) else failure


def _is_behind(server: Server, cursor: Mapping[str, object]) -> bool:
    """Tell whether there is a mention that the last look did not bring."""
    walk = Walk.of(cursor.get("mentions"))
    if cursor.get("server") != server.address or not walk.has_begun or walk.top:
        return True
    _walk, found, _again = walk.after(server.get("/api/v1/notifications", {"types[]": "mention", **walk.asked()}))
    return bool(found)


def _hears_news(response: httpx.Response) -> bool:
    """Read until there is a mention; False when the server ends the stream."""
    name = ""
    for line in _lines(response):
        kind, _colon, value = line.partition(":")
        if kind == "event":
            name = value.strip()
        elif kind == "data" and name == "notification" and _is_mention(value):
            return True
    return False


def _is_mention(data: str) -> bool:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return True
    return not isinstance(told, dict) or word(told, "type") in {"mention", ""}


def _lines(response: httpx.Response) -> Iterator[str]:
    """Return the lines as they come; an endless one is a broken stream."""
    rest = b""
    for chunk in response.iter_raw():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r").decode(errors="replace")
        if len(rest) > MAX_LINE:
            raise httpx.DecodingError("endless line")


def _no_stream(server: Server) -> PermanentFailure:
    return PermanentFailure(_("%(host)s does not tell at once when there is news.") % {"host": server.host})


def _broken(server: Server) -> TemporaryFailure:
    return TemporaryFailure(_("%(host)s ended its stream of events.") % {"host": server.host})
