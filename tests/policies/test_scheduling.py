from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from policies.models import PolicyVersion
from policies.services import clauses, drafting, publishing, scheduling, trials
from policies.tasks import put_due_in_force
from socialhub.lib.errors import Invalid
from teams.models import AuditEntry, Notification
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory
from tests.factories.teams import NOON, DepartmentFactory

MONDAY = NOON + timedelta(days=3)
TUESDAY = MONDAY + timedelta(days=1)


def approved(editor, **kwargs) -> PolicyVersion:
    version = PolicyVersionFactory(created_by=editor, **kwargs)
    RuleFactory(clause=ClauseFactory(version=version))
    PolicyVersion.objects.filter(pk=version.pk).update(state="approved")
    return version


def schedule(version, editor, moment=MONDAY, reason="No time to try it."):
    return scheduling.schedule_version(version_id=version.pk, publisher=editor, moment=moment, at=NOON, reason=reason)


def states():
    return dict(PolicyVersion.objects.values_list("number", "state"))


def test_a_scheduled_version_comes_in_force_when_it_is_due(in_force, editor):
    version = approved(editor, number=2)
    schedule(version, editor)
    assert states() == {1: "in_force", 2: "scheduled"}

    assert scheduling.put_due_in_force(at=MONDAY - timedelta(seconds=1)) == 0
    assert states() == {1: "in_force", 2: "scheduled"}
    assert scheduling.put_due_in_force(at=MONDAY) == 1
    assert scheduling.put_due_in_force(at=MONDAY) == 0

    assert states() == {1: "retired", 2: "in_force"}
    version.refresh_from_db()
    in_force.refresh_from_db()
    assert (version.in_force_from, version.published_by, in_force.in_force_until) == (MONDAY, editor, MONDAY)
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "policy.scheduled",
        "policy.published_anyway",
    ]
    assert Notification.objects.in_page().get().kind == "policy_in_force"


def test_two_that_are_due_come_one_after_the_other(in_force, editor):
    first = approved(editor, number=2)
    schedule(first, editor)
    second = approved(editor, number=3)
    schedule(second, editor, TUESDAY)

    assert scheduling.put_due_in_force(at=TUESDAY) == 2

    assert states() == {1: "retired", 2: "retired", 3: "in_force"}
    first.refresh_from_db()
    assert (first.in_force_from, first.in_force_until) == (TUESDAY, TUESDAY + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        (NOON, "That moment is past. Choose one to come, or put the version in force now."),
        (NOON - timedelta(days=1), "That moment is past. Choose one to come, or put the version in force now."),
        (NOON + timedelta(days=800), "That is more than two years ahead."),
    ],
)
def test_a_moment_that_is_past_or_far_is_refused(in_force, editor, moment, sentence):
    version = approved(editor, number=2)

    with pytest.raises(Invalid) as refusal:
        schedule(version, editor, moment)

    assert (str(refusal.value), refusal.value.field) == (sentence, "moment")
    assert states() == {1: "in_force", 2: "approved"}


def test_two_versions_are_not_scheduled_for_one_moment(in_force, editor):
    schedule(approved(editor, number=2), editor)
    second = approved(editor, number=3)

    with pytest.raises(Invalid, match=r"Version 2 comes in force at the same moment\."):
        schedule(second, editor)

    assert states() == {1: "in_force", 2: "scheduled", 3: "approved"}
    with pytest.raises(IntegrityError, match="policies_policyversion_one_at_a_time"), transaction.atomic():
        PolicyVersion.objects.filter(pk=second.pk).update(state="scheduled", scheduled_for=MONDAY)


def test_versions_come_in_force_in_the_order_of_their_numbers(in_force, editor):
    second, third = approved(editor, number=2), approved(editor, number=3)
    schedule(second, editor)

    with pytest.raises(Invalid, match="Version 2 is scheduled and would replace it later"):
        schedule(third, editor, MONDAY - timedelta(days=1))
    with pytest.raises(Invalid, match="Version 2 is scheduled and would replace it later"):
        publishing.publish_version(version_id=third.pk, publisher=editor, at=NOON, reason="A test.")
    scheduling.unschedule_version(version_id=second.pk, publisher=editor, at=NOON)
    schedule(third, editor)
    with pytest.raises(Invalid, match="Version 3, which was begun later, comes in force before"):
        schedule(second, editor, TUESDAY)

    assert states() == {1: "in_force", 2: "approved", 3: "scheduled"}


