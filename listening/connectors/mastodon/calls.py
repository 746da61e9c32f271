"""Calls to a server that speaks the Mastodon API: guarded, bounded, every failure told apart."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpcore
import httpx
from django.conf import settings as django_settings

from listening.connectors.base import (
    MAX_EXCERPT,
    AuthorisationFailure,
    Budget,
    OutcomeUnknown,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from socialhub.lib.guarded_network import AddressNotPublic, GuardedTransport, is_allowed
from socialhub.lib.told import told as _

CALL_SECONDS = 20.0
CONNECT_SECONDS = 5.0
# Whatever a look or an answer asks, together: well within the time for which a channel is claimed.
TOGETHER_SECONDS = 60.0
MAX_BYTES = 8_000_000
MAX_RETRY_AFTER = 24 * 3600
USER_AGENT = "Socialhub/1 (social inbox)"

Fields = Mapping[str, str] | Sequence[tuple[str, str]]
# A name may stand for several values.
Told = Mapping[str, str] | Mapping[str, str | list[str]]

_ACCOUNT_ADDRESS = re.compile(r"@?[^@/\s]+@(?P<host>[^@/\s]+)\Z")
_HOST = re.compile(r"[\w.~-]+\Z|\[?[0-9a-fA-F:.]+\]?\Z")
_LINK = re.compile(r"<([^>]{1,2000})>\s*;\s*rel=\"?(next|prev)\"?")
# A gateway that lost the server behind it does not know what that server has done.
_LOST_BEHIND = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_REDIRECTS = range(300, 400)
# Nothing of the request has left when one of these is raised.
_NOT_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol, httpcore.PoolTimeout)


class NotThere(PermanentFailure):
    """The server has no such thing, or does not show it to us."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: its JSON, and what its headers say."""

    told: Any
    headers: Mapping[str, str]

    @property
    def entries(self) -> list[Mapping[str, Any]]:
        """Return the objects of a list; whatever else is in it is left out."""
        return [entry for entry in self.told if isinstance(entry, dict)] if isinstance(self.told, list) else []

    @property
    def about(self) -> Mapping[str, Any]:
        """Return the object that was asked for; nothing when the server sent something else."""
        return self.told if isinstance(self.told, dict) else {}

    @property
    def links(self) -> dict[str, str]:
        """Return the ids from which the pages before and after this one go on: ``max_id`` and ``min_id``.

        The addresses themselves are never followed.
        """
        found = {}
        for address, _direction in _LINK.findall(self.headers.get("link", "")):
            query = parse_qs(urlsplit(address).query)
            for name in ("max_id", "min_id"):
                if name in query:
                    found[name] = query[name][0]
        return found

    @property
    def budget(self) -> Budget | None:
        """Return how often the server still lets us ask, if it says so."""
        left, of = (self.headers.get(f"x-ratelimit-{name}", "") for name in ("remaining", "limit"))
        if not left.isdecimal() or not of.isdecimal():
            return None
        return Budget(int(left[:9]), int(of[:9]), _reset_at(self.headers))


