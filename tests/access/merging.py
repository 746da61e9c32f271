"""Conversations of the world that are merged, taken apart and put aside."""

from typing import Any

from listening.models import Profile
from teams.models import Department, User
from tests.factories.listening import MentionFactory
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory
from triage.models import Conversation, ThreadEntry
from triage.services.threads import merging_by_hand


def merges(profile: Profile, care: Department, holder: User) -> dict[str, Any]:
    """Make a merge, what may be merged and taken apart, and one that is snoozed."""
    target, source, mergeable, splittable, snoozed = (
        ConversationFactory(profile=profile, assigned=True, department=care) for _ in range(5)
    )
    (merge,) = merging_by_hand.merge_conversations(target_id=target.pk, source_ids=[source.pk], actor=holder, at=NOON)
    second = MentionFactory(profile=profile)
    ThreadEntry.objects.create(mention=second, conversation=splittable)
    Conversation.objects.filter(pk=splittable.pk).update(mention_count=2)
    Conversation.objects.filter(pk=snoozed.pk).update(snoozed_at=NOON, snoozed_by=holder)
    return {
        "merge": merge.pk,
        "merged": source.pk,
        "merged_into": target.pk,
        "mergeable": mergeable.pk,
        "splittable": splittable.pk,
        "second_mention": second.pk,
        "snoozed": snoozed.pk,
    }
