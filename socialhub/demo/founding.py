"""Found the invented company: its people, departments, policy and channels."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from listening.models import Channel, Profile
from policies.models import Attestation, Clause, PolicyVersion, Rule, Target
from policies.services import publishing
from socialhub.demo import company, policy
from socialhub.demo.plan import PolicyMoments
from socialhub.demo.policy import RuleSpec, TargetSpec
from teams.models import Appointment, Department, Membership, Seat, User
from teams.roles import Role
from teams.services import organisation

SECONDS_BETWEEN = 260
POLL_SECONDS = 20
# What the first version did not know yet.
NEW_RULES = frozenset({"Security gap", "Unhappy, and heard by some", "Compared with others"})
# They only read, and have not got round to it.
NOT_ATTESTED = frozenset({"rita"})


@dataclass(frozen=True, slots=True)
class Company:
    """The rows of the company by the keys of the plan."""

    people: dict[str, User]
    departments: dict[str, Department]
    channels: dict[str, Channel]
    our_profiles: dict[str, Profile]
    earlier: PolicyVersion
    current: PolicyVersion


def found_company(*, seed: int, since: datetime, moments: PolicyMoments, at: datetime) -> Company:
    """Write everything that was there before anybody spoke. Call it in a transaction.

    :raises AlreadySetUp: there is a company.
    """
    organisation.create_organisation(name=company.NAME, time_zone=company.TIME_ZONE, is_demo=True, at=at)
    departments = _departments()
    people = _people(departments, joined_at=moments.earlier_from - timedelta(days=30))
    earlier, current = _policy(people, moments)
    channels = _channels(seed, people["anders"], since=since, at=at)
    profiles = Profile.objects.bulk_create(
        Profile(
            channel=channels[spec.key],
            external_id=spec.our_handle,
            name=company.NAME,
            handle=spec.our_handle,
            is_ours=True,
        )
        for spec in company.CHANNELS
    )
    ours = {spec.key: profile for spec, profile in zip(company.CHANNELS, profiles, strict=True)}
    return Company(people, departments, channels, ours, earlier, current)


def _departments() -> dict[str, Department]:
    rows = Department.objects.bulk_create(
        Department(slug=spec.slug, name=spec.name, kind=spec.kind, listens_for=list(spec.listens_for))
        for spec in company.DEPARTMENTS
    )
    return {row.slug: row for row in rows}


def _people(departments: dict[str, Department], *, joined_at: datetime) -> dict[str, User]:
    # Nobody has a password: the sign-in page lets visitors in as one of them.
    closed = make_password(None)
    rows = User.objects.bulk_create(
        User(
            email=spec.email,
            name=spec.name,
            time_zone=spec.time_zone,
            password=closed,
            joined_at=joined_at,
            is_staff=Role.ADMINISTRATOR in spec.company_roles,
            is_superuser=Role.ADMINISTRATOR in spec.company_roles,
        )
        for spec in company.PEOPLE
    )
    people = {spec.key: row for spec, row in zip(company.PEOPLE, rows, strict=True)}
    # The sign-in page offers the first of each role: those with something to see.
    offered = [persona.person for persona in company.PERSONAS]
    specs = sorted(company.PEOPLE, key=lambda spec: spec.key not in offered)
    Appointment.objects.bulk_create(
        Appointment(user=people[spec.key], role=role) for spec in specs for role in spec.company_roles
    )
    Membership.objects.bulk_create(
        Membership(user=people[spec.key], department=departments[slug], role=role)
        for spec in specs
        for slug, role in spec.memberships
    )
    Seat.objects.bulk_create(
        Seat(
            department=departments[spec.slug],
            representative=people[spec.representative],
            is_proponent=spec.representative == company.PROPONENT,
        )
        for spec in company.DEPARTMENTS
    )
    return people


def _policy(people: dict[str, User], moments: PolicyMoments) -> tuple[PolicyVersion, PolicyVersion]:
    keys = {clause.number: uuid.uuid4() for clause in policy.CLAUSES}
    former = {clause.number: clause.earlier_body for clause in policy.CLAUSES}
    present = {clause.number: clause.body for clause in policy.CLAUSES}
    rules = [rule for rule in policy.RULES if rule.name not in NEW_RULES]
    rule_keys = {rule.name: uuid.uuid4() for rule in policy.RULES}
    editor = people["nora"]
    earlier = _version(
        1, policy.EARLIER_SUMMARY, former, keys, rule_keys, rules, policy.EARLIER_TARGETS, editor, moments.earlier_from
    )
    current = _version(
        2, policy.SUMMARY, present, keys, rule_keys, list(policy.RULES), policy.TARGETS, editor, moments.current_from
    )
    earlier.refresh_from_db()
    attestations = []
    for version, published_at in ((earlier, moments.earlier_from), (current, moments.current_from)):
        for position, (key, person) in enumerate(people.items()):
            if key not in NOT_ATTESTED:
                minutes = 3 + position * 4.3
                attestations.append(
                    Attestation(user=person, version=version, at=published_at + timedelta(minutes=minutes))
                )
    Attestation.objects.bulk_create(attestations)
    return earlier, current


def _version(
    number: int,
    summary: str,
    bodies: dict[int, str],
    keys: dict[int, uuid.UUID],
    rule_keys: dict[str, uuid.UUID],
    rules: list[RuleSpec],
    targets: tuple[TargetSpec, ...],
    editor: User,
    at: datetime,
) -> PolicyVersion:
    # The first version had none yet.
    guide = policy.GUIDE if number > 1 else ()
    version = PolicyVersion.objects.create(
        number=number,
        title=policy.TITLE,
        summary=summary,
        guide=[{**question, "clause": str(keys[question["clause"]])} for question in guide],
        created_by=editor,
        created_at=at - timedelta(days=12),
    )
    clauses = Clause.objects.bulk_create(
        Clause(
            version=version,
            key=keys[spec.number],
            number=spec.number,
            label=str(spec.number),
            title=spec.title,
            body=bodies[spec.number],
            is_substantial=number == 1 or bool(spec.earlier),
        )
        for spec in policy.CLAUSES
    )
    Rule.objects.bulk_create(
        Rule(
            clause=clause,
            key=rule_keys[rule.name],
            position=position,
            name=rule.name,
            condition=rule.condition,
            outcome=rule.outcome,
        )
        for clause in clauses
        for position, rule in enumerate((rule for rule in rules if rule.clause == clause.number), start=1)
    )
    Target.objects.bulk_create(
        Target(
            version=version,
            priority=target.priority,
            decide_minutes=target.decide,
            claim_minutes=target.claim,
            answer_minutes=target.answer,
        )
        for target in targets
    )
    why = "It is the first policy of the company." if number == 1 else "The cross-functional team agreed on it."
    return publishing.publish_version(version_id=version.pk, publisher=editor, at=at, reason=why)


def _channels(seed: int, owner: User, *, since: datetime, at: datetime) -> dict[str, Channel]:
    rows = Channel.objects.bulk_create(
        Channel(
            name=spec.name,
            kind="practice",
            options={
                "seed": seed + position,
                "seconds_between": SECONDS_BETWEEN,
                "medium": spec.medium,
                "text_limit": spec.text_limit,
                **({"private_days": spec.private_days} if spec.private_days else {}),
            },
            our_handles=[spec.our_handle],
            # Somebody speaks on one of them within the first minute.
            cursor={
                "next": 0,
                "due_at": (at + timedelta(seconds=25 + 40 * position)).isoformat(),
                "answered_until": at.isoformat(),
            },
            poll_seconds=POLL_SECONDS,
            next_fetch_at=at,
            last_success_at=at,
            owner=owner,
            created_at=since,
        )
        for position, spec in enumerate(company.CHANNELS)
    )
    return {spec.key: row for spec, row in zip(company.CHANNELS, rows, strict=True)}
