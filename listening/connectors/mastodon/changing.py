"""Let an answer of ours say something else, or take it away, on a server of the Mastodon family."""

import re
from collections.abc import Callable
from urllib.parse import quote

from listening.connectors.base import ConnectorFailed, OutcomeUnknown, OutgoingChange, PermanentFailure
from listening.connectors.mastodon.calls import NotThere, Server
from listening.connectors.mastodon.instance import instance_of, our_account
from listening.connectors.mastodon.reading import Status, address_of, text_of, word
from listening.connectors.mastodon.sending import LEADING_HANDLES, SEARCH_SECONDS, length_of, spoken
from listening.connectors.mastodon.walk import PAGE_SIZE
from socialhub.lib.moments import grouped
from socialhub.lib.told import told as _


def edit(server: Server, change: OutgoingChange) -> None:
    """Let a post say ``change.text``, after the names with which it began; its pictures and its warning stay.

    :raises ConnectorFailed: as the protocol says.
    """
    status = _find(server, change)
    if status is None:
        raise PermanentFailure(_("The answer is not on the network any more, so it cannot be corrected."))
    instance = instance_of(server)
    text = _addressed(change.text, _source(server, status))
    warning = word(status, "spoiler_text")
    length = length_of(f"{warning}{text}", url_length=instance.url_length)
    if length > instance.text_limit:
        raise PermanentFailure(
            _("The answer has %(length)s characters with the name that it begins with; %(host)s takes %(limit)s.")
            % {"length": grouped(length), "host": server.host, "limit": grouped(instance.text_limit)}
        )
    told: dict[str, str | list[str]] = {"status": text}
    # What is left out would be taken away.
    told |= {"spoiler_text": warning} if warning else {}
    told |= {"sensitive": "true"} if status.get("sensitive") is True else {}
    told |= {"language": word(status, "language")} if word(status, "language") else {}
    media = status.get("media_attachments")
    pictures = [word(one, "id") for one in media if isinstance(one, dict)] if isinstance(media, list) else []
    told |= {"media_ids[]": pictures} if pictures else {}
    try:
        server.put(_path(status), told)
    except NotThere as failure:
        raise PermanentFailure(_("%(host)s does not let an answer be corrected.") % {"host": server.host}) from failure
    except OutcomeUnknown:
        if not _is_so(lambda: is_edited(server, change)):
            raise


def is_edited(server: Server, change: OutgoingChange) -> bool:
    """Tell whether the post says ``change.text``.

    :raises ConnectorFailed: the server cannot be asked.
    """
    status = _find(server, change)
    if status is None:
        return False
    source = _source(server, status)
    if source:
        return LEADING_HANDLES.sub("", source).strip() == LEADING_HANDLES.sub("", change.text).strip()
    return spoken(text_of({**status, "spoiler_text": ""})) == spoken(change.text)


def remove(server: Server, change: OutgoingChange) -> None:
    """Delete a post; one that is gone is deleted.

    :raises ConnectorFailed: as the protocol says.
    """
    status = _find(server, change)
    if status is None:
        return
    try:
        server.delete(_path(status))
    except NotThere as failure:
        if _find(server, change) is not None:
            raise PermanentFailure(
                _("%(host)s does not let an application delete posts.") % {"host": server.host}
            ) from failure
    except OutcomeUnknown:
        if not _is_so(lambda: is_removed(server, change)):
            raise


def is_removed(server: Server, change: OutgoingChange) -> bool:
    """Tell whether the post is gone.

    :raises ConnectorFailed: the server cannot be asked.
    """
    return _find(server, change) is None


def _find(server: Server, change: OutgoingChange) -> Status | None:
    """Return the post as it is now; None where it is gone.

    :raises PermanentFailure: we do not know its number there, and it is not found by its address either.
    """
    number = word(change.raw, "id")
    if number:
        try:
            status = server.get(f"/api/v1/statuses/{quote(number, safe='')}").about
        except NotThere:
            pass
        else:
            if address_of(status) == change.external_id:
                return status
    our_id = our_account(server).id
    own = server.get(f"/api/v1/accounts/{quote(our_id, safe='')}/statuses", {"limit": str(PAGE_SIZE)}).entries
    asked = {"q": change.external_id, "type": "statuses", "resolve": "true", "limit": "5"}
    try:
        found = server.get("/api/v2/search", asked, seconds=SEARCH_SECONDS).about.get("statuses")
    except NotThere:
        found = []
    for status in (*own, *(found if isinstance(found, list) else [])):
        if isinstance(status, dict) and address_of(status) == change.external_id:
            return status
    if not number:
        raise PermanentFailure(_("%(host)s does not find the answer, so nobody can tell.") % {"host": server.host})
    return None


def _source(server: Server, status: Status) -> str:
    """Return a post as it was written; nothing where the server does not tell."""
    try:
        return word(server.get(f"{_path(status)}/source").about, "text")
    except NotThere:
        return ""


def _addressed(text: str, source: str) -> str:
    """Begin with the names with which the post began, or nobody would be told."""
    names = LEADING_HANDLES.match(source)
    missing = [
        name
        for name in (names.group().split() if names else [])
        if not re.search(rf"(?<!\w){re.escape(name)}(?![\w@])", text, re.IGNORECASE)
    ]
    return " ".join([*missing, text])


def _path(status: Status) -> str:
    return f"/api/v1/statuses/{quote(word(status, 'id'), safe='')}"


def _is_so(look: Callable[[], bool]) -> bool:
    """Look for what may have been done a moment ago; that it is not so yet proves nothing."""
    try:
        return look()
    except ConnectorFailed:
        return False
