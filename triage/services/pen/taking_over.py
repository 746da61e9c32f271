"""Take a conversation over from its holder, with a reason: the lead's and the triage owner's act."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from teams.models import User
from triage.models import Conversation, Event, TakeOver
from triage.services import clocks, reasons, recording, telling
from triage.services.pen import giving_back, offering, voiding
from triage.services.pen.claims import AnswerUnderway
from triage.states import Stage


class NothingToTakeOver(Conflict):
    """Nobody holds the conversation, or it changed hands since the page was loaded."""

    code = "nothing_to_take_over"


def take_over(
    *, conversation_id: int, actor: User, reason: str, to_queue: bool, give_to: User | None, fence: int, at: datetime
) -> None:
    """Take the pen from its holder. Locks the conversation.

    Whoever answers for the department holds it themselves then. ``to_queue`` puts it
    back in the queue instead, offered to ``give_to`` if they are named: the only way
    for who does not answer there, so that nobody gets the pen without wanting it.
    The former holder is told and keeps their draft, and what a stop holds becomes one again. Capacity
    does not stand in the way: it was somebody's decision.

    :raises Invalid: there is no reason, or nobody may hold it as was asked.
    :raises NothingToTakeOver: nobody holds it, or it changed hands since ``fence``.
    :raises AnswerUnderway: the holder's answer has not arrived yet.
    """
    reason = reasons.needed(reason, otherwise=_("Say why you take it over."))
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(of=("self",)).select_related("holder").get(pk=conversation_id)
        )
        former = conversation.holder
        if former is None or conversation.fence != fence:
            raise NothingToTakeOver(_("This conversation changed hands a moment ago."))
        _check(conversation, former, actor, to_queue=to_queue, give_to=give_to)
        if giving_back.is_underway(conversation, actor=actor, at=at):
            sentence = _("An answer of %(name)s is on its way. Take over when its fate is known.")
            raise AnswerUnderway(sentence % {"name": former.name})
        conversation.fence += 1
        conversation.idle_warned_at = None
        fields = ["fence", "idle_warned_at", "holder", "worked_at"]
        if to_queue:
            clocks.end_step(conversation, is_done=False, actor=actor, at=at)
            change = clocks.to_queue(conversation, policy=policy, at=at)
            conversation.stage = Stage.ASSIGNED
            conversation.holder = None
            conversation.worked_at = None
            conversation.offered_to = give_to
            fields += ["stage", "offered_to", *clocks.apply(conversation, change)]
        else:
            conversation.holder = actor
            conversation.worked_at = at
        conversation.save(update_fields=fields)
        voiding.void_asking(conversation_id=conversation.pk, at=at)
        taken = TakeOver.objects.create(
            conversation=conversation, former=former, actor=actor, given_to=give_to, reason=reason, at=at
        )
        event = recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.TAKEN_OVER,
            actor=actor,
            at=at,
            data={
                "take_over": taken.pk,
                "from": former.pk,
                "to": give_to.pk if give_to else None if to_queue else actor.pk,
                "to_queue": to_queue,
            },
        )
        telling.tell_taken_over(conversation, event, former)
        if give_to is not None:
            telling.tell_person(conversation, event, give_to)
        elif to_queue:
            telling.tell_department(conversation, event, but=former)
            offering.wake_offering(conversation.department_id)


def _check(conversation: Conversation, former: User, actor: User, *, to_queue: bool, give_to: User | None) -> None:
    if former.pk == actor.pk:
        raise Invalid(_("You hold this conversation already."), field="reason")
    if not to_queue:
        if give_to is not None:
            raise Invalid(_("A person is named only when it goes back to the queue."), field="give_to")
        if not actor.rights.may("conversation.answer", conversation.department_id):
            sentence = _("You do not answer for this department: give it to somebody, or back to the queue.")
            raise Invalid(sentence, field="to_queue")
    if give_to is None:
        return
    if give_to.pk == former.pk:
        raise Invalid(_("This person holds it now."), field="give_to")
    if not give_to.rights.may("conversation.claim", conversation.department_id):
        raise Invalid(_("This person does not answer for the department."), field="give_to")
