"""The triage owner's decision."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.rules import Policy
from policies.models import RuleCount
from policies.services import heeding, reading
from socialhub.lib.bulk import save_rows
from socialhub.lib.errors import Conflict, Invalid
from teams.models import Department, User
from triage.models import ClockEnd, Concern, Conversation, Decision, Event
from triage.services import clocks, gate, recording, telling
from triage.services.approving import steps
from triage.services.approving.standing import Needed
from triage.services.decisions import departing, guiding
from triage.services.pen import offering
from triage.states import Departure, Disposition, DueFor, Outcome, Stage


class DecisionNotOpen(Conflict):
    """Somebody has claimed or closed the conversation since the page was loaded."""

    code = "decision_not_open"


class DepartureUnexplained(Invalid):
    """It departs from what the policy suggested, and nobody said why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided, as a form or a program gives it."""

    disposition: Disposition
    priority: int
    reason: str = ""
    department: Department | None = None
    visibility: str = ""
    offered_to: User | None = None
    note: str = ""
    approval: Needed | None = None
    # None: those that were suggested, and before the first decision those that it has.
    tags: tuple[str, ...] | None = None
    # Why it departs from the suggestion, where it does; empty where nobody was asked yet.
    departure: str = Departure.OTHER
    # What a person answered in the guide, keys by keys; None where it was not walked.
    guide: Mapping[str, str] | None = None


# Tells those to whom a conversation is handed of the event that hands it to them.
Tell = Callable[[Conversation, Event], None]


def tell_each(conversation: Conversation, event: Event) -> None:
    """Tell the person to whom a conversation was given, else its department, which offers it if it does so."""
    if conversation.offered_to is not None:
        telling.tell_person(conversation, event, conversation.offered_to)
        return
    telling.tell_department(conversation, event)
    department = conversation.department
    if department is not None and department.offering and conversation.learner_id is None:
        offering.wake_offering(department.pk)


def decide(
    *, conversation_id: int, choice: Choice, triage_owner: User, fence: int, at: datetime, tell: Tell = tell_each
) -> Decision:
    """Record a decision and move the conversation to where it belongs.

    Open to decide are new conversations and those that lie in a queue unclaimed.
    Locks the conversation. ``fence`` is what the decider saw: a conversation that
    changed hands since is refused. Practice concerns nobody else and counts for no rule.
    ``tell`` tells those who are to answer, in the transaction of the decision.

    :raises Invalid: the parts of the choice do not fit together.
    :raises DepartureUnexplained: it departs from the suggestion and does not say why.
    :raises DecisionNotOpen: it was claimed, closed or decided by another meanwhile.
    :raises NoPolicyInForce: there is no policy to decide under.
    :raises NotAttested: the person has not attested the policy in force.
    """
    check_choice(choice)
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        policy = reading.policy_in_force()
        # Of what is not open any more nothing need be known.
        known = know([conversation] if is_open(conversation, fence) else [], policy)
        decided = decide_locked(conversation, choice, actor=triage_owner, fence=fence, known=known, at=at)
        gate.check_deciding(triage_owner, policy, at=at)
        write_decided([decided], actor=triage_owner, tell=tell, at=at)
    return decided.decision


@dataclass(frozen=True, slots=True)
class Known:
    """What deciding on some conversations has to know: the decisions of rules in force, and why they were wrong."""

    policy: Policy
    of_rules: Mapping[int, Decision]
    judged: Mapping[int, str]
    clauses: Set[int]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that is not written yet, and its conversation as it is with it."""

    conversation: Conversation
    decision: Decision
    ended: list[ClockEnd]
    verdicts: list[tuple[int, RuleCount.Verdict]]


def know(conversations: Sequence[Conversation], policy: Policy) -> Known:
    """Read what deciding on these conversations has to know; with them locked."""
    again = [one.pk for one in conversations if one.decided_at is not None]
    latest = Decision.objects.filter(conversation__in=again).order_by("conversation", "-pk").distinct("conversation")
    rows = latest.select_related("reverses__reverses") if again else ()
    of_rules = {row.conversation_id: by_rule for row in rows if (by_rule := row.of_rule()) is not None}
    clauses = {pk for one in conversations if (pk := _suggesting_clause(one.suggestion)) is not None}
    return Known(
        policy,
        of_rules,
        departing.judged([decision.pk for decision in of_rules.values()]),
        reading.clauses_among(clauses, version_id=policy.version_id) if clauses else frozenset(),
    )


