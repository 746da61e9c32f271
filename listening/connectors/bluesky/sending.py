"""Answer a post: at a record key that is reserved before the first try, so that no try makes a second post."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from listening.connectors.base import (
    ConnectorFailed,
    Counted,
    OutcomeUnknown,
    OutgoingChange,
    OutgoingReply,
    PermanentFailure,
    SentReply,
)
from listening.connectors.bluesky.answers import POSTS, Answer, moment, part, post_page, text
from listening.connectors.bluesky.attaching import embed
from listening.connectors.bluesky.facets import facets_of
from listening.connectors.bluesky.sessions import Account
from listening.connectors.bluesky.xrpc import BadRequest, Interrupted, Service
from socialhub.lib.graphemes import count_graphemes
from socialhub.lib.told import told as _

MOST_GRAPHEMES = 300
MOST_BYTES = 3000

_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_KEY_LENGTH = 13
# Less than the 63 a key has room for: then the time in it is one that has passed.
_KEY_BITS = 60


def send(service: Service, account: Account, reply: OutgoingReply) -> SentReply:
    """Send one answer, or find it sent.

    :raises TemporaryFailure: it was not sent; try again later.
    :raises PermanentFailure: it cannot be sent as it stands.
    :raises OutcomeUnknown: the service took the request and cannot be asked what became of it.
    """
    _check_text(reply)
    sent = find(service, account, reply.key)
    if sent is not None:
        return sent
    parent = _parent(service, account, reply)
    facets = facets_of(reply.text, did_of=lambda handle: _did_of(service, handle))
    now = datetime.now(UTC)
    record: dict[str, object] = {
        "$type": POSTS,
        "text": reply.text,
        "createdAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "reply": {"root": _root(parent), "parent": _reference(parent)},
        **({"facets": facets} if facets else {}),
        **embed(service, reply.attachments),
    }
    body = {
        "repo": account.did,
        "collection": POSTS,
        "rkey": record_key(reply.key),
        "record": record,
        # Nothing may be there yet: a second try, even one that overtakes the first, changes nothing.
        "swapRecord": None,
    }
    try:
        answer = service.post("com.atproto.repo.putRecord", body)
    except BadRequest as refusal:
        sent = find(service, account, reply.key) if refusal.code == "InvalidSwap" else None
        if sent is None:
            raise
        return sent
    except Interrupted as failure:
        sent = _find_after(failure, account, reply.key, service)
        if sent is None:
            raise
        return sent
    uri = text(answer, "uri")
    return SentReply(uri, post_page(uri), now)


def find(service: Service, account: Account, key: UUID) -> SentReply | None:
    """Return the answer that was sent under ``key``, if the account has it.

    :raises ConnectorFailed: the service cannot be asked now.
    """
    try:
        answer = service.get("com.atproto.repo.getRecord", repo=account.did, collection=POSTS, rkey=record_key(key))
    except BadRequest as refusal:
        if refusal.code == "RecordNotFound":
            return None
        raise
    uri = text(answer, "uri")
    return SentReply(uri, post_page(uri), moment(part(answer, "value").get("createdAt")) or datetime.now(UTC))


def remove(service: Service, account: Account, change: OutgoingChange) -> None:
    """Delete one post of the account; the service takes the deletion of what is gone as done.

    :raises ConnectorFailed: as the protocol says.
    """
    try:
        service.post(
            "com.atproto.repo.deleteRecord",
            {"repo": account.did, "collection": POSTS, "rkey": _key_of(account, change.external_id)},
        )
    except Interrupted as failure:
        try:
            if is_removed(service, account, change):
                return
        except ConnectorFailed as error:
            raise OutcomeUnknown(failure.told) from error
        raise


def is_removed(service: Service, account: Account, change: OutgoingChange) -> bool:
    """Tell whether the account has the post no more.

    :raises ConnectorFailed: the service cannot be asked now.
    """
    key = _key_of(account, change.external_id)
    try:
        service.get("com.atproto.repo.getRecord", repo=account.did, collection=POSTS, rkey=key)
    except BadRequest as refusal:
        if refusal.code == "RecordNotFound":
            return True
        raise
    return False


def record_key(key: UUID) -> str:
    """Return the record key that is reserved for an answer: the same on every try, in the form of a time.

    The order of keys says nothing to readers: what a service sorts by is in the post.
    """
    number = int.from_bytes(hashlib.sha256(key.bytes).digest()[:8]) % 2**_KEY_BITS
    return "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(_KEY_LENGTH)))


def count(text: str) -> Counted:
    """Return how much of the room a text fills: of the characters, or of the bytes when those are fuller."""
    characters, size = count_graphemes(text), len(text.encode())
    # Compared as fractions of their limits, without dividing.
    if size * MOST_GRAPHEMES > characters * MOST_BYTES:
        return Counted(size, MOST_BYTES, "bytes")
    return Counted(characters, MOST_GRAPHEMES)


def _key_of(account: Account, uri: str) -> str:
    """Return the record key of one of our posts.

    :raises PermanentFailure: it is not one of this account.
    """
    did, collection, key = [*uri.removeprefix("at://").split("/"), "", "", ""][:3]
    if did != account.did or collection != POSTS or not key:
        raise PermanentFailure(_("The answer was not sent by the account that the channel has now."))
    return key


def _check_text(reply: OutgoingReply) -> None:
    if reply.visibility == "private":
        raise PermanentFailure(_("Answers on Bluesky are public, and this one was to be read by one person only."))
    counted = count(reply.text)
    if counted.used > counted.limit:
        raise PermanentFailure(
            _("Bluesky takes at most %(characters)d characters and %(bytes)d bytes, and this answer has more.")
            % {"characters": MOST_GRAPHEMES, "bytes": MOST_BYTES}
        )


def _parent(service: Service, account: Account, reply: OutgoingReply) -> Answer:
    """Return what is answered: a post of others as readers see it, the part before this one as our account has it.

    Readers may not be shown yet what went out a moment ago.
    """
    if reply.thread_raw is None or not reply.in_reply_to.startswith(f"at://{account.did}/"):
        return _answerable(service, reply.in_reply_to)
    try:
        rkey = reply.in_reply_to.rpartition("/")[2]
        answer = service.get("com.atproto.repo.getRecord", repo=account.did, collection=POSTS, rkey=rkey)
    except BadRequest as refusal:
        if refusal.code == "RecordNotFound":
            raise PermanentFailure(
                _("The part before this one is not on the network any more, so the rest was not sent.")
            ) from refusal
        raise
    return {**answer, "record": answer.get("value")}


def _answerable(service: Service, uri: str) -> Answer:
    """Return the post that is answered as it is now.

    The service takes an answer to a deleted or a closed post as any other, and then nobody is shown it.

    :raises PermanentFailure: an answer would not be shown.
    """
    posts, _next = service.list("app.bsky.feed.getPosts", "posts", uris=[uri])
    if not posts:
        raise PermanentFailure(
            _("The post was deleted, or its author and we have blocked each other: nobody would see an answer.")
        )
    post = posts[0]
    author = part(post, "author", "viewer")
    if part(post, "viewer").get("replyDisabled") is True:
        raise PermanentFailure(_("Whoever began this thread does not let us answer in it."))
    if author.get("blockedBy") is True or author.get("blocking"):
        raise PermanentFailure(_("Its author and we have blocked each other: nobody would see an answer."))
    return post


def _root(parent: Answer) -> dict[str, str]:
    """Return what began the thread: what the answered post says of it, else that post itself."""
    root = _reference(part(parent, "record", "reply", "root"))
    return root if root["uri"] and root["cid"] else _reference(parent)


def _reference(post: Answer) -> dict[str, str]:
    return {"uri": text(post, "uri"), "cid": text(post, "cid")}


def _did_of(service: Service, handle: str) -> str:
    try:
        return text(service.get("com.atproto.identity.resolveHandle", handle=handle), "did")
    except BadRequest:
        return ""


def _find_after(failure: Interrupted, account: Account, key: UUID, service: Service) -> SentReply | None:
    """Ask what became of a request whose answer did not come; absent, it can be tried again without harm."""
    try:
        return find(service, account, key)
    except ConnectorFailed as error:
        raise OutcomeUnknown(failure.told) from error
