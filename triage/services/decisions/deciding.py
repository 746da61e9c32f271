"""The triage owner's decision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.rules import Policy
from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from teams.models import Department, User
from triage.models import Concern, Conversation, Decision, DecisionCheck, Event
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
        if conversation.stage not in (Stage.NEW, Stage.ASSIGNED) or conversation.fence != fence:
            raise DecisionNotOpen(_("Somebody has decided on, claimed or closed this conversation a moment ago."))
        policy = reading.policy_in_force()
        gate.check(triage_owner, policy, at=at, refusal=_("Read and attest the policy in force before you decide."))
        suggestion = conversation.suggestion
        tags = departing.suggested_tags(suggestion, conversation) if choice.tags is None else choice.tags
        departed = departing.parts_departed(suggestion, chosen_parts(choice, tags))
        reversed_decision = _decision_of_rule(conversation)
        known = _known_departure(reversed_decision)
        departure = known if departed else ""
        # What people decide once more was not suggested any more, and what they reversed is counted.
        is_first = conversation.stage == Stage.NEW or reversed_decision is not None
        is_practice = conversation.learner_id is not None
        # Who practises sees what was suggested only afterwards, and no rule is judged by it.
        if suggestion and is_first and not known and not is_practice:
            departure = _departure(choice) if departed else ""
            departing.count(suggestion, departed=departed, departure=departure)
        decision = Decision.objects.create(
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
            clause_id=_clause(suggestion, policy.version_id),
            follows_suggestion=not departed if suggestion else None,
            departure=departure,
            tags=list(tags),
            guide=_guide(conversation, choice, policy, at),
            reverses=reversed_decision,
            decided_by=triage_owner,
            at=at,
        )
        if choice.department is not None and not is_practice:
            # Before the event: who hears of it live are those whom the conversation concerns.
            Concern.objects.bulk_create(
                [Concern(conversation=conversation, department=choice.department, because=Concern.Because.DECIDED)],
                ignore_conflicts=True,
            )
        event = recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.DECIDED,
            actor=triage_owner,
            at=at,
            data={"decision": decision.pk},
        )
        since, used = clocks.resolving_since(conversation, at=at)
        clocks.end_step(conversation, is_done=conversation.stage == Stage.NEW, actor=triage_owner, at=at)
        conversation.disposition = choice.disposition
        conversation.priority = choice.priority
        conversation.visibility = choice.visibility
        conversation.tags = list(tags)
        conversation.decided_at = conversation.decided_at or at
        conversation.fence += 1
        if choice.disposition == Disposition.NO_RESPONSE:
            _close(conversation, triage_owner, at)
        else:
            conversation.stage = Stage.ASSIGNED
            conversation.department = choice.department
            conversation.offered_to = choice.offered_to
            tell(conversation, event)
            clocks.apply(conversation, clocks.start_resolving(conversation, since=since, used=used, policy=policy))
            clocks.apply(conversation, clocks.start(conversation, DueFor.CLAIM, policy=policy, at=at))
        conversation.save(
            update_fields=[
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
            ]
        )
    return decision


def _guide(conversation: Conversation, choice: Choice, policy: Policy, at: datetime) -> list[guiding.Kept]:
    """Walk the guide once more, under the policy that is in force now."""
    if choice.guide is None:
        return []
    return guiding.kept(guiding.walk(conversation, choice.guide, policy=policy, at=at))


def _close(conversation: Conversation, actor: User, at: datetime) -> None:
    conversation.stage = Stage.CLOSED
    conversation.department = None
    conversation.offered_to = None
    conversation.outcome = Outcome.NO_ANSWER
    conversation.closed_at = at
    clocks.end_resolving(conversation, at=at)
    clocks.apply(conversation, clocks.stop())
    recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.CLOSED,
        actor=actor,
        at=at,
        data={"outcome": Outcome.NO_ANSWER.value},
    )


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


def _clause(suggestion: dict[str, object], version_id: int) -> int | None:
    """Return the clause that spoke first, if it belongs to the version in force."""
    because = suggestion.get("because")
    if not isinstance(because, list) or not because:
        return None
    clause_id = int(because[0]["clause_id"])
    is_current = reading.has_clause(version_id=version_id, clause_id=clause_id)
    return clause_id if is_current else None


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


def _decision_of_rule(conversation: Conversation) -> Decision | None:
    """Return the decision in force, if a rule made it."""
    if conversation.decided_at is None:
        return None
    latest = conversation.decisions.order_by("-pk").first()
    return latest if latest is not None and latest.decided_by_rule_id is not None else None


def _known_departure(decision: Decision | None) -> str:
    """Return why a rule's decision was reversed; empty where nobody has said so yet."""
    if decision is None:
        return ""
    checks = DecisionCheck.objects.filter(decision=decision)
    return checks.values_list("departure", flat=True).first() or ""
