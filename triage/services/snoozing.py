"""Put a conversation aside, and let it come back by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from listening.models import Profile
from socialhub.lib.errors import Conflict, Invalid
from teams.models import User
from triage.models import Conversation, Event, ThreadEntry
from triage.services import clocks, recording, telling
from triage.services.decisions.undoing import UNDO_WITHIN, NotUndoable
from triage.services.pen import working
from triage.services.pen.claims import NotTheHolder
from triage.states import OPEN, Stage

# Whoever wants to see it only later than this has closed it.
LONGEST = timedelta(days=90)
# More than anybody has.
MOST_REACH = 10**10
BATCH = 200


class NotSnoozable(Conflict):
    """It is closed, snoozed already, or moved on since it was looked at."""

    code = "not_snoozable"


class NotSnoozed(Conflict):
    """It is back already."""

    code = "not_snoozed"


def snooze(
    *, conversation_id: int, until: datetime | None, reach: int | None, fence: int, actor: User, at: datetime
) -> None:
    """Take a conversation out of the queues until a moment or until it reaches so many people, whichever is first.

    With neither it comes back with the next message; with either it does so, too. Its stage, its
    holder and its deadlines stay as they are, and its clocks run on. So it decides and answers nothing, and
    asks for no attestation. Locks the conversation.

    :raises Invalid: the moment is over or too far away, or the reach is reached already.
    :raises NotSnoozable: it is closed, snoozed already, or changed hands since ``fence``.
    :raises NotTheHolder: somebody else holds it.
    """
    if until is not None and not at < until <= at + LONGEST:
        raise Invalid(_("Choose a moment within the next %(days)d days.") % {"days": LONGEST.days}, field="until")
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        if conversation.stage not in OPEN or conversation.fence != fence:
            raise NotSnoozable(_("This conversation was closed or changed hands a moment ago."))
        if conversation.snoozed_at is not None:
            raise NotSnoozable(_("This conversation is snoozed already. Bring it back to choose anew."))
        if conversation.holder_id not in (None, actor.pk):
            raise NotTheHolder(working.who_holds(conversation))
        if reach is not None and reach_of(conversation) >= reach:
            raise Invalid(_("It reaches as many people already."), field="reach")
        # What was told of its deadlines has done its work: somebody looked.
        clocks.acknowledge(conversation_id, actor=actor, at=at)
        _save(conversation, at=at, by=actor, until=until, reach=reach)
        told = {"until": until.isoformat() if until is not None else None, "reach": reach}
        recording.record(conversation_id=conversation_id, kind=Event.Kind.SNOOZED, actor=actor, at=at, data=told)


def wake(*, conversation_id: int, actor: User, at: datetime) -> None:
    """Put a snoozed conversation back now. Locks it.

    :raises NotSnoozed: it is back already.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        if conversation.snoozed_at is None:
            raise NotSnoozed(_("This conversation is back already."))
        _wake(conversation, "person", actor=actor, at=at)


