"""Ask a service of the AT Protocol, guarded and bounded, and say in our words why it refused."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings as django_settings

from listening.connectors.base import (
    AuthorisationFailure,
    Budget,
    ConnectorFailed,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from listening.connectors.bluesky.answers import Answer, parts, text
from socialhub.lib.guarded_network import AddressNotPublic, GuardedTransport, is_allowed
from socialhub.lib.told import Told
from socialhub.lib.told import told as _

DEFAULT_SERVICE = "https://bsky.social"
MAX_BYTES = 5_000_000
MAX_WAIT = 24 * 3600
MAX_TOLD = 200
CONNECT_SECONDS = 5.0

_PORTS = {"http": 80, "https": 443}
_TOKEN_REFUSED = frozenset({"ExpiredToken", "InvalidToken"})
_ACCOUNT_STOPPED = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended"})
_HEADERS = {
    "Accept": "application/json",
    # Nothing is unpacked, so nothing can unpack to more than it seems.
    "Accept-Encoding": "identity",
    "User-Agent": "Socialhub/1 (social inbox)",
}


class TokenRefused(TemporaryFailure):
    """The service no longer takes our token; the next renewing brings another."""


class Interrupted(TemporaryFailure):
    """The request left and its answer did not come: it may have been carried out."""


class BadRequest(PermanentFailure):
    """The service refused the request as it stands; ``code`` is its own name for the reason."""

    def __init__(self, sentence: Told, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


class Service:
    """One exchange with a service, which ends after ``seconds``. ``budget`` is the least that an answer left us."""

    def __init__(self, address: str, *, token: str = "", seconds: float) -> None:
        self._address = service_address(address)
        self._host = urlsplit(self._address).hostname or self._address
        self._token = token
        self._seconds = seconds
        allowed = django_settings.ALLOWED_INTERNAL_HOSTS
        transport = GuardedTransport(allowed_hosts=allowed, deadline=time.monotonic() + seconds)
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        self._client = httpx.Client(transport=transport, trust_env=False, timeout=timeout, headers=_HEADERS)
        self.budget: Budget | None = None

    def __enter__(self) -> "Service":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, method: str, **params: str | int | Sequence[str]) -> Answer:
        """Ask something.

        :raises ConnectorFailed: as ``post`` does.
        """
        return self._ask("GET", method, params=params)

    def list(self, method: str, name: str, **params: str | int | Sequence[str]) -> tuple[list[Answer], str]:
        """Return a list that is asked for, and where it goes on.

        :raises Interrupted: there is none in the answer; to take that for an empty one would be to be deaf.
        :raises ConnectorFailed: as ``post`` does.
        """
        answer = self.get(method, **params)
        if not isinstance(answer.get(name), list):
            raise self._not_understood()
        return parts(answer, name), text(answer, "cursor")

    def post(self, method: str, body: Mapping[str, object] | None = None, *, token: str | None = None) -> Answer:
        """Have something done, with another token if one is given.

        :raises Interrupted: it may have been done.
        :raises TokenRefused: our token is not taken any more.
        :raises RateLimited: we asked too often.
        :raises TemporaryFailure: the service cannot be reached.
        :raises AuthorisationFailure: the account or its password is not accepted.
        :raises BadRequest: the service refused it.
        """
        return self._ask("POST", method, body=body, token=token)

    def upload(self, method: str, content: bytes, media_type: str) -> Answer:
        """Bring bytes to the service.

        :raises ConnectorFailed: as ``post`` does.
        """
        return self._ask("POST", method, raw=(content, media_type))

    def _ask(
        self,
        verb: str,
        method: str,
        *,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        body: Mapping[str, object] | None = None,
        token: str | None = None,
        raw: tuple[bytes, str] | None = None,
    ) -> Answer:
        token = self._token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        if raw is not None:
            content, headers["Content-Type"] = raw
        try:
            with self._client.stream(
                verb, f"{self._address}/xrpc/{method}", params=params, headers=headers, content=content
            ) as response:
                received = _read(response)
        except AddressNotPublic as error:
            raise PermanentFailure(
                _("%(host)s leads to an address inside the network, which is not read.") % {"host": self._host}
            ) from error
        except (httpcore.ConnectTimeout, httpcore.ConnectError) as error:
            raise TemporaryFailure(_("%(host)s cannot be reached.") % {"host": self._host}) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise Interrupted(
                _("%(host)s did not answer completely within %(seconds)g seconds.")
                % {"host": self._host, "seconds": self._seconds}
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.TransportError) as error:
            raise Interrupted(_("The answer of %(host)s broke off or is not HTTP.") % {"host": self._host}) from error
        self._note_budget(response.headers)
        answer = _parsed(received)
        if not response.is_success:
            raise self._failure(response, answer or {})
        if answer is None:
            raise self._not_understood()
        return answer

    def _not_understood(self) -> Interrupted:
        return Interrupted(_("What %(host)s answered is not what a Bluesky service answers.") % {"host": self._host})

    def _note_budget(self, headers: httpx.Headers) -> None:
        left, of = _number(headers, "ratelimit-remaining"), _number(headers, "ratelimit-limit")
        if left is None or of is None or (self.budget is not None and self.budget.left <= left):
            return
        resets_at = _number(headers, "ratelimit-reset")
        self.budget = Budget(left, of, None if resets_at is None else datetime.fromtimestamp(resets_at, UTC))

    def _failure(self, response: httpx.Response, answer: Answer) -> ConnectorFailed:
        status, code = response.status_code, text(answer, "error")
        told = (text(answer, "message") or code or response.reason_phrase)[:MAX_TOLD]
        sentence = _("%(host)s answered “%(answer)s”.") % {"host": self._host, "answer": f"{status} {told}"}
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(sentence, retry_after=_wait(response.headers))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED:
            return Interrupted(sentence, retry_after=_wait(response.headers))
        if code in _TOKEN_REFUSED:
            return TokenRefused(sentence)
        if code == "AuthFactorTokenRequired":
            return AuthorisationFailure(
                _("This account asks for a second factor. Make an app password for Socialhub and enter that.")
            )
        if code in _ACCOUNT_STOPPED:
            return AuthorisationFailure(_("The service has stopped this account: %(told)s") % {"told": told})
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return AuthorisationFailure(sentence)
        return BadRequest(sentence, code=code)


def service_address(entered: str) -> str:
    """Return the address of a service as it is asked: its origin, and encrypted unless the operator allows its host.

    :raises PermanentFailure: it is not an address of a service.
    """
    address = entered.strip() or DEFAULT_SERVICE
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in _PORTS or not host or parts.username or parts.password:
        raise PermanentFailure(_("The address of the service is not a web address."))
    if parts.scheme == "http" and not is_allowed(host, port or _PORTS["http"], django_settings.ALLOWED_INTERNAL_HOSTS):
        raise PermanentFailure(_("The address of the service has to begin with https://."))
    return f"{parts.scheme}://{parts.netloc}"


def _read(response: httpx.Response) -> bytes:
    """Return the body; nothing, where it is packed or larger than we read."""
    body = bytearray()
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return b""
    for chunk in response.iter_raw():
        body += chunk[: MAX_BYTES + 1 - len(body)]
        if len(body) > MAX_BYTES:
            return b""
    return bytes(body)


def _parsed(body: bytes) -> Answer | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _number(headers: httpx.Headers, name: str) -> int | None:
    value = headers.get(name, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else None


def _wait(headers: httpx.Headers) -> int | None:
    """Return how many seconds to wait: told as such, or by when the limit is reset."""
    seconds, resets_at = _number(headers, "retry-after"), _number(headers, "ratelimit-reset")
    if seconds is None and resets_at is not None:
        seconds = resets_at - int(time.time())
    return None if seconds is None else max(1, min(seconds, MAX_WAIT))
