"""Take messages out of a conversation that are another matter: they become one of their own."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from listening.models import Mention
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib import live, locks
from socialhub.lib.bulk import any_of
from socialhub.lib.errors import Conflict, Invalid
from teams.models import User
from triage.models import Conversation, Decision, Event, ThreadEntry
from triage.services import recording
from triage.services.approving.standing import approval_needed
from triage.services.arriving import intake, suggesting_anew
from triage.services.arriving.listeners import read_listeners
from triage.services.arriving.opening import Opening, open_conversations
from triage.services.decisions import deciding
from triage.services.pen import giving_back, working
from triage.services.pen.claims import AnswerUnderway, NotTheHolder
from triage.services.threads import merged_away, merging
from triage.states import Disposition, Stage


class NotInThisThread(Conflict):
    """A message is not in the conversation any more, or what would be left is nobody's."""

    code = "not_in_this_thread"


def split_off(*, conversation_id: int, mention_ids: Collection[int], stays: bool, actor: User, at: datetime) -> int:
    """Let messages be a conversation of their own, with their copies, and return it. Locks the intake and it.

    It needs a decision; with ``stays`` the decision in force is made for it, too, by ``actor``, so
    that it lies with the same department. What answers these messages is heard there from now on,
    and whoever could read them still can. To undo it, merge the one back into the other.

    :raises Invalid: nothing was chosen, or nothing that somebody else said.
    :raises NotInThisThread: a message is elsewhere by now, or nothing that somebody else said would be left.
    :raises MergedAway: the conversation was merged into another.
    :raises NotTheHolder: somebody else holds the conversation.
    :raises AnswerUnderway: an answer is on its way.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        locks.take(locks.Lock.INTAKE)
        incidents = standing_until_committed()
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        _check(conversation, actor, at)
        chosen = intake.read_heard(mention_ids)
        moving = ThreadEntry.objects.filter(conversation=conversation, mention__in=any_of(mention_ids), is_copy=False)
        if not chosen or not any(heard.is_voice for heard in chosen.values()):
            raise Invalid(_("Choose at least one message that somebody else wrote."), field="mentions")
        if moving.count() != len(set(mention_ids)):
            raise NotInThisThread(_("One of these messages is not in this conversation any more."))
        copies = _copies_of(conversation, [heard.external_id for heard in chosen.values()])
        moving.delete()
        fields = merging.count_thread(conversation)
        if "last_inbound_at" not in fields:
            raise NotInThisThread(_("Leave at least one message that somebody else wrote."))
        openings = [Opening(list(chosen.values()), split_from=conversation_id)]
        (opened,) = open_conversations(openings, policy=policy, listeners=read_listeners(), incidents=incidents, at=at)
        ThreadEntry.objects.filter(pk__in=any_of(copies)).update(conversation=opened)
        conversation.copy_count -= len(copies)
        conversation.save(update_fields=fields)
        Conversation.objects.filter(pk=opened).update(copy_count=len(copies))
        merging.follow(source=conversation, target=Conversation.objects.get(pk=opened), at=at)
        suggesting_anew.hold_again([conversation_id, opened], incidents, policy, at)
        recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.SPLIT,
            actor=actor,
            at=at,
            data={"mentions": sorted(chosen), "into": opened},
        )
        if stays:
            _decide_alike(conversation, opened, actor, at)
        live.recorded()
    return opened


def split_from(conversation_id: int) -> int | None:
    """Return the conversation out of which one was taken, if it was."""
    opened = Event.objects.filter(conversation=conversation_id, kind=Event.Kind.OPENED)
    found: int | None = opened.order_by("pk").values_list("data__split_from", flat=True).first()
    return found


def _check(conversation: Conversation, actor: User, at: datetime) -> None:
    if conversation.learner_id is not None:
        raise NotInThisThread(_("Practice is not taken apart."))
    merged_away.check(conversation)
    if conversation.erased_at is not None:
        raise NotInThisThread(_("Nothing is left in this conversation."))
    if conversation.holder_id not in (None, actor.pk):
        raise NotTheHolder(working.who_holds(conversation))
    if giving_back.is_underway(conversation, actor=actor, at=at):
        raise AnswerUnderway(_("An answer is on its way. Wait until its fate is known."))


def _copies_of(conversation: Conversation, external_ids: list[str]) -> list[int]:
    repeated = Mention.objects.filter(channel=conversation.channel_id, repeats__in=external_ids)
    copies = ThreadEntry.objects.filter(conversation=conversation, is_copy=True, mention__in=repeated)
    return list(copies.values_list("pk", flat=True))


def _decide_alike(conversation: Conversation, opened: int, actor: User, at: datetime) -> None:
    last = Decision.objects.filter(conversation=conversation).select_related("department").order_by("-pk").first()
    new = Conversation.objects.get(pk=opened)
    if last is None or last.department is None or new.stage not in (Stage.NEW, Stage.ASSIGNED):
        raise Invalid(_("No department has the conversation, so the messages cannot stay with it."), field="stays")
    # Nobody has looked at what the rules make of these messages alone, so it counts neither for nor against them.
    Conversation.objects.filter(pk=opened).update(suggestion={})
    choice = deciding.Choice(
        disposition=Disposition(last.disposition),
        priority=new.priority,
        department=last.department,
        visibility=last.visibility,
        approval=approval_needed(conversation),
        tags=tuple(last.tags),
    )
    deciding.decide(conversation_id=opened, choice=choice, triage_owner=actor, fence=new.fence, at=at)