def snooze_again(
    *, conversation_id: int, actor: User, fence: int, at: datetime, within: timedelta = UNDO_WITHIN
) -> None:
    """Put aside once more what ``actor`` brought back, as it was before. Locks the conversation.

    :raises NotUndoable: it is not theirs, is older than ``within``, its moment has come or its reach is there,
        or something has happened since.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        latest = list(conversation.events.order_by("-pk")[:1])
        snoozed = conversation.events.filter(kind=Event.Kind.SNOOZED).order_by("-pk").first()
        is_theirs = [(one.kind, one.actor_id, at - one.at <= within) for one in latest] == [
            (Event.Kind.WOKEN, actor.pk, True)
        ]
        if not is_theirs or snoozed is None or snoozed.actor is None or conversation.fence != fence:
            raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Snooze it anew."))
        until, reach = parse_datetime(snoozed.data["until"] or ""), snoozed.data["reach"]
        if (until is not None and until <= at) or (reach is not None and reach_of(conversation) >= reach):
            raise NotUndoable(_("It would have come back by now. Snooze it anew."))
        _save(conversation, at=at, by=snoozed.actor, until=until, reach=reach)
        told = {**snoozed.data, "reverses": latest[0].pk}
        recording.record(conversation_id=conversation_id, kind=Event.Kind.SNOOZED, actor=actor, at=at, data=told)


def wake_by_message(conversation: Conversation, *, at: datetime) -> None:
    """Put a snoozed conversation back, since somebody else spoke. Call it with the conversation locked."""
    if conversation.snoozed_at is not None:
        _wake(conversation, "message", actor=None, at=at)


def wake_by_reach(conversation: Conversation, *, at: datetime) -> None:
    """Put a snoozed conversation back if it has come so far. Call it with the conversation locked."""
    if conversation.snoozed_reach is not None and reach_of(conversation) >= conversation.snoozed_reach:
        _wake(conversation, "reach", actor=None, at=at)


def sweep(*, at: datetime) -> int:
    """Put back what was snoozed until now, or has the reach to which it was; return how many. Harmless to run twice."""
    due = Conversation.objects.filter(snoozed_until__lte=at).order_by("snoozed_until", "pk")
    woken = _each(list(due.values_list("pk", flat=True)[:BATCH]), lambda one: _wake_if_due(one, at))
    waiting = Conversation.objects.filter(snoozed_reach__isnull=False).order_by("pk")
    total = _speakers(OuterRef(OuterRef("pk"))).order_by().values(of_all=Value(1)).values(total=Sum("reach"))
    far = waiting.filter(snoozed_reach__lte=Subquery(total)).values_list("pk", flat=True)[:BATCH]
    return woken + _each(list(far), lambda one: wake_by_reach(one, at=at))


def reach_of(conversation: Conversation) -> int:
    """Return how many people those have reached who wrote here or passed it on, as far as is known."""
    found: int = _speakers(conversation).aggregate(total=Coalesce(Sum("reach"), 0))["total"]
    return found


def _speakers(conversation: Any) -> QuerySet[Profile]:
    placed = ThreadEntry.objects.filter(conversation=conversation, mention__is_ours=False)
    return Profile.objects.filter(pk__in=placed.values("mention__profile"))


def _each(found: list[int], act: Callable[[Conversation], None]) -> int:
    woken = 0
    for pk in found:
        with transaction.atomic():
            locked = Conversation.objects.select_for_update(of=("self",), skip_locked=True)
            conversation = locked.filter(pk=pk, snoozed_at__isnull=False).first()
            if conversation is not None:
                act(conversation)
                woken += conversation.snoozed_at is None
    return woken


def _wake_if_due(conversation: Conversation, at: datetime) -> None:
    # It may have been snoozed anew while the sweep went through the others.
    if conversation.snoozed_until is not None and conversation.snoozed_until <= at:
        _wake(conversation, "time", actor=None, at=at)


def _wake(conversation: Conversation, because: str, *, actor: User | None, at: datetime) -> None:
    sleeper = conversation.snoozed_by
    _save(conversation, at=None, by=None, until=None, reach=None)
    if conversation.holder_id is not None:
        # Nobody rests on what was put aside: the claim counts anew.
        Conversation.objects.filter(pk=conversation.pk).update(worked_at=at, idle_warned_at=None)
        conversation.worked_at, conversation.idle_warned_at = at, None
    data = {"because": because}
    event = recording.record(conversation_id=conversation.pk, kind=Event.Kind.WOKEN, actor=actor, at=at, data=data)
    # Who holds it, or waited for the customer, hears of a message anyway.
    if because in ("time", "reach") or (because == "message" and conversation.stage in (Stage.NEW, Stage.ASSIGNED)):
        telling.tell_woken(conversation, event, sleeper)


def _save(
    conversation: Conversation, *, at: datetime | None, by: User | None, until: datetime | None, reach: int | None
) -> None:
    change: dict[str, Any] = {
        "snoozed_at": at,
        "snoozed_by": by,
        "snoozed_until": until,
        "snoozed_reach": reach,
    }
    Conversation.objects.filter(pk=conversation.pk).update(**change)
    for name, value in change.items():
        setattr(conversation, name, value)
