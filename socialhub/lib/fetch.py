"""Ask at an address that somebody else chose: guarded, bounded in size and time, redirects checked one by one."""

import re
import time
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpcore
import httpx

from socialhub.lib.guarded_network import AddressNotPublic, GuardedTransport
from socialhub.lib.told import Told, ToldFailure
from socialhub.lib.told import told as _

MAX_BYTES = 5_000_000
MAX_REDIRECTS = 5
SECONDS = 20.0
CONNECT_SECONDS = 5.0
MAX_RETRY_AFTER = 24 * 3600
USER_AGENT = "Socialhub/1 (social inbox; reads feeds)"

# A name or an address, after httpx has encoded what is not ASCII.
_HOST = re.compile(r"[\w.~-]+\Z|[0-9a-fA-F:.]+\Z")
_KEPT_HEADERS = ("content-type", "etag", "last-modified", "cache-control", "expires", "content-language", "link")
_PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_REDIRECTS = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
# After any other a form would have to become a question.
_REPEATING_REDIRECTS = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})


class FetchFailed(ToldFailure):
    """The page could not be had, and why."""


class AddressForbidden(FetchFailed):
    """The address is not one that we fetch from: not a web address, or inside the network."""


class NotReachable(FetchFailed):
    """No server answered, or the answer broke off."""


class TooSlow(FetchFailed):
    """The answer took longer than it may."""


class TooLarge(FetchFailed):
    """The answer is larger than we read."""


