"""Two conversations that turn out to be one thread."""

from collections.abc import Sequence
from datetime import datetime

from triage.models import Conversation, Event, ThreadEntry
from triage.services import recording
from triage.states import Outcome, Stage


def merge(*, conversation_ids: Sequence[int], at: datetime) -> Conversation:
    """Lock the conversations and return the one in which the thread goes on.

    That is the first one given, unless another has been worked on and it has not.
    Of the rest only those that nobody has decided on are emptied into it; what
    people have worked on stays where they left it. Call it in a transaction.
    """
    locked = {
        conversation.pk: conversation
        for conversation in Conversation.objects.select_for_update(of=("self",))
        .filter(pk__in=conversation_ids)
        .order_by("pk")
    }
    candidates = [locked[pk] for pk in conversation_ids]
    kept = next((one for one in candidates if one.stage != Stage.NEW), candidates[0])
    for other in candidates:
        if other is not kept and other.stage == Stage.NEW:
            _empty_into(other, kept, at)
    return kept


def _empty_into(other: Conversation, kept: Conversation, at: datetime) -> None:
    moved = ThreadEntry.objects.filter(conversation=other).update(conversation=kept)
    kept.mention_count += moved
    kept.last_inbound_at = max(kept.last_inbound_at, other.last_inbound_at)
    kept.save(update_fields=["mention_count", "last_inbound_at"])
    other.stage = Stage.CLOSED
    other.outcome = Outcome.MERGED
    other.closed_at = at
    other.due_at = None
    other.due_for = ""
    other.mention_count = 0
    other.save(update_fields=["stage", "outcome", "closed_at", "due_at", "due_for", "mention_count"])
    recording.record(conversation_id=other.pk, kind=Event.Kind.MERGED, actor=None, at=at, data={"into": kept.pk})
    recording.record(conversation_id=kept.pk, kind=Event.Kind.MERGED, actor=None, at=at, data={"from": other.pk})
