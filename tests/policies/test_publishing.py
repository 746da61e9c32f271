import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from policies.models import Attestation, Clause, PolicyVersion, Rule, Target
from policies.services import attesting, binding, drafting, publishing, reading
from socialhub.lib.errors import Invalid
from teams.models import AuditEntry
from tests.factories.policies import (
    AttestationFactory,
    ClauseFactory,
    PolicyVersionFactory,
    RuleFactory,
    TargetFactory,
)
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.support.race import SECONDS, race

LATER = NOON + timedelta(days=1)


def publish(version, publisher, at=LATER):
    return publishing.publish_version(version_id=version.pk, publisher=publisher, at=at, reason="A test.")


def test_publishing_retires_the_former_version_in_the_same_moment(in_force, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)

    publish(draft, editor)

    in_force.refresh_from_db()
    draft.refresh_from_db()
    assert (in_force.state, in_force.in_force_until) == ("retired", LATER)
    assert (draft.state, draft.in_force_from, draft.in_force_until, draft.published_by) == (
        "in_force",
        LATER,
        None,
        editor,
    )
    assert reading.policy_in_force().version_id == draft.pk
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.subject, entry.detail) == (
        "policy.published_anyway",
        "version 2",
        {
            "version": draft.pk,
            "retired": in_force.pk,
            "reason": "A test.",
            "lacks": ["without a review", "without having been tried on the past"],
            "told": {"subject": {"text": "version %(number)s", "words": {"number": draft.number}}},
        },
    )


def test_the_first_version_is_published(company, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)
    ClauseFactory(version=draft)

    assert publish(draft, editor).state == "in_force"


def test_publishing_twice_is_refused(in_force, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)
    publish(draft, editor)

    with pytest.raises(publishing.NotADraft):
        publish(draft, editor)
    with pytest.raises(publishing.NotADraft):
        publish(in_force, editor)

    assert AuditEntry.objects.filter(verb="policy.published_anyway").count() == 1


def test_a_version_without_a_clause_stays_a_draft(in_force, editor):
    draft = PolicyVersionFactory(number=2)

    with pytest.raises(Invalid, match=r"A policy needs at least one clause before it can be published\."):
        publish(draft, editor)

    draft.refresh_from_db()
    in_force.refresh_from_db()
    assert (draft.state, in_force.state) == ("draft", "in_force")


@pytest.mark.parametrize("slug", ["choir", "closed"])
def test_a_rule_that_names_no_department_in_use_keeps_a_version_back(in_force, editor, slug):
    DepartmentFactory(slug="care")
    DepartmentFactory(slug="closed", is_active=False)
    draft = drafting.start_draft(editor=editor, at=NOON)
    clause = draft.clauses.get(number=2)
    RuleFactory(clause=clause, name="Praise", outcome={"department": "care"})
    RuleFactory(clause=clause, position=2, name="Songs", outcome={"department": slug})

    with pytest.raises(Invalid) as refusal:
        publish(draft, editor)

    assert str(refusal.value) == "The rule “Songs” of clause 2 names a department that takes no conversations."
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_clock_that_is_behind_leaves_no_hole_and_no_overlap(in_force, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)

    publish(draft, editor, at=NOON - timedelta(minutes=1))

    in_force.refresh_from_db()
    draft.refresh_from_db()
    assert in_force.in_force_until == draft.in_force_from == NOON + timedelta(microseconds=1)


