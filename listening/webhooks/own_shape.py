"""The JSON that everything without a connector of its own sends; ``docs/webhooks.md`` describes it."""

from collections.abc import Mapping
from datetime import datetime

from listening.heard import HeardItem, HeardPicture
from listening.webhooks.mapped import (
    Found,
    Mapped,
    Unmappable,
    count_in,
    first_text,
    joined,
    list_of,
    moment_in,
    placed,
    text_in,
)
from socialhub.lib.told import told as _


def map_own_shape(data: object, at: datetime) -> Mapped:
    """Read one mention, a list of them, or an object with ``mentions`` and ``gone``."""
    mapped = Mapped()
    if isinstance(data, list):
        _add_all(mapped, data, "", at)
    elif not isinstance(data, dict):
        mapped.reject(data, _("The call holds neither an object nor a list."))
    elif "mentions" in data or "gone" in data:
        _add_all(mapped, data.get("mentions") or [], "mentions", at)
        _add_gone(mapped, data.get("gone") or [])
    else:
        _add(mapped, data, "", at)
    return mapped


def _add_all(mapped: Mapped, entries: object, name: str, at: datetime) -> None:
    if not isinstance(entries, list):
        mapped.reject(entries, placed(name, _("a list is expected.")))
        return
    for index, entry in enumerate(entries):
        _add(mapped, entry, f"{name}[{index}]", at)


def _add_gone(mapped: Mapped, ids: object) -> None:
    if not isinstance(ids, list):
        mapped.reject(ids, placed("gone", _("a list of ids is expected.")))
        return
    for index, one in enumerate(ids):
        if isinstance(one, str | int) and not isinstance(one, bool):
            mapped.gone.append(str(one))
        else:
            mapped.reject(one, placed(f"gone[{index}]", _("an id is expected.")))


def _add(mapped: Mapped, entry: object, path: str, at: datetime) -> None:
    if not isinstance(entry, dict):
        mapped.reject(entry, placed(path, _("an object is expected.")))
        return
    try:
        mapped.found.append(Found(path, _item(entry, path, at)))
    except Unmappable as reason:
        mapped.reject(entry, reason.told)


def _item(entry: Mapping[str, object], path: str, at: datetime) -> HeardItem:
    external_id = text_in(entry, "external_id", path)
    if not external_id.strip():
        raise Unmappable(
            placed(joined(path, "external_id"), _("it is missing, so a second copy could not be told from the first."))
        )
    author = entry.get("author")
    if isinstance(author, str):
        author = {"name": author}
    if author is None:
        author = {}
    if not isinstance(author, dict):
        raise Unmappable(placed(joined(path, "author"), _("an object or a name is expected.")))
    whose = joined(path, "author")
    reach = author.get("reach")
    if reach is not None and count_in(author, "reach") is None:
        raise Unmappable(placed(joined(whose, "reach"), _("a whole number is expected.")))
    is_private = entry.get("is_private", False)
    if not isinstance(is_private, bool):
        raise Unmappable(placed(joined(path, "is_private"), _("true or false is expected.")))
    return HeardItem(
        external_id=external_id,
        text=text_in(entry, "text", path),
        title=text_in(entry, "title", path),
        published_at=moment_in(entry, "published_at", path) or at,
        author_id=text_in(author, "id", whose),
        author_name=text_in(author, "name", whose),
        author_handle=text_in(author, "handle", whose),
        author_url=text_in(author, "url", whose),
        author_reach=count_in(author, "reach"),
        url=text_in(entry, "url", path),
        in_reply_to=text_in(entry, "in_reply_to", path),
        language=text_in(entry, "language", path),
        is_private=is_private,
        pictures=_pictures(entry),
        raw=entry,
    )


def _pictures(entry: Mapping[str, object]) -> tuple[HeardPicture, ...]:
    """Return what can be read as a picture; the rest is no reason to set aside what somebody said."""
    told = [one for one in list_of(entry.get("pictures")) if isinstance(one, dict)]
    return tuple(HeardPicture(first_text(one, "url"), first_text(one, "alt")) for one in told)
