"""The one way in: what a channel handed over becomes rows, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, When

from listening.copies import copy_key
from listening.heard import HeardItem
from listening.language import guess_language
from listening.models import Channel, Mention, MentionChange, MentionVersion, Profile
from listening.sentiment import score_sentiment
from listening.services import matching, people, pictures
from listening.services.originals import Said, find_originals
from listening.signals import mentions_stored
from socialhub.lib import locks
from socialhub.lib.bulk import insert_rows

MENTION_COLUMNS = {
    "channel_id": "bigint",
    "external_id": "text",
    "profile_id": "bigint",
    "is_ours": "boolean",
    "text": "text",
    "language": "text",
    "sentiment": "float8",
    "url": "text",
    "in_reply_to": "text",
    "is_private": "boolean",
    "is_automatic": "boolean",
    "repeats": "text",
    "copy_key": "bigint",
    "published_at": "timestamptz",
    "heard_at": "timestamptz",
    "raw": "jsonb",
}
PROFILE_COLUMNS = {
    "channel_id": "bigint",
    "external_id": "text",
    "name": "text",
    "handle": "text",
    "url": "text",
    "reach": "integer",
    "is_ours": "boolean",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """What one call of ``store_items`` did."""

    new_count: int = 0
    known_count: int = 0
    edited_count: int = 0
    gone_count: int = 0


class Kept(NamedTuple):
    """A mention as it stands after it was stored or edited."""

    pk: int
    text: str
    language: str
    is_ours: bool


def store_items(
    *,
    channel: Channel,
    items: Sequence[HeardItem],
    at: datetime,
    cursor: Mapping[str, Any] | None = None,
    gone: Sequence[str] = (),
) -> Stored:
    """Store what was heard and move the channel's cursor, in one transaction.

    Harmless to call twice with the same items: a mention is known by its channel
    and external id. A changed text keeps the former one as a version. What one of
    our handles said is ours, whether the channel knew it or not. What somebody else
    said in the same words within a week is marked as repeating it. What is ``gone`` was
    deleted by its author: the row stays and says since when. Items must have passed
    ``clean_item``. One caller at a time stores into a channel.
    """
    ours = {_bare(handle) for handle in channel.our_handles} - {""}
    unique = {item.external_id: replace(item, is_ours=True) if _is_by(ours, item) else item for item in items}
    with transaction.atomic():
        # Two that insert the same rows in different orders would wait for each other in a circle.
        locks.take(locks.Lock.STORE, channel.pk)
        known = dict(
            Mention.objects.filter(channel=channel, external_id__in=list(unique)).values_list(
                "external_id", Case(When(erased_at=None, then="text"))
            )
        )
        fresh = _placed(channel, [item for item in unique.values() if item.external_id not in known])
        new = _insert(channel, fresh, at)
        edited = [
            told
            for external_id, text in known.items()
            # What was erased stays so, whatever its author makes of it.
            if text is not None
            and not (item := unique[external_id]).is_final
            and _full_text(item) != text
            and (told := _edit(channel, item, at)) is not None
        ]
        new_count, edited_count = len(new), len(edited)
        gone_count = _delete(channel, gone, at) if gone else 0
        matching.match_stored(channel_id=channel.pk, fresh=_by_others(new), edited=_by_others(edited), at=at)
        if cursor is not None:
            Channel.objects.filter(pk=channel.pk).update(cursor=dict(cursor))
        if new_count or edited_count or gone_count:
            mentions_stored.send(sender=Mention, count=new_count)
    return Stored(new_count, len(items) - new_count, edited_count, gone_count)


def _by_others(kept: Sequence[Kept]) -> list[matching.Told]:
    return [(one.pk, one.text, one.language) for one in kept if not one.is_ours]


def _bare(handle: str) -> str:
    return handle.strip().removeprefix("@").casefold()


def _is_by(handles: set[str], item: HeardItem) -> bool:
    return bool(handles) and not handles.isdisjoint({_bare(item.author_handle), _bare(item.author_id)})


def _placed(channel: Channel, items: Sequence[HeardItem]) -> list[HeardItem]:
    """Say of items that tell their ancestors what they answer: the nearest that was heard, else the oldest."""
    wanted = {ancestor for item in items for ancestor in item.ancestors}
    if not wanted:
        return list(items)
    heard = set(
        Mention.objects.filter(channel=channel, external_id__in=list(wanted)).values_list("external_id", flat=True)
    )
    heard |= {item.external_id for item in items}
    placed = []
    for item in items:
        others = [ancestor for ancestor in item.ancestors if ancestor != item.external_id]
        nearest = next((ancestor for ancestor in others if ancestor in heard), others[-1] if others else "")
        placed.append(replace(item, in_reply_to=nearest or item.in_reply_to))
    return placed


def _insert(channel: Channel, items: Sequence[HeardItem], at: datetime) -> list[Kept]:
    profiles = _profile_ids(channel, items, at)
    texts = {item.external_id: _full_text(item) for item in items}
    keys = {item.external_id: copy_key(texts[item.external_id]) if _may_be_copied(item) else None for item in items}
    originals = find_originals(
        channel_id=channel.pk,
        said=[
            Said(item.external_id, key, profiles[item.author_id], item.published_at)
            for item in items
            if (key := keys[item.external_id]) is not None
        ],
    )
    rows = []
    for item in items:
        text = texts[item.external_id]
        original = originals.get(item.external_id)
        language = item.language or guess_language(text)
        rows.append(
            (
                channel.pk,
                item.external_id,
                profiles[item.author_id],
                item.is_ours,
                text,
                language,
                None if item.is_ours else score_sentiment(text, language),
                item.url,
                item.in_reply_to,
                item.is_private,
                item.is_automatic,
                original or item.repeats,
                None if original else keys[item.external_id],
                item.published_at,
                at,
                item.raw,
            )
        )
    shown = pictures.worth_keeping(items, channel_id=channel.pk)
    # Delivery may have stored an answer of ours since we looked: the constraint decides.
    stored = insert_rows(
        "listening_mention",
        MENTION_COLUMNS,
        rows,
        on_conflict="(channel_id, external_id) DO NOTHING",
        returning="id, external_id",
    )
    if shown:
        pictures.note_pictures(((pk, shown[external_id]) for pk, external_id in stored if external_id in shown), at=at)
    insert_rows("listening_waitingmention", {"mention_id": "bigint"}, [(pk,) for pk, _external_id in stored])
    said = {row[1]: (row[4], row[5], row[3]) for row in rows}
    return [Kept(pk, *said[external_id]) for pk, external_id in stored]


def _may_be_copied(item: HeardItem) -> bool:
    """Say whether equal words make it a copy: what somebody wrote to us alone, or in a thread, stands for itself."""
    return not (item.is_ours or item.is_private or item.is_automatic or item.in_reply_to or item.repeats)


def _profile_ids(channel: Channel, items: Sequence[HeardItem], at: datetime) -> dict[str, int]:
    """Return the profile of every author, making and refreshing those that need it."""
    latest = {item.author_id: item for item in items}
    known = {
        row[1]: row
        for row in Profile.objects.filter(channel=channel, external_id__in=list(latest)).values_list(
            "pk", "external_id", "name", "handle", "reach"
        )
    }
    ids = {external_id: row[0] for external_id, row in known.items()}
    changed = [
        item
        for author, item in latest.items()
        if author not in known
        or (item.author_name and item.author_name != known[author][2])
        or (item.author_handle and item.author_handle != known[author][3])
        or (item.author_reach is not None and item.author_reach != known[author][4])
    ]
    rows = [
        (
            channel.pk,
            item.author_id,
            item.author_name,
            item.author_handle,
            item.author_url,
            item.author_reach,
            item.is_ours,
        )
        # One order for all writers, so that two of them never wait for each other in a circle.
        for item in sorted(changed, key=lambda item: item.author_id)
    ]
    stored = insert_rows(
        "listening_profile",
        PROFILE_COLUMNS,
        rows,
        on_conflict="""(channel_id, external_id) DO UPDATE SET
            name = COALESCE(NULLIF(EXCLUDED.name, ''), listening_profile.name),
            handle = COALESCE(NULLIF(EXCLUDED.handle, ''), listening_profile.handle),
            url = COALESCE(NULLIF(EXCLUDED.url, ''), listening_profile.url),
            reach = COALESCE(EXCLUDED.reach, listening_profile.reach)""",
        returning="external_id, id",
    )
    ids.update(dict(stored))
    people.join_same_ids(channel=channel, external_ids=[author for author in latest if author not in known], at=at)
    return ids


def _edit(channel: Channel, item: HeardItem, at: datetime) -> Kept | None:
    """Keep what a mention said and let it say what it says now; None when it says that already."""
    mention = Mention.objects.select_for_update().get(channel=channel, external_id=item.external_id)
    text = _full_text(item)
    if mention.text == text or mention.erased_at is not None:
        return None
    MentionVersion.objects.create(mention=mention, text=mention.text, raw=mention.raw, replaced_at=at)
    language = item.language or guess_language(text)
    Mention.objects.filter(pk=mention.pk).update(
        text=text,
        raw=dict(item.raw),
        language=language,
        sentiment=None if mention.is_ours else score_sentiment(text, language),
        copy_key=None if mention.copy_key is None else copy_key(text),
        edited_at=at,
    )
    # Of many that pass on the same only one has any.
    if not item.repeats or mention.pictures.exists():
        pictures.replace_pictures(mention.pk, item.pictures, at=at)
    MentionChange.objects.create(mention=mention, kind=MentionChange.Kind.EDITED, at=at)
    return Kept(mention.pk, text=text, language=language, is_ours=mention.is_ours)


def _delete(channel: Channel, gone: Sequence[str], at: datetime) -> int:
    """Note that authors took back what they had said; what it said stays."""
    found = Mention.objects.filter(channel=channel, external_id__in=list(gone), deleted_at=None)
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    Mention.objects.filter(pk__in=ids).update(deleted_at=at)
    MentionChange.objects.bulk_create(
        MentionChange(mention_id=pk, kind=MentionChange.Kind.DELETED, at=at) for pk in ids
    )
    return len(ids)


def _full_text(item: HeardItem) -> str:
    if item.title and item.title not in item.text:
        return f"{item.title}\n{item.text}".strip()
    return item.text
