"""What a stream heard, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from insights.coverage import listening_in
from insights.streams import Slice, mood_of, read_slice, who_answers
from insights.windows import Window
from listening.models import Mention, Stream, StreamMatch
from socialhub.lib.durations import ago
from teams.models import User
from teams.models.user import initials_of
from triage.models import Conversation, ThreadEntry

SHOWN_LENGTH = 600


@dataclass(frozen=True, slots=True)
class Matched:
    """One mention that a stream listens for."""

    pk: int
    url: str
    name: str
    initials: str
    channel: str
    text: str
    language: str
    ago: str
    at_iso: str
    chips: Sequence[tuple[str, str]]
    who: str


def read_matches(stream: Stream, user: User, *, size: int, before: str) -> Slice[StreamMatch]:
    """Return a page of what a stream matched, as far as ``user`` may see the conversations.

    :raises Http404: ``before`` is no id.
    """
    matches = StreamMatch.objects.filter(stream=stream)
    if not user.rights.everywhere("conversation.view"):
        visible = Conversation.objects.visible_to(user)
        matches = matches.filter(
            Exists(ThreadEntry.objects.filter(mention=OuterRef("mention"), conversation__in=visible))
        )
    return read_slice(matches, by="mention_id", size=size, before=before)


def unheard_by_day(stream: Stream, *, since: date, at: datetime) -> dict[date, Sequence[str]]:
    """Return which of a stream's channels were not heard on a day, or on a part of it: a low bar may mean no more."""
    start = datetime.combine(since, time(), UTC)
    days = (at - start).days + 1
    window = Window(start, start + timedelta(days=days), ZoneInfo("UTC"), is_hourly=False)
    named = {channel.pk for channel in stream.channels.all()}
    listening = listening_in(window, at=at)
    found = {
        bucket.start.date(): sorted(
            {gap.channel for gap in listening.gaps_in(bucket) if not named or gap.channel_id in named}
        )
        for bucket in window.buckets
    }
    return {day: names for day, names in found.items() if names}


def matched_rows(matches: Sequence[StreamMatch], *, at: datetime) -> list[Matched]:
    """Prepare the rows of a page."""
    ids = [match.mention_id for match in matches]
    mentions = (
        Mention.objects.filter(pk__in=ids)
        .select_related(
            "channel",
            "profile",
            "entry__conversation__channel",
            "entry__conversation__department",
            "entry__conversation__holder",
        )
        .order_by("-pk")
    )
    return [_row(mention, at) for mention in mentions]


def _row(mention: Mention, at: datetime) -> Matched:
    entry: ThreadEntry | None = getattr(mention, "entry", None)
    mood = mood_of(mention.sentiment)
    text = mention.text if len(mention.text) <= SHOWN_LENGTH else f"{mention.text[:SHOWN_LENGTH]}…"
    name = str(mention.profile)
    return Matched(
        pk=mention.pk,
        url=reverse("triage:conversation", args=[entry.conversation_id]) if entry else "",
        name=name,
        initials=initials_of(name),
        channel=mention.channel.name,
        text=text,
        language=mention.language,
        ago=ago(mention.heard_at, at),
        at_iso=mention.heard_at.isoformat(),
        chips=[mood] if mood else [],
        who=who_answers(entry.conversation) if entry else _("Was heard a moment ago."),
    )
