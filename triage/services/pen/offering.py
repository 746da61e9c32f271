"""Offer what waits in a department's queue to the right person, by the rule that the department has chosen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery

from policies.engine.rules import Policy
from policies.engine.targets import ANSWERED
from policies.services import binding, reading
from socialhub.lib.queue import wake
from teams.models import Department, Membership, User
from teams.roles import CAN
from teams.services import hours
from triage.models import Conversation, Event
from triage.services import recording, telling
from triage.states import Priority, Stage

# At once at most so many; the sweep goes on with the rest within seconds.
BATCH = 100

_LEAST = Department.Offering.LEAST_LOADED
# The kinds of events that give a conversation to somebody, or to nobody.
_GIVING = (Event.Kind.OFFERED, Event.Kind.DECIDED, Event.Kind.TAKEN_OVER)


@dataclass(slots=True)
class _Candidate:
    """Somebody who can be offered a conversation, and how many they have or are offered."""

    place: Membership
    load: int

    @property
    def person(self) -> User:
        return self.place.user

    @property
    def has_room(self) -> bool:
        return self.person.capacity is None or self.load < self.person.capacity


def wake_offering(department_id: int | None) -> None:
    """Let a worker offer what waits in a department, once this transaction has committed."""
    if department_id is not None and Department.objects.filter(pk=department_id).exclude(offering="").exists():
        wake("triage.offer_conversations", department_id=department_id)


def offer_everywhere(*, at: datetime) -> None:
    """Offer what waits in every department that has a rule, and take back what was offered and left lying."""
    for department_id in Department.objects.active().exclude(offering="").values_list("pk", flat=True):
        offer_waiting(department_id=department_id, at=at)


def offer_waiting(*, department_id: int, at: datetime) -> int:
    """Offer the conversations that wait in a department, the most urgent and longest waiting first; return how many.

    Skipped are people at their capacity, those who have not attested the policy in
    force, and whoever had this conversation since it was decided on: released it,
    let it rest, or let an earlier offer lie. Locks the department, then takes only
    conversations that nobody else has locked. Harmless to run twice.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        department = Department.objects.select_for_update(no_key=True).get(pk=department_id)
        if not department.offering:
            return 0
        _take_back(department, policy, at)
        candidates = _candidates(department, policy.version_id, at)
        waiting = (
            Conversation.objects.work()
            .filter(department=department, stage=Stage.ASSIGNED, offered_to=None, snoozed_at=None)
            .order_by("priority", "last_inbound_at", "pk")
            .select_for_update(of=("self",), skip_locked=True)[:BATCH]
        )
        offered = 0
        for conversation in waiting if candidates else ():
            had = _had_it(conversation)
            free = [one for one in candidates if one.has_room and one.person.pk not in had]
            if not free:
                continue
            chosen = min(free, key=lambda one: one.load) if department.offering == _LEAST else free[0]
            _offer(conversation, chosen, at)
            # Offers of one moment keep their order, so that the next turn begins where this one ended.
            chosen.place.offered_at = at + timedelta(microseconds=offered)
            chosen.place.save(update_fields=["offered_at"])
            chosen.load += 1
            candidates.remove(chosen)
            candidates.append(chosen)
            offered += 1
    return offered


def _candidates(department: Department, version_id: int, at: datetime) -> list[_Candidate]:
    """Return those who answer here and have attested, the one who was offered something longest ago first."""
    places = list(
        Membership.objects.filter(
            department=department,
            role__in=CAN["conversation.claim"],
            user__is_active=True,
            user__in=binding.attested_enough(version_id=version_id, at=at).values("user"),
        )
        .select_related("user")
        .order_by(F("offered_at").asc(nulls_first=True), "pk")
    )
    people = [place.user_id for place in places]
    load = dict.fromkeys(people, 0)
    held = Q(stage=Stage.CLAIMED, holder__in=people)
    offered = Q(stage=Stage.ASSIGNED, offered_to__in=people)
    for column, kept in (("holder", held), ("offered_to", offered)):
        counted = Conversation.objects.work().filter(kept).order_by().values_list(column).annotate(n=Count("pk"))
        for person_id, count in counted:
            load[person_id] += count
    return [_Candidate(place, load[place.user_id]) for place in places]


def _had_it(conversation: Conversation) -> set[int]:
    """Return who has let go of the conversation, or of an offer of it, since it was last decided on."""
    kinds = (Event.Kind.OFFERED, Event.Kind.RELEASED, Event.Kind.CLAIM_RETURNED, Event.Kind.TAKEN_OVER)
    events = Event.objects.filter(conversation=conversation)
    decided = events.filter(kind=Event.Kind.DECIDED).order_by("-pk").values_list("pk", flat=True).first() or 0
    had: set[int | None] = set()
    for actor_id, data in events.filter(pk__gt=decided, kind__in=kinds).values_list("actor", "data"):
        had |= {actor_id, data.get("to"), data.get("from")}
    return {person_id for person_id in had if person_id is not None}


def _offer(conversation: Conversation, chosen: _Candidate, at: datetime) -> None:
    conversation.offered_to = chosen.person
    conversation.save(update_fields=["offered_to"])
    event = recording.record(
        conversation_id=conversation.pk, kind=Event.Kind.OFFERED, actor=None, at=at, data={"to": chosen.person.pk}
    )
    telling.tell_person(conversation, event, chosen.person)


def _take_back(department: Department, policy: Policy, at: datetime) -> None:
    """End the offers that lay for as long as is allowed to claim: the next is offered it, else anybody may claim.

    What a person gave to a person is no offer of the rule's and stays theirs.
    """
    last = Event.objects.filter(conversation=OuterRef("pk"), kind__in=_GIVING).order_by("-pk")
    too_old = Q(pk=None)
    calendar = hours.calendar_of(department.pk)
    for priority, disposition in product(Priority.values, ANSWERED):
        allowed = policy.allowed(priority, disposition)
        since = allowed.counted_in(calendar).add(at, -allowed.claim / timedelta(minutes=1))
        too_old |= Q(priority=priority, disposition=disposition, given_at__lte=since)
    left = (
        Conversation.objects.work()
        .filter(department=department, stage=Stage.ASSIGNED, offered_to__isnull=False)
        .annotate(given_by=Subquery(last.values("kind")[:1]), given_at=Subquery(last.values("at")[:1]))
        .filter(too_old, given_by=Event.Kind.OFFERED)
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)[:BATCH]
    )
    for conversation in left:
        person_id = conversation.offered_to_id
        conversation.offered_to = None
        conversation.save(update_fields=["offered_to"])
        recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.OFFERED,
            actor=None,
            at=at,
            data={"to": None, "from": person_id},
        )
