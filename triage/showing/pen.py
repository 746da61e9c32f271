"""Who holds the pen and who may have it, as a page shows it to one person."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from socialhub.lib.durations import ago
from teams.models import Membership, User
from teams.roles import CAN
from triage.models import Conversation, HandOver
from triage.showing.addresses import act_url
from triage.states import Stage

# As many as a person answers without a list of their own.
MOST_ASKED = 20
# Whoever comes back later reads it under the bell and in the history.
TOLD_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Asked:
    """An open asking, with where its answers go."""

    giver: str
    taker: str
    note: str
    ago: str
    at_iso: str
    subject: str
    url: str
    accept_url: str
    decline_url: str
    withdraw_url: str


@dataclass(slots=True)
class Pen:
    """What can be done with the pen, and what has been asked."""

    can_hand_over: bool = False
    can_take_over: bool = False
    # Whether who takes over holds it themselves then; else it goes back to the queue or to somebody named.
    can_hold: bool = False
    hand_over_url: str = ""
    take_over_url: str = ""
    colleagues: list[tuple[int, str]] = field(default_factory=list)
    asked_of_me: Asked | None = None
    asked_by_me: Asked | None = None
    # How the last asking has ended, to whoever did not end it.
    told: str = ""


def read_pen(conversation: Conversation, user: User, *, slug: str, at: datetime) -> Pen:
    """Return what ``user`` may do with the pen of a conversation; ``slug`` names the list to come back to."""
    pen = Pen()
    if conversation.stage not in (Stage.CLAIMED, Stage.WAITING) or conversation.holder is None:
        return pen
    rights = user.rights
    is_holder = conversation.holder_id == user.pk
    newest = conversation.hand_overs.select_related("conversation", "giver", "taker").order_by("-pk").first()
    asked = newest if newest is not None and not newest.answer and newest.fence == conversation.fence else None
    if newest is not None and asked is None:
        pen.told = _how_it_ended(newest, conversation, user, at=at)
    if asked is not None and asked.taker_id == user.pk:
        pen.asked_of_me = _shown(asked, slug=slug, at=at)
    if asked is not None and is_holder:
        pen.asked_by_me = _shown(asked, slug=slug, at=at)
    pen.can_hand_over = is_holder and asked is None and rights.may("conversation.answer", conversation.department_id)
    pen.can_take_over = not is_holder and rights.may("conversation.take_over", conversation.department_id)
    pen.can_hold = rights.may("conversation.answer", conversation.department_id)
    pen.hand_over_url = act_url("hand_over", conversation.pk, slug=slug)
    pen.take_over_url = act_url("take_over", conversation.pk, slug=slug)
    if pen.can_hand_over or pen.can_take_over:
        pen.colleagues = _colleagues(conversation)
        pen.can_hand_over = pen.can_hand_over and bool(pen.colleagues)
    return pen


def asked_of(user: User, *, at: datetime) -> list[Asked]:
    """Return what colleagues ask ``user`` to take over, the oldest first."""
    departments = user.rights.departments_for("conversation.claim")
    if not departments:
        return []
    asked = _open().filter(taker=user, conversation__department__in=departments).order_by("asked_at", "pk")
    return [_shown(one, slug="mine", at=at) for one in asked[:MOST_ASKED]]


def _open() -> QuerySet[HandOver]:
    """Return what is asked under the fence of now: what the pen has left behind counts no more."""
    return HandOver.objects.filter(answer="", fence=F("conversation__fence")).select_related(
        "conversation", "giver", "taker"
    )


def _how_it_ended(asked: HandOver, conversation: Conversation, user: User, *, at: datetime) -> str:
    """Return the answer to what was asked lately, to the other of the two, as long as the pen is where it left it."""
    if asked.answered_at is None or at - asked.answered_at > TOLD_FOR:
        return ""
    answer, is_giver, is_taker = asked.answer, asked.giver_id == user.pk, asked.taker_id == user.pk
    stayed = conversation.holder_id == asked.giver_id and conversation.fence == asked.fence
    moved = conversation.holder_id == asked.taker_id and conversation.fence == asked.fence + 1
    told = ""
    if is_giver and moved and answer == HandOver.Answer.ACCEPTED:
        told = _("%(taker)s has accepted and holds the conversation now.")
    elif is_giver and stayed and answer == HandOver.Answer.DECLINED:
        told = _("%(taker)s has declined. The conversation stays with you.")
    elif is_taker and stayed and answer == HandOver.Answer.WITHDRAWN:
        told = _("%(giver)s no longer asks you to take this over, and keeps the conversation.")
    return told % {"giver": asked.giver.name, "taker": asked.taker.name}


def _shown(asked: HandOver, *, slug: str, at: datetime) -> Asked:
    return Asked(
        giver=asked.giver.name,
        taker=asked.taker.name,
        note=asked.note,
        ago=ago(asked.asked_at, at),
        at_iso=asked.asked_at.isoformat(),
        subject=f"{asked.conversation.author_name}: {asked.conversation.snippet}",
        url=reverse("triage:open", args=[slug, asked.conversation_id]),
        accept_url=act_url("accept_hand_over", asked.pk, slug=slug),
        decline_url=act_url("decline_hand_over", asked.pk, slug=slug),
        withdraw_url=act_url("withdraw_hand_over", asked.pk, slug=slug),
    )


def _colleagues(conversation: Conversation) -> list[tuple[int, str]]:
    """Return who could hold it instead, by name."""
    places = Membership.objects.filter(
        department=conversation.department_id, role__in=CAN["conversation.claim"], user__is_active=True
    )
    others = places.exclude(user=conversation.holder).order_by("user__name", "user")
    return list(others.values_list("user", "user__name"))