def is_open(conversation: Conversation, fence: int) -> bool:
    """Say whether a conversation may be decided on, and is as the decider saw it."""
    return conversation.stage in (Stage.NEW, Stage.ASSIGNED) and conversation.fence == fence


def decide_locked(
    conversation: Conversation, choice: Choice, *, actor: User, fence: int, known: Known, at: datetime
) -> Decided:
    """Decide on a locked conversation, which ``write_decided`` writes; the caller asks the gate.

    :raises DepartureUnexplained: it departs from the suggestion and does not say why.
    :raises DecisionNotOpen: it was claimed, closed or decided by another meanwhile.
    """
    if not is_open(conversation, fence):
        raise DecisionNotOpen(_("Somebody has decided on, claimed or closed this conversation a moment ago."))
    policy = known.policy
    suggestion = conversation.suggestion
    tags = departing.suggested_tags(suggestion, conversation) if choice.tags is None else choice.tags
    departed = departing.parts_departed(suggestion, chosen_parts(choice, tags))
    reversed_decision = known.of_rules.get(conversation.pk)
    judged = known.judged.get(reversed_decision.pk, "") if reversed_decision is not None else ""
    departure = judged if departed else ""
    # What people decide once more was not suggested any more, and what they reversed is counted.
    is_first = conversation.stage == Stage.NEW or reversed_decision is not None
    verdicts = []
    # Who practises sees what was suggested only afterwards, and no rule is judged by it.
    if suggestion and is_first and not judged and conversation.learner_id is None:
        departure = _departure(choice) if departed else ""
        verdicts = departing.verdicts(suggestion, departed=departed, departure=departure)
    clause = _suggesting_clause(suggestion)
    decision = Decision(
        conversation=conversation,
        disposition=choice.disposition,
        reason=choice.reason,
        priority=choice.priority,
        department=choice.department,
        visibility=choice.visibility,
        offered_to=choice.offered_to,
        note=choice.note,
        approval=choice.approval.kept() if choice.approval is not None else {},
        policy_version_id=policy.version_id,
        clause_id=clause if clause in known.clauses else None,
        follows_suggestion=not departed if suggestion else None,
        departure=departure,
        tags=list(tags),
        guide=_guide(conversation, choice, policy, at),
        reverses=reversed_decision,
        decided_by=actor,
        at=at,
    )
    return Decided(conversation, decision, _apply(conversation, decision, policy, at), verdicts)


def _apply(conversation: Conversation, decision: Decision, policy: Policy, at: datetime) -> list[ClockEnd]:
    """Let a conversation be as it was decided; return which clocks end with it."""
    since, used = clocks.resolving_since(conversation, at=at)
    ended = clocks.ended(conversation, is_done=conversation.stage == Stage.NEW, at=at)
    conversation.disposition = decision.disposition
    conversation.priority = decision.priority
    conversation.visibility = decision.visibility
    conversation.tags = list(decision.tags)
    conversation.decided_at = conversation.decided_at or at
    conversation.fence += 1
    conversation.department = decision.department
    conversation.offered_to = decision.offered_to
    if decision.disposition != Disposition.NO_RESPONSE:
        conversation.stage = Stage.ASSIGNED
        clocks.apply(conversation, clocks.start_resolving(conversation, since=since, used=used, policy=policy))
        clocks.apply(conversation, clocks.start(conversation, DueFor.CLAIM, policy=policy, at=at))
        return ended
    conversation.stage = Stage.CLOSED
    conversation.outcome = Outcome.NO_ANSWER
    conversation.closed_at = at
    ended += clocks.resolved(conversation, at=at)
    clocks.apply(conversation, clocks.stop())
    return ended


