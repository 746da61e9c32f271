"""What a server of the Mastodon family says about itself, and who we are there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from listening.connectors.attachments import AttachmentLimits
from listening.connectors.base import PermanentFailure
from listening.connectors.mastodon.attaching import DEFAULT_LIMITS, limits_of
from listening.connectors.mastodon.calls import NotThere, Server, server_of
from listening.connectors.mastodon.reading import whole_handle, word
from socialhub.lib.told import told as _

DEFAULT_LIMIT = 500
DEFAULT_URL_LENGTH = 23
# What a server may say of itself and be believed.
MOST_CHARACTERS = 1_000_000
MOST_URL_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Instance:
    """What a server allows and offers; ``streaming`` is where it tells news at once, if it says so."""

    title: str
    text_limit: int
    url_length: int
    streaming: str
    is_snac: bool
    attachments: AttachmentLimits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Account:
    """Our account, as its server names it."""

    id: str
    handle: str


def instance_of(server: Server) -> Instance:
    """Ask a server about itself; what it leaves out is as on most servers.

    :raises ConnectorFailed: it cannot be asked, or does not speak the Mastodon API.
    """
    try:
        told = server.get("/api/v2/instance").about
    except NotThere:
        told = {}
    if not isinstance(told.get("configuration"), dict):
        told = _older(server) or told
    configuration = _part(told, "configuration")
    statuses = _part(configuration, "statuses")
    urls = _part(configuration, "urls") or _part(told, "urls")
    return Instance(
        title=word(told, "title") or server.host,
        text_limit=_within(
            statuses.get("max_characters") or told.get("max_toot_chars"), MOST_CHARACTERS, otherwise=DEFAULT_LIMIT
        ),
        url_length=_within(statuses.get("characters_reserved_per_url"), MOST_URL_LENGTH, otherwise=DEFAULT_URL_LENGTH),
        streaming=_streaming(word(urls, "streaming") or word(urls, "streaming_api")),
        is_snac="snac" in word(told, "version").casefold(),
        attachments=limits_of(configuration),
    )


def our_account(server: Server) -> Account:
    """Return whose access token it is.

    :raises ConnectorFailed: the server does not say; an ``AuthorisationFailure`` where it does not accept the token.
    """
    if not server.token:
        raise PermanentFailure(_("The channel has no access token."))
    try:
        told = server.get("/api/v1/accounts/verify_credentials").about
    except NotThere as failure:
        raise not_mastodon(server) from failure
    account = Account(word(told, "id"), whole_handle(told))
    if not account.id:
        raise not_mastodon(server)
    return account


def not_mastodon(server: Server) -> PermanentFailure:
    """Return the refusal of a server that speaks something else."""
    return PermanentFailure(_("%(host)s does not speak the Mastodon API.") % {"host": server.host})


def _older(server: Server) -> Mapping[str, Any]:
    try:
        return server.get("/api/v1/instance").about
    except NotThere as failure:
        raise not_mastodon(server) from failure


def _streaming(address: str) -> str:
    """Return the address with the scheme of what it is asked by: events over HTTP, not a web socket."""
    try:
        parts = urlsplit(address)
        scheme = {"wss": "https", "https": "https", "ws": "http", "http": "http"}[parts.scheme]
        return server_of(f"{scheme}://{parts.netloc}").address
    except (ValueError, KeyError, PermanentFailure):
        return ""


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _within(value: object, most: int, *, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most else otherwise
