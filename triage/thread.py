"""A conversation as people read it: messages, answers on their way, and the days between."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from listening.models import Mention
from teams.models.user import initials_of
from triage.models import Conversation, Reply
from triage.states import ReplyState

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


def read_thread(conversation: Conversation, *, slug: str, may_answer: bool) -> tuple[list[Entry], int]:
    """Return the entries, and the id of the newest inbound mention (0 where there is none).

    ``slug`` names the list to which an act on an entry comes back.
    """
    mentions = list(
        Mention.objects.filter(entry__conversation=conversation)
        .select_related("profile", "reply__author")
        .prefetch_related("versions")
        .order_by("published_at", "pk")
    )
    replies = Reply.objects.filter(conversation=conversation).select_related("author").order_by("queued_at", "pk")
    underway = [reply for reply in replies if reply.mention_id is None and reply.state != ReplyState.WITHDRAWN]
    dated: list[tuple[datetime, Entry]] = [(mention.published_at, _mention(mention)) for mention in mentions]
    dated += [(reply.queued_at, _reply(reply, slug, may_answer=may_answer)) for reply in underway]
    dated.sort(key=lambda pair: pair[0])
    newest = max((mention.pk for mention in mentions if not mention.is_ours), default=0)
    return _with_days(dated), newest


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


def _mention(mention: Mention) -> Entry:
    reply: Reply | None = getattr(mention, "reply", None)
    author = (
        reply.author.name if reply else mention.profile.name or mention.profile.handle or mention.profile.external_id
    )
    versions = list(mention.versions.all())
    edited = ""
    if versions:
        before = max(versions, key=lambda version: version.replaced_at).text
        edited = _("Edited by its author. Before: %(text)s") % {"text": before}
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