def naive_publish(version_id, gate):
    with transaction.atomic():
        is_draft = PolicyVersion.objects.filter(pk=version_id, state="draft").exists()
        gate.wait()
        if is_draft:
            AuditEntry.objects.create(actor=None, verb="policy.published", subject="naively", at=LATER)
            return "published"
    return None


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_the_naive_publishing_lets_both_publishers_win():
    draft = PolicyVersionFactory()
    gate = threading.Barrier(2, timeout=SECONDS)

    outcomes = race(*[lambda: naive_publish(draft.pk, gate) for _ in range(2)])

    assert outcomes == ["published", "published"]
    assert AuditEntry.objects.count() == 2


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_publishers_at_once_one_wins():
    PolicyVersionFactory.published(number=1)
    draft = drafting.start_draft(editor=UserFactory(), at=NOON)
    publishers = UserFactory.create_batch(6)

    outcomes = race(*[lambda who=who: publish(draft, who) for who in publishers])

    assert sum(isinstance(outcome, PolicyVersion) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, publishing.NotADraft) for outcome in outcomes) == 5
    assert list(PolicyVersion.objects.order_by("number").values_list("state", flat=True)) == ["retired", "in_force"]
    assert AuditEntry.objects.filter(verb="policy.published_anyway").count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_who_begin_a_draft_at_once_one_does():
    PolicyVersionFactory.published(number=1)
    editors = UserFactory.create_batch(4)

    outcomes = race(*[lambda who=who: drafting.start_draft(editor=who, at=NOON) for who in editors])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DraftExists"] * 3 + ["PolicyVersion"]
    assert PolicyVersion.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("write", "constraint"),
    [
        (
            lambda v: PolicyVersionFactory(number=9, state="in_force", in_force_from=LATER),
            "policies_policyversion_one_in_force",
        ),
        (lambda v: PolicyVersionFactory.create_batch(2), "policies_policyversion_one_edited"),
        (lambda v: PolicyVersionFactory(state="in_force"), "policies_policyversion_state_has_times"),
        (
            lambda v: PolicyVersionFactory(
                state="retired", in_force_from=NOON - timedelta(1), in_force_until=NOON + timedelta(1)
            ),
            "policies_policyversion_no_overlap",
        ),
        (lambda v: PolicyVersionFactory(number=v.number), "policies_policyversion_number"),
        (lambda v: AttestationFactory.create_batch(2, user=UserFactory(), version=v), "policies_attestation_once"),
        (
            lambda v: TargetFactory(
                version=PolicyVersionFactory(), priority=5, decide_minutes=1, claim_minutes=1, answer_minutes=1
            ),
            "policies_target_priority_range",
        ),
        (lambda v: TargetFactory.create_batch(2, version=PolicyVersionFactory()), "policies_target_priority_once"),
        (lambda v: TargetFactory(version=PolicyVersionFactory(), decide_minutes=0), "policies_target_within_a_year"),
    ],
)
def test_the_database_refuses_impossible_versions(write, constraint):
    version = PolicyVersionFactory.published(number=100)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write(version)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (lambda c: ClauseFactory(version=c.version, number=c.number), "policies_clause_number_once"),
        (lambda c: ClauseFactory(version=c.version, number=2, key=c.key), "policies_clause_key_once"),
        (lambda c: RuleFactory.create_batch(2, clause=c), "policies_rule_position_once"),
    ],
)
def test_the_database_refuses_two_parts_in_one_place(make, constraint):
    clause = ClauseFactory()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(clause)


PUBLISHED = "is published and immutable"


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["in_force", "retired"])
@pytest.mark.parametrize(
    "write",
    [
        lambda v: PolicyVersion.objects.filter(pk=v.pk).update(title="Other"),
        lambda v: PolicyVersion.objects.filter(pk=v.pk).update(in_force_from=NOON - timedelta(days=9)),
        lambda v: PolicyVersion.objects.filter(pk=v.pk)._raw_delete("default"),
        lambda v: Clause.objects.filter(version=v).update(body="Other"),
        lambda v: ClauseFactory(version=v, number=9),
        lambda v: Rule.objects.filter(clause__version=v).update(outcome={"priority": 4}),
        lambda v: Rule.objects.filter(clause__version=v)._raw_delete("default"),
        lambda v: RuleFactory(clause=v.clauses.first(), position=9),
        lambda v: Target.objects.filter(version=v).update(decide_minutes=1),
        lambda v: Target.objects.filter(version=v)._raw_delete("default"),
        lambda v: Clause.objects.filter(version=v).update(version=PolicyVersionFactory()),
        lambda v: Target.objects.filter(pk=TargetFactory(version=PolicyVersionFactory(), priority=4).pk).update(
            version=v
        ),
    ],
)
def test_the_database_keeps_a_published_version_as_it_was(state, write):
    version = PolicyVersionFactory.published(number=100)
    if state == "retired":
        PolicyVersion.objects.filter(pk=version.pk).update(state="retired", in_force_until=LATER)

    with pytest.raises(IntegrityError, match=PUBLISHED), transaction.atomic():
        write(version)


@pytest.mark.django_db
def test_the_database_never_puts_a_retired_version_back_in_force():
    version = PolicyVersionFactory.published()
    PolicyVersion.objects.filter(pk=version.pk).update(state="retired", in_force_until=LATER)

    with pytest.raises(IntegrityError, match=PUBLISHED), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_until=None)


@pytest.mark.django_db
def test_the_database_keeps_attestations():
    attestation = AttestationFactory(version=PolicyVersionFactory.published())

    for write in (
        lambda: Attestation.objects.update(at=LATER),
        lambda: Attestation.objects.filter(pk=attestation.pk)._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            write()


def test_attesting_is_recorded_once(in_force, reader):
    for at in (NOON, LATER):
        attesting.attest(user=reader, version_id=in_force.pk, at=at)

    assert Attestation.objects.get().at == NOON
    assert binding.may_act_under(reader, version_id=in_force.pk, at=LATER)


def test_only_the_version_in_force_is_attested(in_force, editor, reader):
    draft = drafting.start_draft(editor=editor, at=NOON)
    with pytest.raises(attesting.NotInForce):
        attesting.attest(user=reader, version_id=draft.pk, at=NOON)
    publish(draft, editor)

    with pytest.raises(attesting.NotInForce):
        attesting.attest(user=reader, version_id=in_force.pk, at=LATER)

    assert not Attestation.objects.exists()
