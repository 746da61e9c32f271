"""Undo the folding of a copy: somebody looked, and it speaks for itself."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from listening.services import originals
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib import live, locks
from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Conversation, Event, ThreadEntry
from triage.services import recording
from triage.services.arriving import intake, suggesting_anew
from triage.services.arriving.listeners import read_listeners
from triage.services.arriving.opening import Opening, open_conversations
from triage.services.threads import merging


class NotFoldedHere(Conflict):
    """The message is not one of the conversation's copies, or not any more."""

    code = "not_folded_here"


def split_copy(*, conversation_id: int, mention_id: int, actor: User, at: datetime) -> int:
    """Take a copy out of a conversation and return the one that opens for it. Locks the conversation.

    What is said in the same words later is folded where it would have been. Whoever could read the copy still can.

    :raises NotFoldedHere: it is not one of the conversation's copies.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        # Opening conversations is the intake's; nobody may place the same mention meanwhile.
        locks.take(locks.Lock.INTAKE)
        incidents = standing_until_committed()
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        count, _by_model = ThreadEntry.objects.filter(
            conversation=conversation, mention=mention_id, is_copy=True
        ).delete()
        if not count:
            raise NotFoldedHere(_("This message is no copy in this conversation any more."))
        conversation.copy_count -= 1
        conversation.save(update_fields=["copy_count"])
        originals.stand_alone(mention_id=mention_id)
        openings = [Opening(list(intake.read_heard([mention_id]).values()), split_from=conversation_id)]
        (opened,) = open_conversations(openings, policy=policy, listeners=read_listeners(), incidents=incidents, at=at)
        recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.SPLIT,
            actor=actor,
            at=at,
            data={"mention": mention_id, "into": opened},
        )
        merging.follow(source=conversation, target=Conversation.objects.get(pk=opened), at=at)
        suggesting_anew.hold_again([conversation_id, opened], incidents, policy, at)
        live.recorded()
    return opened
