"""Let the rules speak again of what nobody has decided on, once it belongs to an incident or to none any more."""

from collections.abc import Sequence
from datetime import datetime

from policies.engine.incidents import Incidents, within
from policies.engine.rules import Policy
from policies.services import reading
from socialhub.lib.bulk import any_of
from socialhub.lib.business_time import Calendar
from teams.services import hours
from triage.models import Conversation, Event
from triage.services import clocks
from triage.services.arriving import belonging
from triage.services.arriving.belonging import Belonging
from triage.services.arriving.facts import began_with, facts_data
from triage.services.arriving.opening import suggestion_data
from triage.states import DueFor, Stage


def hold_again(conversations: Sequence[int], incidents: Incidents, policy: Policy, at: datetime) -> None:
    """Hold conversations that are open again, or undecided again, or say something else, against open incidents.

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
        is_eased = suggestion.priority > conversation.priority
        conversation.suggestion = suggestion_data(suggestion)
        conversation.priority = suggestion.priority
        decide_by = policy.deadline("decide", priority=suggestion.priority, since=at, calendar=calendar)
        own = _own_deadline(conversation, calendar) if is_eased else conversation.step_due_at
        conversation.step_due_at = own if is_eased and not facts.incident else min(own or decide_by, decide_by)
        fields = clocks.apply(conversation, clocks.look_again(conversation, at=at))
        conversation.save(update_fields=["facts", "suggestion", "priority", "step_due_at", *fields])


def _own_deadline(conversation: Conversation, calendar: Calendar) -> datetime | None:
    """Return when a decision is due by the priority that it has now, as if no incident had made it sooner."""
    told = Event.objects.filter(conversation=conversation).order_by("-pk")
    if told.filter(kind=Event.Kind.MERGED, data__has_key="from").exists():
        # What is said there may have waited for longer: the sooner of their deadlines is its own.
        return conversation.step_due_at
    reopened_at = told.filter(kind=Event.Kind.REOPENED).values_list("at", flat=True).first()
    allowed = reading.allowed_under(conversation.due_under, priority=conversation.priority, disposition="")
    return allowed.due(DueFor.DECIDE, since=reopened_at or conversation.opened_at, calendar=calendar)