@dataclass(frozen=True, slots=True)
class Server:
    """A server and our sign-in there, for one look or one answer."""

    address: str
    token: str = ""
    deadline: float = field(default_factory=lambda: time.monotonic() + TOGETHER_SECONDS)

    @property
    def host(self) -> str:
        """Name the server for people."""
        return urlsplit(self.address).netloc

    @property
    def seconds_left(self) -> float:
        """Return how long what we do together may still take."""
        return self.deadline - time.monotonic()

    def get(self, path: str, asked: Fields = (), *, seconds: float = CALL_SECONDS) -> Answer:
        """Ask for something.

        :raises NotThere: the server does not have it.
        :raises ConnectorFailed: any of the others, except that its outcome is unknown.
        """
        try:
            return self._call("GET", path, asked, {}, {}, seconds)
        except OutcomeUnknown as failure:
            # Asking changes nothing, so asking again is harmless.
            raise TemporaryFailure(failure.told) from failure

    def post(self, path: str, told: Told, headers: Mapping[str, str]) -> Answer:
        """Tell the server something.

        :raises ConnectorFailed: of these, ``OutcomeUnknown`` where the server may have taken it.
        """
        return self._call("POST", path, (), told, headers, CALL_SECONDS)

    def upload(self, path: str, told: Told, file: tuple[str, bytes, str], *, seconds: float) -> Answer:
        """Bring a file (its name, bytes and media type) to the server.

        :raises ConnectorFailed: as ``post`` does.
        """
        return self._call("POST", path, (), told, {}, seconds, file)

    def put(self, path: str, told: Told) -> Answer:
        """Have something on the server say something else.

        :raises ConnectorFailed: as ``post`` does.
        """
        return self._call("PUT", path, (), told, {}, CALL_SECONDS)

    def delete(self, path: str) -> Answer:
        """Have something on the server taken away.

        :raises ConnectorFailed: as ``post`` does.
        """
        return self._call("DELETE", path, (), {}, {}, CALL_SECONDS)

    def _call(
        self,
        method: str,
        path: str,
        asked: Fields,
        told: Told,
        headers: Mapping[str, str],
        seconds: float,
        file: tuple[str, bytes, str] | None = None,
    ) -> Answer:
        seconds = min(seconds, self.seconds_left)
        if seconds <= 0:
            raise TemporaryFailure(_("%(host)s took too long, so the rest was left for later.") % {"host": self.host})
        transport = GuardedTransport(
            allowed_hosts=django_settings.ALLOWED_INTERNAL_HOSTS, deadline=time.monotonic() + seconds
        )
        sent = {**self.headers(), **headers}
        parameters = httpx.QueryParams(list(asked.items()) if isinstance(asked, Mapping) else list(asked))
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        files = {"file": file} if file else None
        with httpx.Client(transport=transport, trust_env=False, timeout=timeout) as client:
            try:
                with client.stream(
                    method,
                    f"{self.address}{path}",
                    params=parameters,
                    data=dict(told) or None,
                    files=files,
                    headers=sent,
                ) as response:
                    body = read_up_to(response, MAX_BYTES)
            except AddressNotPublic as error:
                raise self._inside() from error
            except _NOT_SENT as error:
                raise TemporaryFailure(_("%(host)s cannot be reached.") % {"host": self.host}) from error
            except (httpcore.TimeoutException, httpx.TimeoutException) as error:
                raise OutcomeUnknown(_("%(host)s did not answer completely in time.") % {"host": self.host}) from error
            except (httpcore.NetworkError, httpcore.ProtocolError, httpx.TransportError, httpx.DecodingError) as error:
                raise OutcomeUnknown(_("The answer of %(host)s broke off.") % {"host": self.host}) from error
            except (httpx.InvalidURL, ValueError, UnicodeError) as error:
                raise PermanentFailure(_("The channel’s address names no server that can exist.")) from error
        return self._understood(method, path, response, body)

    def headers(self) -> dict[str, str]:
        """Return what goes with every call."""
        told = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        return {**told, "Authorization": f"Bearer {self.token}"} if self.token else told

    def _inside(self) -> PermanentFailure:
        sentence = _("%(host)s leads to an address inside the network, which is not read.")
        return PermanentFailure(sentence % {"host": self.host})

    def _understood(self, method: str, path: str, response: httpx.Response, body: bytes) -> Answer:
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            told = None if response.is_success else body[:MAX_EXCERPT].decode(errors="replace")
        if response.is_success and told is not None:
            return Answer(told, response.headers)
        if response.is_success:
            sentence = _("%(host)s answered something that is not the Mastodon API.") % {"host": self.host}
            raise OutcomeUnknown(sentence)
        raise refusal(self, f"{method} {path}", response.status_code, response.headers, told)


