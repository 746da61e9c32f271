"""Let the rules speak again of what nobody has decided on, once it belongs to an incident or to none any more."""

from collections.abc import Sequence
from datetime import datetime

from policies.engine.incidents import Incidents, within
from policies.engine.rules import Policy
from socialhub.lib.bulk import any_of
from teams.services import hours
from triage.models import Conversation
from triage.services import clocks
from triage.services.arriving import belonging
from triage.services.arriving.belonging import Belonging
from triage.services.arriving.facts import began_with, facts_data
from triage.services.arriving.opening import suggestion_data
from triage.states import Stage


def hold_again(conversations: Sequence[int], incidents: Incidents, policy: Policy, at: datetime) -> None:
    """Hold conversations that are open again, or undecided again, against the incidents that are open now.

    Call it as ``belonging.settle``, once they are written: a search has passed over what was closed.
    """
    found = belonging.settle(conversations, incidents, at=at).found
    suggest_anew({pk: found.get(pk, ()) for pk in conversations}, policy, at)


def suggest_anew(found: Belonging, policy: Policy, at: datetime) -> None:
    """Let the rules speak again of those that are undecided; what they looked at is kept with each. Locks them."""
    if not found:
        return
    undecided = Conversation.objects.select_for_update(of=("self",)).filter(pk__in=any_of(found), stage=Stage.NEW)
    calendar = hours.calendar_of()
    for conversation in undecided.order_by("pk"):
        if not found[conversation.pk] and "incident" not in conversation.facts:
            continue
        before = began_with(conversation)
        facts = within(before, found[conversation.pk])
        mention_id = conversation.facts.get("mention")
        if facts == before or mention_id is None:
            continue
        suggestion = policy.suggest(facts)
        conversation.facts = facts_data(facts, mention_id)
        if conversation.priority < min(suggestion.priority, policy.suggest(before).priority):
            # What was merged into it is more urgent than whatever the rules say of it.
            conversation.save(update_fields=["facts"])
            continue
        conversation.suggestion = suggestion_data(suggestion)
        conversation.priority = suggestion.priority
        decide_by = policy.deadline("decide", priority=suggestion.priority, since=at, calendar=calendar)
        conversation.step_due_at = min(conversation.step_due_at or decide_by, decide_by)
        fields = clocks.apply(conversation, clocks.look_again(conversation, at=at))
        conversation.save(update_fields=["facts", "suggestion", "priority", "step_due_at", *fields])
