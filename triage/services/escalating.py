"""Who is told when nobody acts: the rules of escalation, asked of every deadline that comes near or has passed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from policies.engine.outcomes import Escalation as Said
from policies.engine.outcomes import Named
from policies.engine.rules import Policy, Rule
from policies.services import reading
from teams.models import Appointment, Department, Membership, User
from teams.roles import ANSWERING, COMPANY_ROLES
from teams.services import hours
from triage.models import Concern, Conversation, Escalation, Event
from triage.services import clocks, recording, telling
from triage.services.arriving import facts
from triage.states import RUNNING, DueFor

# At once at most so many; the next sweep goes on within a minute.
BATCH = 200
# Of one rule: some of what is looked at is due later than the clock on the wall says.
MOST_LOOKED_AT = 5_000
# What nobody was told of for so long, since nothing swept, is no news any more.
TOLD_WITHIN = timedelta(days=7)

_STAGES = {step.value: (stage,) for stage, step in clocks.STEPS.items()} | {DueFor.RESOLVE.value: RUNNING}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A running step with its deadline, and what says in which hours it counts."""

    conversation_id: int
    deadline_at: datetime
    under: int | None
    priority: int
    disposition: str
    department_id: int | None

    def told_at(self, minutes: int) -> datetime:
        """Return the moment so many minutes after the deadline, counted as the deadline itself is."""
        allowed = reading.allowed_under(self.under, priority=self.priority, disposition=self.disposition)
        return allowed.counted_in(hours.calendar_of(self.department_id)).add(self.deadline_at, minutes)


def sweep(*, at: datetime) -> int:
    """Ask the rules of the version in force about every deadline that is theirs; return how many told somebody.

    Harmless to run twice, and at the same time: each rule is asked once about each deadline.
    """
    policy = reading.policy_in_force()
    told = 0
    for rule, said in policy.escalations():
        for candidate in _candidates(rule, said, at):
            told += _ask(candidate, rule, said, policy, at)
            if told >= BATCH:
                return told
    return told


def _candidates(rule: Rule, said: Said, at: datetime) -> Sequence[_Candidate]:
    """Return the deadlines about which the rule is to be asked now, the earliest first."""
    latest, oldest = _bounds(said.minutes, at)
    running = Conversation.objects.work().filter(stage__in=_STAGES[said.step])
    if said.step == DueFor.RESOLVE:
        asked = [(running.filter(due_at__lte=latest, resolve_due_at__range=(oldest, latest)), "resolve_due_at")]
        under = "resolve_under"
    else:
        # Where the time to resolve ends first, that stands in ``due_at``.
        asked = [
            (running.filter(~Q(due_for=DueFor.RESOLVE), due_at__range=(oldest, latest)), "due_at"),
            (running.filter(due_for=DueFor.RESOLVE, step_due_at__range=(oldest, latest)), "step_due_at"),
        ]
        under = "due_under"
    found: list[_Candidate] = []
    for rows, column in asked:
        before = Escalation.objects.filter(
            conversation=OuterRef("pk"), step=said.step, deadline_at=OuterRef(column), rule_key=UUID(rule.key)
        )
        columns = ("pk", column, under, "priority", "disposition", "department_id")
        unasked = rows.filter(~Exists(before)).order_by(column, "pk").values_list(*columns)[:MOST_LOOKED_AT]
        found += [_Candidate(*row) for row in unasked]
    return [candidate for candidate in found if candidate.told_at(said.minutes) <= at]


def _bounds(minutes: int, at: datetime) -> tuple[datetime, datetime]:
    """Return between which moments a deadline lies about which somebody is told now, whatever its hours."""
    calendars = hours.calendars_in_use()
    latest = max([at - minutes * _MINUTE, *(calendar.add(at, -minutes) for calendar in calendars)])
    since = at - TOLD_WITHIN
    return latest, min([since - minutes * _MINUTE, *(calendar.add(since, -minutes) for calendar in calendars)])


def _ask(candidate: _Candidate, rule: Rule, said: Said, policy: Policy, at: datetime) -> bool:
    with transaction.atomic():
        # Whoever acts on it this moment has it locked, and leaves no deadline behind.
        locked = Conversation.objects.select_for_update(of=("self",), skip_locked=True)
        conversation = locked.select_related("department").filter(pk=candidate.conversation_id).first()
        if conversation is None or not _is_running(conversation, said.step, candidate.deadline_at):
            return False
        about = {
            "conversation": conversation,
            "step": said.step,
            "deadline_at": candidate.deadline_at,
            "rule_key": UUID(rule.key),
        }
        if Escalation.objects.filter(**about).exists():
            return False
        applies = rule.rule_id in policy.escalating(facts.facts_of(conversation, at=at))
        event = _tell(conversation, candidate, rule, said, at) if applies else None
        Escalation.objects.create(**about, event=event, at=at)
        return applies


def _is_running(conversation: Conversation, step: str, deadline_at: datetime) -> bool:
    if conversation.stage not in _STAGES[step]:
        return False
    found = conversation.resolve_due_at if step == DueFor.RESOLVE else clocks.deadline_of_step(conversation)
    return found == deadline_at


def _tell(conversation: Conversation, candidate: _Candidate, rule: Rule, said: Said, at: datetime) -> Event:
    departments = list(
        Department.objects.active().filter(slug__in=[one.name for one in said.tell if one.kind == "department"])
    )
    # Before the event: who hears of it live are those whom the conversation concerns.
    Concern.objects.bulk_create(
        [
            Concern(conversation=conversation, department=department, because=Concern.Because.TOLD)
            for department in departments
        ],
        ignore_conflicts=True,
    )
    people = [person for person in _people(said.tell, departments, conversation) if _sees(person, conversation)]
    event = recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.ESCALATED,
        actor=None,
        at=at,
        data={
            "step": said.step,
            "deadline": candidate.deadline_at.isoformat(),
            "is_near": candidate.deadline_at > at,
            "rule": rule.rule_id,
            "clause": rule.clause_label,
            "told": [person.pk for person in people],
        },
    )
    telling.tell_deadline(conversation, event, people, is_near=candidate.deadline_at > at)
    return event


def _people(named: Iterable[Named], departments: Sequence[Department], conversation: Conversation) -> list[User]:
    """Return whom a rule names; a role in a department means the department that has the conversation."""
    roles = {one.name for one in named if one.kind == "role"}
    addresses = [one.name.lower() for one in named if one.kind == "person"]
    answering = Membership.objects.filter(department__in=departments, role__in=ANSWERING)
    own = Membership.objects.filter(department=conversation.department_id, role__in=roles - COMPANY_ROLES)
    company = Appointment.objects.filter(role__in=roles & COMPANY_ROLES)
    wanted = Q(email__in=addresses) | Q(pk__in=answering.values("user")) | Q(pk__in=company.values("user"))
    if conversation.department_id is not None:
        wanted |= Q(pk__in=own.values("user"))
    return list(User.objects.active().filter(wanted).by_name())


def _sees(person: User, conversation: Conversation) -> bool:
    return Conversation.objects.visible_to(person).filter(pk=conversation.pk).exists()