def write_decided(decided: Sequence[Decided], *, actor: User, tell: Tell, at: datetime) -> list[Event]:
    """Write decisions in the transaction that locked their conversations, and ``tell`` those who are to answer.

    Return the event of each.
    """
    conversations = [one.conversation for one in decided]
    heeding.count(verdict for one in decided for verdict in one.verdicts)
    Decision.objects.bulk_create([one.decision for one in decided])
    # Before the events: who hears of them live are those whom the conversations concern.
    Concern.objects.bulk_create(
        [
            Concern(conversation=one, department=one.department, because=Concern.Because.DECIDED)
            for one in conversations
            if one.department is not None and one.learner_id is None
        ],
        ignore_conflicts=True,
    )
    made, events = [], []
    for one in decided:
        place: dict[str, Any] = {"conversation": one.conversation, "actor": actor, "at": at}
        made.append(Event(**place, kind=Event.Kind.DECIDED, data={"decision": one.decision.pk}))
        events.append(made[-1])
        if one.conversation.stage == Stage.CLOSED:
            events.append(Event(**place, kind=Event.Kind.CLOSED, data={"outcome": Outcome.NO_ANSWER.value}))
    recording.record_many(events)
    clocks.acknowledge(*[one.pk for one in conversations], actor=actor, at=at)
    ClockEnd.objects.bulk_create([end for one in decided for end in one.ended])
    save_rows(conversations, _COLUMNS)
    for conversation, event in zip(conversations, made, strict=True):
        if conversation.stage == Stage.ASSIGNED:
            tell(conversation, event)
    return made


_COLUMNS = (
    "disposition",
    "priority",
    "visibility",
    "tags",
    "decided_at",
    "fence",
    "stage",
    "department",
    "offered_to",
    "outcome",
    "closed_at",
    *clocks.COLUMNS,
)


def _guide(conversation: Conversation, choice: Choice, policy: Policy, at: datetime) -> list[guiding.Kept]:
    """Walk the guide once more, under the policy that is in force now."""
    if choice.guide is None:
        return []
    return guiding.kept(guiding.walk(conversation, choice.guide, policy=policy, at=at))


def check_choice(choice: Choice) -> None:
    """Make sure that the parts of a choice fit together.

    :raises Invalid: they do not.
    """
    if choice.disposition == Disposition.NO_RESPONSE:
        if not choice.reason:
            raise Invalid(_("Say why nobody answers."), field="reason")
        if choice.department is not None or choice.offered_to is not None or choice.visibility:
            raise Invalid(_("Nobody answers, so there is no department, person or visibility."), field="department")
        if choice.approval is not None:
            raise Invalid(_("Nobody answers, so there is nothing to approve."), field="approval")
        return
    if choice.reason:
        raise Invalid(_("A reason is only for conversations that nobody answers."), field="reason")
    if choice.department is None:
        raise Invalid(_("Choose the department that answers."), field="department")
    if not choice.department.is_active:
        raise Invalid(_("This department takes no conversations."), field="department")
    if not choice.visibility:
        raise Invalid(_("Choose whether the answer is public or private."), field="visibility")
    person = choice.offered_to
    if person is not None and not person.rights.may("conversation.claim", choice.department.pk):
        raise Invalid(_("This person does not answer for that department."), field="offered_to")
    if choice.approval is not None:
        steps.check_asked(choice.approval)


def _suggesting_clause(suggestion: Mapping[str, Any]) -> int | None:
    """Return the clause that spoke first."""
    because = suggestion.get("because")
    return int(because[0]["clause_id"]) if isinstance(because, list) and because else None


def chosen_parts(choice: Choice, tags: tuple[str, ...]) -> dict[str, object]:
    """Return a choice by the names of the parts of a suggestion."""
    return {
        "priority": choice.priority,
        "disposition": choice.disposition.value,
        "department": choice.department.slug if choice.department else "",
        "visibility": choice.visibility,
        "person": choice.offered_to.email if choice.offered_to else "",
        "tags": tags,
    }


def _departure(choice: Choice) -> str:
    if not choice.departure:
        raise DepartureUnexplained(_("This departs from what the policy suggests. Say why."), field="departure")
    return Departure(choice.departure)