class BadStatus(FetchFailed):
    """The server answered with a refusal or an error; ``retry_after`` is in seconds, if it said when to come back."""

    def __init__(self, sentence: Told, *, status: int, retry_after: int | None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What a server answered; ``body`` is empty when ``status`` is 304.

    ``moved_to`` is where the page lives for good, when every redirect on the way
    said so; else it is empty.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    final_url: str
    moved_to: str = ""

    @property
    def is_unchanged(self) -> bool:
        """Tell whether the page is still the one that the caller has."""
        return self.status == HTTPStatus.NOT_MODIFIED


def fetch_page(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    accept: str = "*/*",
    allowed_internal_hosts: Collection[str] = (),
    max_bytes: int = MAX_BYTES,
    seconds: float = SECONDS,
) -> FetchedPage:
    """Fetch one page; ``etag`` and ``last_modified`` go back exactly as an earlier answer's headers gave them.

    :raises AddressForbidden: it, or a page that it redirects to, is not public.
    :raises NotReachable: no server answered, or the answer broke off.
    :raises TooSlow: the answer was not complete in time.
    :raises TooLarge: the answer, unpacked, has more than ``max_bytes``.
    :raises BadStatus: the server refused or failed.
    """
    headers = {"Accept": accept}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    return _ask(url, None, headers, allowed_internal_hosts, max_bytes, seconds)


def post_form(
    url: str,
    form: Mapping[str, str],
    *,
    allowed_internal_hosts: Collection[str] = (),
    max_bytes: int = MAX_BYTES,
    seconds: float = SECONDS,
) -> FetchedPage:
    """Hand in a form; redirects are followed where they ask for the same form again.

    :raises FetchFailed: as ``fetch_page`` does.
    """
    return _ask(url, form, {"Accept": "*/*"}, allowed_internal_hosts, max_bytes, seconds)


def _ask(
    url: str,
    form: Mapping[str, str] | None,
    headers: Mapping[str, str],
    allowed_internal_hosts: Collection[str],
    max_bytes: int,
    seconds: float,
) -> FetchedPage:
    """Ask, with a form or without, and follow where the answers lead."""
    deadline = time.monotonic() + seconds
    headers = {"Accept-Encoding": "gzip", "User-Agent": USER_AGENT, **headers}
    transport = GuardedTransport(allowed_hosts=allowed_internal_hosts, deadline=deadline)
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    with httpx.Client(transport=transport, trust_env=False, timeout=timeout, headers=headers) as client:
        here = _web_address(url)
        moved_to = ""
        is_permanent = True
        for _hop in range(MAX_REDIRECTS + 1):
            answer = _request(client, here, form, max_bytes, seconds)
            if isinstance(answer, FetchedPage):
                return FetchedPage(answer.status, answer.headers, answer.body, answer.final_url, moved_to)
            status, location = answer
            here = _web_address(location, base=here)
            is_permanent = is_permanent and status in _PERMANENT
            moved_to = str(here) if is_permanent else moved_to
    raise NotReachable(_("The address leads on and on: more than %(n)d redirects.") % {"n": MAX_REDIRECTS})


def _web_address(text: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressForbidden(_("This is not a web address.")) from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise AddressForbidden(_("Only addresses that begin with http:// or https:// can be read."))
    if not _HOST.match(url.host):
        raise AddressForbidden(_("The address names no host that can exist."))
    if url.userinfo:
        raise AddressForbidden(_("The address contains a user name or password, which is not allowed."))
    return url.copy_with(fragment=None)


def _request(
    client: httpx.Client, url: httpx.URL, form: Mapping[str, str] | None, max_bytes: int, seconds: float
) -> FetchedPage | tuple[int, str]:
    """Make one request; a redirect comes back as its status and where it leads."""
    try:
        with client.stream("GET" if form is None else "POST", url, data=form) as response:
            status = response.status_code
            location = response.headers.get("location", "")
            if status in (_REDIRECTS if form is None else _REPEATING_REDIRECTS) and location:
                return status, location
            kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            if status == HTTPStatus.NOT_MODIFIED:
                return FetchedPage(status, kept, b"", str(url))
            if not response.is_success:
                raise _bad_status(response, url.host)
            return FetchedPage(status, kept, _read(response, max_bytes), str(url))
    except AddressNotPublic as error:
        raise AddressForbidden(
            _("%(host)s leads to an address inside the network, which is not read.") % {"host": url.host}
        ) from error
    except (httpcore.ConnectTimeout, httpcore.ConnectError) as error:
        raise NotReachable(_("%(host)s cannot be reached.") % {"host": url.host}) from error
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise TooSlow(
            _("%(host)s did not answer completely within %(seconds)g seconds.") % {"host": url.host, "seconds": seconds}
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.TransportError) as error:
        raise NotReachable(_("The answer of %(host)s broke off or is not HTTP.") % {"host": url.host}) from error


def _read(response: httpx.Response, max_bytes: int) -> bytes:
    """Read and unpack the body ourselves: a library unpacks a whole chunk, however large, before we can count."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        unpacker = None
    elif encoding in {"gzip", "x-gzip", "deflate"}:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    else:
        raise NotReachable(
            _("The answer is packed as %(packing)s, which was not asked for.") % {"packing": encoding[:20]}
        )
    body = bytearray()
    # Without a chunk size: asking for full chunks would wait through a slow drip.
    for chunk in response.iter_raw():
        room = max_bytes + 1 - len(body)
        try:
            body += unpacker.decompress(chunk, room) if unpacker else chunk[:room]
        except zlib.error as error:
            raise NotReachable(_("The packed answer is damaged.")) from error
        if len(body) > max_bytes:
            raise TooLarge(
                _("The answer has more than %(most)g MB, which is more than is read.") % {"most": max_bytes / 1_000_000}
            )
    if unpacker and not unpacker.eof:
        raise NotReachable(_("The packed answer broke off."))
    return bytes(body)


def _bad_status(response: httpx.Response, host: str) -> BadStatus:
    status = response.status_code
    meaning = f"{status} {response.reason_phrase}".strip()
    sentence = _("%(host)s answered “%(answer)s”.") % {"host": host, "answer": meaning}
    return BadStatus(sentence, status=status, retry_after=retry_after(response.headers))


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return in how many seconds a server lets us ask again; None where it does not say so."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return max(0, min(int(seconds), MAX_RETRY_AFTER))
