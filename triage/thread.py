"""A conversation as people read it: messages, answers on their way, and the days between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from listening.models import Mention, MentionVersion
from socialhub.lib.keyset import MAX_ID
from teams.models.user import initials_of
from triage.models import Conversation, Reply, ThreadEntry
from triage.states import ReplyState

# Longer than what people say to each other; a page stays a page when thousands answer one post.
PAGE_SIZE = 100

TONES = {
    ReplyState.QUEUED: "info",
    ReplyState.SENDING: "info",
    ReplyState.SENT: "ok",
    ReplyState.FAILED: "urgent",
    ReplyState.UNCERTAIN: "warn",
    ReplyState.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the thread."""

    kind: str
    text: str
    name: str = ""
    initials: str = ""
    at_text: str = ""
    at_iso: str = ""
    is_ours: bool = False
    language: str = ""
    link: str = ""
    state_text: str = ""
    state_tone: str = ""
    edited_text: str = ""
    retry_url: str = ""
    settle_url: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of the thread: ``newest`` is its newest inbound mention, before ``earlier`` there are more."""

    entries: list[Entry]
    newest: int | None
    earlier: int | None


def read_thread(conversation: Conversation, *, slug: str, may_answer: bool, before: int | None = None) -> Thread:
    """Return the last hundred messages, or the hundred that were heard before the mention ``before``.

    ``slug`` names the list to which an act on an entry comes back. What is on its
    way stands below the last messages only.
    """
    placed = ThreadEntry.objects.filter(conversation=conversation)
    if before is not None:
        placed = placed.filter(mention__lt=before)
    heard = list(placed.order_by("-mention").values_list("mention", flat=True)[: PAGE_SIZE + 1])
    shown = heard[:PAGE_SIZE]
    mentions = list(
        Mention.objects.filter(pk__in=shown)
        .select_related("profile", "reply__author")
        .annotate(text_before=_text_before())
        .defer("raw", "search")
    )
    dated: list[tuple[datetime, int, Entry]] = [
        (mention.published_at, mention.pk, _mention(mention, mention.text_before)) for mention in mentions
    ]
    if before is None:
        underway = (
            Reply.objects.filter(conversation=conversation, mention__isnull=True)
            .exclude(state=ReplyState.WITHDRAWN)
            .select_related("author")
            .order_by("-queued_at", "-pk")[:PAGE_SIZE]
        )
        # Among messages of the same moment ours is the answer, so it comes last.
        dated += [(reply.queued_at, MAX_ID, _reply(reply, slug, may_answer=may_answer)) for reply in reversed(underway)]
    dated.sort(key=lambda row: row[:2])
    newest = max((mention.pk for mention in mentions if not mention.is_ours), default=None)
    return Thread(_with_days([(moment, entry) for moment, _order, entry in dated]), newest, _earlier(heard))


def _earlier(heard: Sequence[int]) -> int | None:
    """Return the mention before which more were heard than are shown."""
    return heard[PAGE_SIZE - 1] if len(heard) > PAGE_SIZE else None


def _text_before() -> Subquery:
    """Return what a mention said before its author last edited it."""
    versions = MentionVersion.objects.filter(mention=OuterRef("pk")).order_by("-replaced_at", "-pk")
    return Subquery(versions.values("text")[:1])


def _with_days(dated: list[tuple[datetime, Entry]]) -> list[Entry]:
    entries: list[Entry] = []
    last: date | None = None
    for moment, entry in dated:
        day = timezone.localtime(moment).date()
        if day != last:
            entries.append(Entry("day", _day(day)))
            last = day
        entries.append(entry)
    return entries


def _day(day: date) -> str:
    today = timezone.localdate()
    if day == today:
        return _("Today")
    return date_format(day, "j F" if day.year == today.year else "j F Y")


def _mention(mention: Mention, text_before: str | None) -> Entry:
    reply: Reply | None = getattr(mention, "reply", None)
    author = (
        reply.author.name if reply else mention.profile.name or mention.profile.handle or mention.profile.external_id
    )
    edited = ""
    if text_before is not None:
        edited = _("Edited by its author. Before: %(text)s") % {"text": text_before}
    return Entry(
        "mention",
        mention.text,
        name=author,
        initials=initials_of(author),
        at_text=_clock(mention.published_at),
        at_iso=mention.published_at.isoformat(),
        is_ours=mention.is_ours,
        language=mention.language,
        link=mention.url,
        state_text=str(ReplyState.SENT.label) if reply else "",
        state_tone="ok" if reply else "",
        edited_text=edited,
    )


def _reply(reply: Reply, slug: str, *, may_answer: bool) -> Entry:
    state = ReplyState(reply.state)
    text = str(state.label)
    back = urlencode({"from": slug})
    if reply.error and state in (ReplyState.FAILED, ReplyState.QUEUED, ReplyState.UNCERTAIN):
        text = f"{text}: {reply.error}"
    return Entry(
        "mention",
        reply.body,
        name=reply.author.name,
        initials=reply.author.initials,
        at_text=_clock(reply.queued_at),
        at_iso=reply.queued_at.isoformat(),
        is_ours=True,
        state_text=text,
        state_tone=TONES[state],
        retry_url=f"{reverse('triage:retry', args=[reply.pk])}?{back}"
        if may_answer and state == ReplyState.FAILED
        else "",
        settle_url=(
            f"{reverse('triage:settle', args=[reply.pk])}?{back}"
            if may_answer and state == ReplyState.UNCERTAIN
            else ""
        ),
    )


def _clock(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i")
