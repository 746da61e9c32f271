"""Streams: added, changed, paused, reviewed, deleted, and tried on what is stored."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from listening.connectors.registry import CONNECTORS
from listening.matching import Query, QueryIndex
from listening.models import Channel, Mention, Stream, StreamDay, StreamMatch
from listening.services import channels, fetching, matching
from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import User
from teams.services import audit

# What a look back reads: the texts of so many mentions are matched in a fraction of a second.
LOOK_BACK = 5_000
EXAMPLES = 5


class StreamNameTaken(Conflict):
    """Another stream has that name."""

    code = "stream_name_taken"


class StreamGone(Conflict):
    """Somebody deleted the stream."""

    code = "stream_gone"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a stream is to be."""

    name: str
    purpose: str
    any_terms: Sequence[str]
    owner: User
    reason: str
    review_on: date
    all_terms: Sequence[str] = ()
    no_terms: Sequence[str] = ()
    languages: Sequence[str] = ()
    channels: Sequence[Channel] = ()
    daily_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a query would have heard: of ``read_count`` mentions, the last that are stored, so many on each day."""

    read_count: int
    match_count: int
    days: Sequence[tuple[date, int]]
    examples: Sequence[Mention]


def add_stream(*, wanted: Wanted, actor: User, at: datetime) -> Stream:
    """Begin to listen for something, and find it in what was heard lately.

    :raises StreamNameTaken: another has that name.
    """
    try:
        with transaction.atomic():
            stream = Stream.objects.create(created_at=at, **_columns(wanted))
            stream.channels.set(wanted.channels)
            _note(Verb.STREAM_ADDED, stream, actor, at)
    except IntegrityError as error:
        raise StreamNameTaken(_("Another stream has this name.")) from error
    # What is stored meanwhile is matched by whoever stores it; both may find the same.
    told = _latest_heard()
    with transaction.atomic():
        matching.match_earlier(stream=stream, told=told)
    _search_soon(stream, at)
    return stream


def change_stream(*, stream_id: int, wanted: Wanted, actor: User, at: datetime) -> None:
    """Change what is listened for, from the next mention on; what was matched before stays.

    :raises StreamNameTaken: another has that name.
    :raises StreamGone: somebody deleted it.
    """
    try:
        with transaction.atomic():
            stream = _locked(stream_id)
            Stream.objects.filter(pk=stream_id).update(**_columns(wanted))
            stream.channels.set(wanted.channels)
            stream.name = wanted.name
            _note(Verb.STREAM_CHANGED, stream, actor, at)
    except IntegrityError as error:
        raise StreamNameTaken(_("Another stream has this name.")) from error
    _search_soon(stream, at)


def pause_stream(*, stream_id: int, actor: User, at: datetime) -> None:
    """Stop listening for it; what was matched stays. Harmless to call twice.

    :raises StreamGone: somebody deleted it.
    """
    _pause(stream_id, True, Verb.STREAM_PAUSED, actor, at)


def resume_stream(*, stream_id: int, actor: User, at: datetime) -> None:
    """Listen for it again, from the next mention on. Harmless to call twice.

    :raises StreamGone: somebody deleted it.
    """
    _search_soon(_pause(stream_id, False, Verb.STREAM_RESUMED, actor, at), at)


def confirm_need(*, stream_id: int, review_on: date, actor: User, at: datetime) -> None:
    """Record that a stream is still needed, and until when nobody has to ask again.

    :raises StreamGone: somebody deleted it.
    """
    with transaction.atomic():
        stream = _locked(stream_id)
        Stream.objects.filter(pk=stream_id).update(review_on=review_on)
        _note(Verb.STREAM_REVIEWED, stream, actor, at, review_on=review_on.isoformat())


def delete_stream(*, stream_id: int, actor: User, at: datetime) -> None:
    """Forget a stream and what it matched; the mentions stay. Harmless to call twice."""
    with transaction.atomic():
        # First the stream: whoever stores for it holds it before its days.
        stream = Stream.objects.select_for_update().filter(pk=stream_id).first()
        if stream is None:
            return
        StreamMatch.objects.filter(stream=stream_id).delete()
        StreamDay.objects.filter(stream=stream_id).delete()
        _note(Verb.STREAM_DELETED, stream, actor, at)
        stream.delete()


def preview(query: Query) -> Preview:
    """Try a query on what was heard lately."""
    index = QueryIndex([query])
    read_count = 0
    found: list[tuple[int, date]] = []
    for mention_id, text, language, channel_id, day in _latest_heard() if index else ():
        read_count += 1
        if index.match(text, language=language, channel=channel_id):
            found.append((mention_id, day))
    days = Counter(day for _mention_id, day in found)
    newest = [mention_id for mention_id, _day in found[:EXAMPLES]]
    examples = Mention.objects.filter(pk__in=newest).select_related("channel", "profile").order_by("-pk")
    return Preview(read_count, len(found), sorted(days.items()), list(examples))


def counts_by_day(stream_ids: Collection[int], *, since: date) -> dict[int, dict[date, int]]:
    """Return how many matches streams had on each day since ``since``."""
    counts: dict[int, dict[date, int]] = {}
    rows = StreamDay.objects.filter(stream__in=stream_ids, day__gte=since).order_by("day")
    for stream_id, day, count in rows.values_list("stream", "day", "count"):
        counts.setdefault(stream_id, {})[day] = count
    return counts


def _latest_heard() -> Iterable[tuple[int, str, str, int, date]]:
    rows = Mention.objects.filter(is_ours=False).order_by("-pk")
    for pk, text, language, channel_id, heard_at in rows.values_list("pk", "text", "language", "channel", "heard_at")[
        :LOOK_BACK
    ]:
        yield pk, text, language, channel_id, heard_at.astimezone(UTC).date()


def _columns(wanted: Wanted) -> dict[str, object]:
    return {
        "name": wanted.name,
        "purpose": wanted.purpose,
        "any_terms": list(wanted.any_terms),
        "all_terms": list(wanted.all_terms),
        "no_terms": list(wanted.no_terms),
        "languages": list(wanted.languages),
        "owner": wanted.owner,
        "reason": wanted.reason,
        "review_on": wanted.review_on,
        "daily_limit": wanted.daily_limit,
    }


def _pause(stream_id: int, is_paused: bool, verb: Verb, actor: User, at: datetime) -> Stream:
    with transaction.atomic():
        stream = _locked(stream_id)
        if stream.is_paused != is_paused:
            Stream.objects.filter(pk=stream_id).update(is_paused=is_paused)
            _note(verb, stream, actor, at)
    return stream


def _search_soon(stream: Stream, at: datetime) -> None:
    """Have the channels that search for a stream look without waiting for their time."""
    kinds = [kind for kind, connector in CONNECTORS.items() if connector.can_search]
    searching = Channel.objects.filter(kind__in=kinds, is_paused=False)
    named = [channel.pk for channel in stream.channels.all()]
    for channel in searching.filter(pk__in=named) if named else searching:
        try:
            channels.fetch_now(channel_id=channel.pk, at=at)
        except Conflict:
            # Somebody looks at this moment, without knowing of the change: once more after that.
            fetching.hurry(channel_id=channel.pk, at=at)


def _locked(stream_id: int) -> Stream:
    # Not its key: whoever stores a mention for it need not wait.
    stream = Stream.objects.select_for_update(no_key=True).filter(pk=stream_id).first()
    if stream is None:
        raise StreamGone(_("Somebody deleted this stream a moment ago."))
    return stream


def _note(verb: Verb, stream: Stream, actor: User, at: datetime, **detail: object) -> None:
    audit.note(actor=actor, verb=verb, subject=stream.name, at=at, stream=stream.pk, **detail)