def test_a_version_taken_off_the_schedule_stays_approved(in_force, editor):
    version = approved(editor, number=2)
    schedule(version, editor)

    scheduling.unschedule_version(version_id=version.pk, publisher=editor, at=NOON)

    version.refresh_from_db()
    assert (version.state, version.scheduled_for, version.reason) == ("approved", None, "")
    with pytest.raises(scheduling.NotScheduled):
        scheduling.unschedule_version(version_id=version.pk, publisher=editor, at=NOON)
    assert scheduling.put_due_in_force(at=TUESDAY) == 0


def test_only_what_is_approved_is_scheduled(in_force, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)

    with pytest.raises(scheduling.NotApproved):
        schedule(draft, editor)

    assert states() == {1: "in_force", 2: "draft"}


def test_what_cannot_be_carried_out_any_more_is_held_and_told(in_force, editor):
    care = DepartmentFactory(slug="care")
    version = approved(editor, number=2)
    PolicyVersion.objects.filter(pk=version.pk).update(state="draft")
    RuleFactory(clause=version.clauses.get(), position=2, name="Care", outcome={"department": "care"})
    PolicyVersion.objects.filter(pk=version.pk).update(state="approved")
    schedule(version, editor)
    care.is_active = False
    care.save(update_fields=["is_active"])

    assert scheduling.put_due_in_force(at=MONDAY) == 0

    assert states() == {1: "in_force", 2: "approved"}
    assert Notification.objects.in_page().get().kind == "policy_held"
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.detail["reason"]) == (
        "policy.held",
        "The rule “Care” of clause 1 names a department that takes no conversations.",
    )


def test_a_draft_begins_from_the_version_that_comes_last(in_force, editor):
    version = approved(editor, number=2, title="The coming one")
    schedule(version, editor)

    draft = drafting.start_draft(editor=editor, at=NOON)

    assert (draft.number, draft.title) == (3, "The coming one")
    assert list(draft.clauses.values_list("key", "is_substantial")) == [(version.clauses.get().key, False)]


def test_a_version_that_was_tried_as_it_stands_needs_no_reason(in_force, editor):
    version = approved(editor, number=2)
    with pytest.raises(
        publishing.ReasonNeeded, match=r"Say why it comes in force without having been tried on the past\."
    ):
        schedule(version, editor, reason=" ")

    assert trials.record_trial(version_id=version.pk, fingerprint=trials.content_fingerprint(version), at=NOON)
    schedule(version, editor, reason="")
    scheduling.put_due_in_force(at=MONDAY)

    version.refresh_from_db()
    assert (version.state, version.reason) == ("in_force", "")
    assert AuditEntry.objects.latest("pk").verb == "policy.published"
    assert not trials.record_trial(version_id=version.pk, fingerprint="x", at=TUESDAY)


def test_a_trial_is_void_as_soon_as_a_rule_changes_and_not_for_a_typing_error(in_force, editor):
    draft = drafting.start_draft(editor=editor, at=NOON)
    trials.record_trial(version_id=draft.pk, fingerprint=trials.content_fingerprint(draft), at=NOON)
    draft.refresh_from_db()
    assert trials.was_tried(draft)

    clause = draft.clauses.get(number=1)
    seen = clauses.fingerprint_of_clause(clause)
    clauses.change_clause(clause_id=clause.pk, version_id=draft.pk, title="Mended", body="Better.", seen=seen)
    assert trials.was_tried(draft)

    RuleFactory(clause=clause, position=2)
    assert not trials.was_tried(draft)


def test_an_older_version_comes_in_force_again_only_with_a_reason(in_force, editor):
    older = approved(editor, number=2)
    newer = approved(editor, number=3)
    publishing.publish_version(version_id=newer.pk, publisher=editor, at=NOON, reason="A test.")

    with pytest.raises(publishing.ReasonNeeded, match="without what a later version changed"):
        publishing.publish_version(version_id=older.pk, publisher=editor, at=MONDAY)
    publishing.publish_version(version_id=older.pk, publisher=editor, at=MONDAY, reason="The new one does harm.")

    assert states() == {1: "retired", 2: "in_force", 3: "retired"}


def test_the_task_puts_due_versions_in_force(in_force, editor, time_machine):
    version = approved(editor, number=2)
    schedule(version, editor)
    time_machine.move_to(MONDAY)

    put_due_in_force()
    put_due_in_force()

    assert states() == {1: "retired", 2: "in_force"}