def server_of(address: object, token: object = "") -> Server:
    """Return the server that somebody typed: a name, an address, or the address of an account there.

    :raises PermanentFailure: it is none, or the token would travel for everybody to read.
    """
    typed = address.strip() if isinstance(address, str) else ""
    account = _ACCOUNT_ADDRESS.match(typed)
    typed = account["host"] if account else typed
    parts = _split(typed if "://" in typed else f"https://{typed}")
    if parts is None:
        raise PermanentFailure(_("The channel has no address of a server."))
    scheme, host, port = parts
    netloc = host if port is None else f"{host}:{port}"
    number = port or (443 if scheme == "https" else 80)
    if scheme == "http" and not is_allowed(host, number, django_settings.ALLOWED_INTERNAL_HOSTS):
        raise PermanentFailure(_("The address has to begin with https://, or others could read along."))
    return Server(f"{scheme}://{netloc}", token.strip() if isinstance(token, str) else "")


def _split(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not _HOST.match(host) or "@" in parts.netloc:
        return None
    return parts.scheme, f"[{host}]" if ":" in host else host, port


def read_up_to(response: httpx.Response, most: int) -> bytes:
    """Read the body as it comes, without waiting for full chunks.

    :raises httpx.DecodingError: it is longer, or packed although that was not asked for.
    """
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise httpx.DecodingError("packed")
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > most:
            raise httpx.DecodingError("too long")
    return bytes(body)


def refusal(
    server: Server, asked: str, status: int, headers: Mapping[str, str], told: object
) -> PermanentFailure | TemporaryFailure | OutcomeUnknown:
    """Return what a status that is no success means for us; ``asked`` is the method and the path."""
    is_asking = asked.startswith("GET ")
    said = _said(told)
    answered = _("%(host)s answered “%(answer)s”.") % {"host": server.host, "answer": f"{status} {said}".strip()}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        sentence = _("%(host)s was asked too often and lets us wait.") % {"host": server.host}
        return RateLimited(sentence, retry_after=_retry_after(headers))
    if not is_asking and status in _LOST_BEHIND:
        return OutcomeUnknown(answered)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return TemporaryFailure(answered, retry_after=_retry_after(headers))
    if status == HTTPStatus.UNAUTHORIZED or _is_about_token(asked, status, told):
        if not server.token:
            return AuthorisationFailure(
                _("%(host)s shows this only to people who have signed in there.") % {"host": server.host}
            )
        return AuthorisationFailure(_("%(host)s does not accept the access token.") % {"host": server.host})
    if status == HTTPStatus.FORBIDDEN and is_asking:
        return AuthorisationFailure(answered)
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return NotThere(answered)
    if status in _REDIRECTS:
        sentence = _("%(host)s sends us on to another address (%(address)s). Enter that one.")
        return PermanentFailure(sentence % {"host": server.host, "address": headers.get("location", "")[:MAX_EXCERPT]})
    return PermanentFailure(answered)


def _is_about_token(asked: str, status: int, told: object) -> bool:
    """Tell a bad token from a bad request: Takahe answers 400 to both, and snac 422 when it is asked who we are."""
    if status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return False
    said = told if isinstance(told, str) else _said(told)
    return asked.endswith("/verify_credentials") or (status == HTTPStatus.BAD_REQUEST and "token" in said.casefold())


def _said(told: object) -> str:
    """Return the server's own words on what is wrong."""
    if not isinstance(told, dict):
        return ""
    for name in ("error_description", "error", "detail"):
        if isinstance(told.get(name), str):
            return str(told[name])[:MAX_EXCERPT]
    return ""


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Return in how many seconds the server lets us ask again, however it says so."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return min(int(value[:9]), MAX_RETRY_AFTER)
    moment = _http_date(value) or _reset_at(headers)
    if moment is None:
        return None
    # By the server's own clock, if it shows it: ours may be wrong.
    now = _http_date(headers.get("date", "")) or datetime.now(UTC)
    return min(max(int((moment - now).total_seconds()) + 1, 1), MAX_RETRY_AFTER)


def _reset_at(headers: Mapping[str, str]) -> datetime | None:
    """Read when the count begins anew: Mastodon writes ISO 8601, others Unix seconds."""
    value = headers.get("x-ratelimit-reset", "").strip()
    try:
        if value.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
