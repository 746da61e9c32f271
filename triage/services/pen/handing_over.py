"""Hand a conversation over: asked with a note, and the giver's until the other accepts."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Forbidden, Invalid
from socialhub.lib.moments import grouped
from teams.models import User
from triage.models import Conversation, Event, HandOver
from triage.services import recording, telling
from triage.services.approving import standing
from triage.services.pen import capacity, giving_back, working
from triage.services.pen.claims import AnswerUnderway, NotTheHolder
from triage.states import Stage

MAX_NOTE = 1000


class AskedAlready(Conflict):
    """Somebody else is asked already."""

    code = "asked_already"


class HandOverNotOpen(Conflict):
    """The asking was answered or withdrawn, or the pen has changed hands since."""

    code = "hand_over_not_open"


class MayNotTake(Forbidden):
    """The person does not answer for the department any more."""

    code = "may_not_take"


def ask(*, conversation_id: int, giver: User, taker: User, note: str, fence: int, at: datetime) -> HandOver:
    """Ask ``taker`` to take the conversation over; until they accept, nothing changes hands. Locks the conversation.

    Asked again of the same person it returns the asking that is open.

    :raises NotTheHolder: ``giver`` does not hold it under ``fence``.
    :raises Invalid: ``taker`` cannot answer it, or the note is too long.
    :raises AskedAlready: another person is asked.
    """
    if len(note) > MAX_NOTE:
        raise Invalid(_("The note is longer than %(most)s characters.") % {"most": grouped(MAX_NOTE)}, field="note")
    with transaction.atomic():
        conversation = _locked(conversation_id)
        if conversation.holder_id != giver.pk:
            raise NotTheHolder(_("You do not hold this conversation any more."))
        if why := working.why_older(conversation, fence):
            raise NotTheHolder(why)
        if conversation.learner_id is not None:
            raise Invalid(_("Nobody else sees your practice. Release it if you do not want it."), field="taker")
        if taker.pk == giver.pk:
            raise Invalid(_("Choose somebody else than yourself."), field="taker")
        if not taker.rights.may("conversation.claim", conversation.department_id):
            raise Invalid(_("This person does not answer for the department."), field="taker")
        open_one = conversation.hand_overs.filter(answer="").select_related("taker").first()
        if open_one is not None and open_one.fence == fence:
            if open_one.taker_id == taker.pk:
                return open_one
            sentence = _("You have asked %(name)s already. Withdraw that first.")
            raise AskedAlready(sentence % {"name": open_one.taker.name})
        if open_one is not None:
            HandOver.objects.filter(pk=open_one.pk).update(answer=HandOver.Answer.VOID, answered_at=at)
        asked = HandOver.objects.create(
            conversation=conversation, giver=giver, taker=taker, note=note.strip(), fence=fence, asked_at=at
        )
        event = recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.HAND_OVER_ASKED,
            actor=giver,
            at=at,
            data={"hand_over": asked.pk, "to": taker.pk},
        )
        telling.tell_asked(conversation, event, taker)
    return asked


def accept(*, hand_over_id: int, taker: User, at: datetime) -> int:
    """Take the pen from the giver and return the new fence. Locks the taker, then the conversation.

    An answer of the giver that a stop holds becomes their draft again, which the taker can use.

    :raises HandOverNotOpen: it was answered or withdrawn, or the pen has changed hands since.
    :raises MayNotTake: ``taker`` does not answer for the department any more.
    :raises AtCapacity: ``taker`` holds as many conversations as they may.
    :raises AnswerUnderway: the giver's answer has not arrived yet.
    """
    with transaction.atomic():
        capacity.make_sure_of_room(taker)
        asked, conversation = _open(hand_over_id, taker=taker)
        if not taker.rights.may("conversation.claim", conversation.department_id):
            raise MayNotTake(_("You do not answer for this department any more."))
        if giving_back.is_underway(conversation, actor=taker, at=at):
            sentence = _("An answer of %(name)s is on its way. Accept when its fate is known.")
            raise AnswerUnderway(sentence % {"name": asked.giver.name})
        moved = Conversation.objects.filter(
            pk=conversation.pk, holder=asked.giver_id, fence=asked.fence, stage__in=[Stage.CLAIMED, Stage.WAITING]
        ).update(holder=taker, fence=F("fence") + 1, worked_at=at, idle_warned_at=None)
        if not moved:
            raise HandOverNotOpen(_("This conversation has changed hands meanwhile."))
        HandOver.objects.filter(pk=asked.pk).update(answer=HandOver.Answer.ACCEPTED, answered_at=at)
        standing.withdraw_open(conversation_id=conversation.pk, at=at)
        event = recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.HANDED_OVER,
            actor=taker,
            at=at,
            data={"hand_over": asked.pk, "from": asked.giver_id, "to": taker.pk},
        )
        telling.tell_accepted(conversation, event, asked.giver)
    return asked.fence + 1


def decline(*, hand_over_id: int, taker: User, at: datetime) -> None:
    """Say no; the giver keeps the conversation and is told. Locks the conversation.

    :raises HandOverNotOpen: it was answered or withdrawn, or the pen has changed hands since.
    """
    with transaction.atomic():
        asked, conversation = _open(hand_over_id, taker=taker)
        HandOver.objects.filter(pk=asked.pk).update(answer=HandOver.Answer.DECLINED, answered_at=at)
        event = recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.HAND_OVER_DECLINED,
            actor=taker,
            at=at,
            data={"hand_over": asked.pk, "from": asked.giver_id},
        )
        telling.tell_declined(conversation, event, asked.giver)


def withdraw(*, hand_over_id: int, giver: User, at: datetime) -> None:
    """Take the asking back before it is answered. Locks the conversation.

    :raises HandOverNotOpen: it was answered or withdrawn, or the pen has changed hands since.
    """
    with transaction.atomic():
        asked, conversation = _open(hand_over_id, giver=giver)
        HandOver.objects.filter(pk=asked.pk).update(answer=HandOver.Answer.WITHDRAWN, answered_at=at)
        recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.HAND_OVER_WITHDRAWN,
            actor=giver,
            at=at,
            data={"hand_over": asked.pk, "to": asked.taker_id},
        )


def _open(hand_over_id: int, **whose: User) -> tuple[HandOver, Conversation]:
    """Lock the conversation of an asking; return both if it is open and theirs."""
    conversation = _locked(HandOver.objects.values_list("conversation", flat=True).get(pk=hand_over_id))
    asked = HandOver.objects.select_related("giver", "taker").filter(pk=hand_over_id, **whose).first()
    if asked is None:
        raise HandOverNotOpen(_("This was asked of somebody else."))
    if asked.answer not in ("", HandOver.Answer.VOID):
        raise HandOverNotOpen(_ended(asked, is_giver="giver" in whose))
    if asked.answer or conversation.fence != asked.fence or conversation.holder_id != asked.giver_id:
        raise HandOverNotOpen(_("This conversation has changed hands meanwhile."))
    return asked, conversation


def _ended(asked: HandOver, *, is_giver: bool) -> str:
    """Return how an asking has ended, as its giver or its taker is told."""
    if asked.answer == HandOver.Answer.WITHDRAWN:
        told = _("You have withdrawn this already.") if is_giver else _("%(giver)s has withdrawn this.")
    elif asked.answer == HandOver.Answer.ACCEPTED:
        told = _("%(taker)s has accepted already.") if is_giver else _("You have accepted this already.")
    else:
        told = _("%(taker)s has declined already.") if is_giver else _("You have declined this already.")
    return told % {"giver": asked.giver.name, "taker": asked.taker.name}


def _locked(conversation_id: int) -> Conversation:
    return Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
