"""What authors did to their mentions afterwards becomes part of the record."""

from datetime import datetime

from django.db import transaction

from listening.models import Mention, MentionChange
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib import locks
from triage.models import Conversation, Event, ThreadEntry
from triage.services import recording
from triage.services.arriving import suggesting_anew
from triage.services.arriving.heard import snippet_of
from triage.services.threads import merging

BATCH = 1000

_KINDS = {MentionChange.Kind.EDITED.value: Event.Kind.EDITED, MentionChange.Kind.DELETED.value: Event.Kind.DELETED}


def take_in_changes(*, at: datetime, limit: int = BATCH, patient: bool = False) -> int:
    """Write up to ``limit`` edits and deletions into the records of their conversations; return how many there were.

    Nothing is reopened and nobody is told: open pages show it at once, and an answer
    that was on its way to what is gone stops. What is said now may belong to another
    incident. One caller at a time, as intake. What is not taken in itself yet waits.
    """
    with transaction.atomic():
        if patient:
            locks.take(locks.Lock.INTAKE)
        elif not locks.take_if_free(locks.Lock.INTAKE):
            return 0
        incidents = standing_until_committed()
        waiting = MentionChange.objects.filter(mention__waiting=None).select_related("mention").order_by("pk")[:limit]
        changes = list(waiting)
        entries = ThreadEntry.objects.in_bulk([change.mention_id for change in changes])
        conversations = sorted({entry.conversation_id for entry in entries.values()})
        merging.hold(conversations)
        for change in changes:
            entry = entries.get(change.mention_id)
            # Our own post that nobody answered has no conversation whose record could tell it.
            if entry is not None:
                _record(change, entry)
        if conversations:
            suggesting_anew.hold_again(conversations, incidents, reading.policy_in_force(), at)
        MentionChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes)


def _record(change: MentionChange, entry: ThreadEntry) -> None:
    if change.kind == MentionChange.Kind.EDITED and not entry.is_copy:
        _quote_anew(change.mention, entry.conversation_id)
    recording.record(
        conversation_id=entry.conversation_id,
        kind=_KINDS[change.kind],
        actor=None,
        at=change.at,
        data={"mention": change.mention_id},
    )


def _quote_anew(mention: Mention, conversation_id: int) -> None:
    """Let the list quote what the latest message says now."""
    if mention.is_ours or mention.is_automatic:
        return
    latest = Conversation.objects.filter(pk=conversation_id, last_inbound_at=mention.published_at, erased_at=None)
    latest.update(snippet=snippet_of(mention.text), sentiment=mention.sentiment)
