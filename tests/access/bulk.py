"""Acts on many conversations of the triage owner, as the tables of routes name them."""

from django.utils import timezone

from teams.models import User
from tests.factories.bulk import BulkRunFactory
from tests.factories.triage import ConversationFactory
from triage.models import BulkItem, BulkRun


def bulk_runs(owner: User) -> dict[str, int]:
    """Make one that is prepared, one that is underway, and one that can be taken back."""
    conversation = ConversationFactory()
    spam = {"disposition": "no_response", "reason": "spam", "visibility": "", "department": None, "offered_to": None}
    prepared = BulkRunFactory(
        person=owner, matched_count=0, how={**spam, "priority": None, "tags": None, "note": "", "departure": ""}
    )
    over = BulkRunFactory(person=owner, done=True, act=BulkRun.Act.TAG, finished_at=timezone.now(), matched_count=1)
    BulkItem.objects.create(run=over, conversation=conversation, fence=0, state=BulkItem.State.DONE, event_id=2**40)
    return {
        "bulk_prepared": prepared.pk,
        "bulk_over": over.pk,
        "bulk_underway": BulkRunFactory(person=owner, queued=True, matched_count=1).pk,
    }
