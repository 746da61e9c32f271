"""What one department hears, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from socialhub.lib.durations import ago
from socialhub.lib.keyset import MAX_ID
from teams.models import Department, User
from teams.models.user import initials_of
from triage.models import Concern, Conversation
from triage.states import Outcome, Stage

One = TypeVar("One", bound=Model)


@dataclass(frozen=True, slots=True)
class Slice(Generic[One]):
    """A page of rows that are ordered by id, the highest first; ``older`` is empty at the end."""

    rows: Sequence[One]
    older: str


def read_slice(rows: QuerySet[One, One], *, by: str, size: int, before: str) -> Slice[One]:
    """Return the rows below the id ``before``, or the first.

    :raises Http404: ``before`` is no id.
    """
    if before:
        if not (before.isascii() and before.isdigit()) or len(before) > 19 or int(before) > MAX_ID:
            raise Http404
        rows = rows.filter(**{f"{by}__lt": int(before)})
    found = list(rows.order_by(f"-{by}")[: size + 1])
    shown = found[:size]
    older = str(getattr(shown[-1], by)) if len(found) > size else ""
    return Slice(shown, older)


@dataclass(frozen=True, slots=True)
class Heard:
    """One conversation as a listener sees it."""

    pk: int
    url: str
    takeaways_url: str
    name: str
    initials: str
    channel: str
    text: str
    language: str
    ago: str
    at_iso: str
    chips: list[tuple[str, str]]
    who: str


def read_stream(department: Department, user: User, *, size: int, before: str) -> Slice[Conversation]:
    """Return a page of what concerns a department, as far as ``user`` may see it.

    Two queries: one index says which conversations, the other loads them. In one,
    the planner walks down all conversations to where a deep page begins. What was
    joined to another conversation leaves its page shorter.

    :raises Http404: ``before`` is no id.
    """
    concerns = read_slice(Concern.objects.filter(department=department), by="conversation_id", size=size, before=before)
    conversations = (
        Conversation.objects.visible_to(user)
        .filter(pk__in=[concern.conversation_id for concern in concerns.rows])
        .exclude(outcome=Outcome.MERGED)
        .select_related("channel", "department", "holder")
        .order_by("-pk")
    )
    return Slice(list(conversations), concerns.older)


def heard(conversation: Conversation, department: Department, *, at: datetime) -> Heard:
    """Prepare one row."""
    return Heard(
        pk=conversation.pk,
        url=reverse("triage:conversation", args=[conversation.pk]),
        takeaways_url=f"{reverse('insights:take_away', args=[conversation.pk])}?department={department.slug}",
        name=conversation.author_name or _("Erased"),
        initials=initials_of(conversation.author_name),
        channel=conversation.channel.name,
        text=conversation.snippet,
        language=conversation.language,
        ago=ago(conversation.last_inbound_at, at),
        at_iso=conversation.last_inbound_at.isoformat(),
        chips=_chips(conversation),
        who=who_answers(conversation, department),
    )


def _chips(conversation: Conversation) -> list[tuple[str, str]]:
    mood = mood_of(conversation.sentiment)
    return [mood] if mood else []


def mood_of(sentiment: float | None) -> tuple[str, str] | None:
    """Return a mood in a word, and its tone; None where none was measured."""
    if sentiment is None:
        return None
    if sentiment >= 0.05:
        return _("Positive"), "ok"
    if sentiment <= -0.05:
        return _("Negative"), "warn"
    return _("Neutral"), "neutral"


def who_answers(conversation: Conversation, department: Department | None = None) -> str:
    """Say who answers, so that nobody who only listens does; ``department`` is the one that reads it."""
    stage = Stage(conversation.stage)
    if stage == Stage.NEW:
        return _("Nobody has decided yet who answers.")
    if stage == Stage.CLOSED:
        return _("Closed: %(outcome)s.") % {"outcome": Outcome(conversation.outcome).label}
    there = conversation.department.name if conversation.department else ""
    if conversation.holder is not None:
        return _("%(person)s answers, for %(department)s.") % {
            "person": conversation.holder.name,
            "department": there,
        }
    if department is not None and conversation.department_id == department.pk:
        return _("Lies in this department's queue.")
    return _("%(department)s answers.") % {"department": there}
