"""Answer a post on a server of the Mastodon family, once, to no more people than the post itself."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from listening.connectors.base import ConnectorFailed, OutcomeUnknown, OutgoingReply, PermanentFailure, SentReply
from listening.connectors.mastodon.attaching import upload
from listening.connectors.mastodon.calls import NotThere, Server
from listening.connectors.mastodon.instance import Instance, instance_of, our_account
from listening.connectors.mastodon.reading import Status, address_of, text_of, visibility_of, word
from listening.connectors.mastodon.walk import PAGE_SIZE
from socialhub.lib.graphemes import count_graphemes
from socialhub.lib.moments import grouped
from socialhub.lib.told import told as _

# Not every server finds what it has by its address, and some take long.
SEARCH_SECONDS = 10.0

LEADING_HANDLES = re.compile(r"\A(?:\s*@[\w.@-]+)+")

_URL = re.compile(r"https?://\S+")
_REMOTE_HANDLE = re.compile(r"(?<![\w@])@([\w.-]+)@[\w.-]+\w")
_NOT_SPOKEN = re.compile(r"[\W_]+")


def send(server: Server, reply: OutgoingReply) -> SentReply:
    """Send an answer, unless the same words of ours answer the same post already.

    :raises ConnectorFailed: as the protocol says.
    """
    our_id = our_account(server).id
    answered = _answered(server, reply)
    if answered is None:
        raise PermanentFailure(_("What you answer is not on the network any more, so nothing was sent."))
    sent = _find(server, reply, our_id, word(answered, "id"))
    if sent is not None:
        return sent
    instance = instance_of(server)
    visibility = _visibility(reply, answered, instance)
    text = _addressed(reply, answered, our_id, visibility=visibility)
    warning = word(answered, "spoiler_text")
    length = length_of(f"{warning}{text}", url_length=instance.url_length)
    if length > instance.text_limit:
        raise PermanentFailure(
            _("The answer has %(length)s characters with the name that it begins with; %(host)s takes %(limit)s.")
            % {"length": grouped(length), "host": server.host, "limit": grouped(instance.text_limit)}
        )
    told: dict[str, str | list[str]] = {
        "status": text,
        "in_reply_to_id": word(answered, "id"),
        "visibility": visibility,
    }
    if warning:
        told["spoiler_text"] = warning
    if reply.attachments:
        told["media_ids[]"] = upload(server, reply.attachments)
    try:
        answer = server.post("/api/v1/statuses", told, {"Idempotency-Key": str(reply.key)})
    except NotThere as failure:
        raise PermanentFailure(failure.told) from failure
    except OutcomeUnknown:
        sent = _find_after(server, reply, our_id, word(answered, "id"))
        if sent is None:
            raise
        return sent
    if not address_of(answer.about):
        raise OutcomeUnknown(_("%(host)s did not say what became of the answer.") % {"host": server.host})
    return _receipt(answer.about)


def find_reply(server: Server, reply: OutgoingReply) -> SentReply | None:
    """Return our answer to the same post with the same words, if there is one.

    :raises ConnectorFailed: the server cannot be asked.
    """
    our_id = our_account(server).id
    answered = _answered(server, reply)
    number = word(answered or reply.in_reply_to_raw, "id")
    return _find(server, reply, our_id, number)


def _answered(server: Server, reply: OutgoingReply) -> Status | None:
    """Return the post that is answered as it is now; its number may be another one since it was heard."""
    number = word(reply.in_reply_to_raw, "id")
    if number:
        try:
            status = server.get(f"/api/v1/statuses/{quote(number, safe='')}").about
        except NotThere:
            pass
        else:
            if address_of(status) == reply.in_reply_to:
                return status
    asked = {"q": reply.in_reply_to, "type": "statuses", "resolve": "true", "limit": "5"}
    try:
        found = server.get("/api/v2/search", asked, seconds=SEARCH_SECONDS).about.get("statuses")
    except NotThere:
        return None
    statuses = [status for status in found if isinstance(status, dict)] if isinstance(found, list) else []
    return next((status for status in statuses if address_of(status) == reply.in_reply_to), None)


def _find(server: Server, reply: OutgoingReply, our_id: str, number: str) -> SentReply | None:
    """Look under the post that was answered, and among what we said last."""
    if not number:
        return None
    try:
        thread = server.get(f"/api/v1/statuses/{quote(number, safe='')}/context").about.get("descendants")
    except NotThere:
        thread = None
    own = server.get(f"/api/v1/accounts/{quote(our_id, safe='')}/statuses", {"limit": str(PAGE_SIZE)}).entries
    said = spoken(reply.text)
    for status in (*(thread if isinstance(thread, list) else []), *own):
        if (
            isinstance(status, dict)
            and word(_author(status), "id") == our_id
            and word(status, "in_reply_to_id") == number
            and spoken(text_of({**status, "spoiler_text": "", "media_attachments": []})) == said
        ):
            return _receipt(status)
    return None


def _find_after(server: Server, reply: OutgoingReply, our_id: str, number: str) -> SentReply | None:
    """Look for what may have been sent a moment ago; that it is not there yet proves nothing."""
    try:
        return _find(server, reply, our_id, number)
    except ConnectorFailed:
        return None


def preface(raw: Mapping[str, object]) -> str:
    """Return the warning that an answer takes over, and the name that it begins with."""
    name, warning = word(raw, "acct"), word(raw, "spoiler_text")
    return (f"{warning} " if warning else "") + (f"@{name} " if name else "")


def _addressed(reply: OutgoingReply, answered: Status, our_id: str, *, visibility: str) -> str:
    """Begin with the name of whom we answer, or nobody would tell them.

    A later part of a thread answers ourselves; what only the customer may read has to name them again.
    """
    author = _author(answered)
    name = word(author, "acct") if word(author, "id") != our_id else ""
    if reply.thread_raw is not None and visibility == "direct":
        name = word(reply.thread_raw, "acct")
    if not name or re.search(rf"(?<!\w)@{re.escape(name)}(?![\w@])", reply.text, re.I):
        return reply.text
    return f"@{name} {reply.text}"


def _visibility(reply: OutgoingReply, answered: Status, instance: Instance) -> str:
    """Return who may read the answer: those who may read what is answered, or only its author.

    What snac calls private was written to us alone, and would go to all who follow us.
    """
    theirs = visibility_of(answered)
    if reply.visibility == "private" or theirs not in {"public", "unlisted", "private"}:
        return "direct"
    return "direct" if theirs == "private" and instance.is_snac else theirs


def length_of(text: str, *, url_length: int) -> int:
    """Count as Mastodon does: an address has one length, and of a handle the server is free."""
    text = _URL.sub("x" * url_length, text)
    return count_graphemes(_REMOTE_HANDLE.sub(r"@\1", text))


def spoken(text: str) -> str:
    """Return the letters and digits alone: servers add names, and change marks, spaces and how links look."""
    text = LEADING_HANDLES.sub("", text)
    return _NOT_SPOKEN.sub("", text).casefold() or text.strip()


def _receipt(status: Status) -> SentReply:
    published_at = datetime.now(UTC)
    told = word(status, "created_at")
    try:
        moment = datetime.fromisoformat(told) if told else published_at
    except ValueError:
        moment = published_at
    return SentReply(
        external_id=address_of(status),
        url=word(status, "url") or address_of(status),
        published_at=moment if moment.tzinfo else moment.replace(tzinfo=UTC),
        raw={"id": word(status, "id")},
    )


def _author(status: Status) -> Mapping[str, Any]:
    author = status.get("account")
    return author if isinstance(author, dict) else {}
