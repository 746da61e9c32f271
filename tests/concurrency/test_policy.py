"""Versions of the policy under people, and a sweep, who act at one moment."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from policies.models import PolicyVersion, Review
from policies.services import clauses, commenting, documents, drafting, publishing, reviewing, scheduling
from teams.models import AuditEntry
from teams.roles import Role
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, ReviewFactory
from tests.factories.teams import NOON, AppointmentFactory, UserFactory
from tests.support.race import SECONDS, race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

MONDAY = NOON + timedelta(days=1)
CAME = ("policy.published", "policy.published_anyway")


def approved(number: int, **change) -> PolicyVersion:
    version = PolicyVersionFactory(number=number, created_by=UserFactory())
    ClauseFactory(version=version)
    PolicyVersion.objects.filter(pk=version.pk).update(state="approved", **change)
    return version


def in_review(count: int) -> tuple[PolicyVersion, list[Review]]:
    version = PolicyVersionFactory(number=2, created_by=UserFactory())
    ClauseFactory(version=version)
    reviews = [
        ReviewFactory(version=version, reviewer=AppointmentFactory(role=Role.MANAGER).user) for _ in range(count)
    ]
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_review")
    return version, reviews


def say(version, review, seen):
    return reviewing.say(
        version_id=version.pk, reviewer=review.reviewer, verdict="approved", note="", seen=seen, at=NOON
    )


def test_many_sweeps_and_a_publisher_put_a_version_in_force_once():
    PolicyVersionFactory.published(number=1)
    version = approved(2)
    who = UserFactory()
    scheduling.schedule_version(version_id=version.pk, publisher=who, moment=MONDAY, at=NOON, reason="A test.")

    outcomes = race(
        *[lambda: scheduling.put_due_in_force(at=MONDAY) for _ in range(4)],
        lambda: publishing.publish_version(version_id=version.pk, publisher=who, at=MONDAY, reason="A test."),
    )

    came = sum(outcome == 1 for outcome in outcomes[:4]) + isinstance(outcomes[4], PolicyVersion)
    assert came == 1
    assert AuditEntry.objects.filter(verb__in=CAME).count() == 1
    assert list(PolicyVersion.objects.order_by("number").values_list("state", flat=True)) == ["retired", "in_force"]


def test_a_version_taken_off_while_it_is_due_comes_in_force_or_stays():
    PolicyVersionFactory.published(number=1)
    version = approved(2)
    who = UserFactory()
    scheduling.schedule_version(version_id=version.pk, publisher=who, moment=MONDAY, at=NOON, reason="A test.")

    swept, taken_off = race(
        lambda: scheduling.put_due_in_force(at=MONDAY),
        lambda: scheduling.unschedule_version(version_id=version.pk, publisher=who, at=MONDAY),
    )

    version.refresh_from_db()
    if swept == 1:
        assert version.state == "in_force"
        assert isinstance(taken_off, scheduling.NotScheduled)
    else:
        assert (swept, version.state) == (0, "approved")


def test_of_two_versions_scheduled_for_one_moment_at_once_one_is():
    PolicyVersionFactory.published(number=1)
    versions = [approved(2), approved(3)]
    who = UserFactory()

    outcomes = race(
        *[
            lambda pk=version.pk: scheduling.schedule_version(
                version_id=pk, publisher=who, moment=MONDAY, at=NOON, reason="A test."
            )
            for version in versions
        ]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Invalid", "PolicyVersion"]
    assert PolicyVersion.objects.scheduled().count() == 1


def naive_say(review_id, gate):
    with transaction.atomic():
        Review.objects.filter(pk=review_id).update(verdict="approved", said_at=NOON)
        is_last = not Review.objects.exclude(pk=review_id).filter(verdict="waiting").exists()
        gate.wait()
        if is_last:
            PolicyVersion.objects.update(state="approved")
        return is_last


def test_the_naive_review_lets_the_last_word_get_lost():
    version, reviews = in_review(2)
    gate = threading.Barrier(2, timeout=SECONDS)

    outcomes = race(*[lambda pk=review.pk: naive_say(pk, gate) for review in reviews])

    version.refresh_from_db()
    assert outcomes == [False, False]
    assert version.state == "in_review"
    assert not Review.objects.filter(verdict="waiting").exists()


def test_of_reviewers_who_speak_at_once_the_last_approves():
    version, reviews = in_review(4)
    seen = documents.fingerprint_of_text(version)

    outcomes = race(*[lambda review=review: say(version, review, seen) for review in reviews])

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    version.refresh_from_db()
    assert version.state == "approved"
    assert AuditEntry.objects.filter(verb="policy.approved").count() == 1


def test_a_word_that_comes_while_the_version_is_taken_back_is_void_or_refused():
    version, [review] = in_review(1)
    seen = documents.fingerprint_of_text(version)

    said, pulled = race(
        lambda: say(version, review, seen),
        lambda: reviewing.pull_back(version_id=version.pk, editor=UserFactory(), at=NOON),
    )

    assert pulled is None
    version.refresh_from_db()
    assert version.state == "draft"
    assert [found.verdict for found in reviewing.current(version)] == ["waiting"]
    assert (
        isinstance(said, reviewing.NotInReview)
        or version.reviews.filter(verdict="approved", voided_at__isnull=False).exists()
    )


def test_a_version_sent_to_review_while_it_is_written_on_stands_still_afterwards():
    draft = PolicyVersionFactory(number=2, created_by=UserFactory())
    ClauseFactory(version=draft)
    ReviewFactory(version=draft)
    who = UserFactory()

    added, sent = race(
        lambda: clauses.add_clause(version_id=draft.pk, title="More", body="Text."),
        lambda: reviewing.send_to_review(version_id=draft.pk, editor=who, at=NOON),
    )

    assert sent is None
    assert isinstance(added, publishing.NotADraft) == (draft.clauses.count() == 1)


def test_taking_back_and_beginning_a_draft_at_once_leave_one_that_is_written():
    PolicyVersionFactory.published(number=1)
    version = approved(2)
    who = UserFactory()

    outcomes = race(
        lambda: reviewing.pull_back(version_id=version.pk, editor=who, at=NOON),
        lambda: drafting.start_draft(editor=who, at=NOON),
    )

    assert sum(isinstance(outcome, drafting.DraftExists) for outcome in outcomes) == 1
    assert PolicyVersion.objects.edited().count() == 1


def test_a_comment_comes_before_the_last_approval_or_is_refused():
    version, [review] = in_review(1)
    seen, key = documents.fingerprint_of_text(version), version.clauses.get().key

    said, written = race(
        lambda: say(version, review, seen),
        lambda: commenting.comment(version_id=version.pk, clause_key=key, author=review.reviewer, body="Why?", at=NOON),
    )

    assert isinstance(said, PolicyVersion)
    assert isinstance(written, commenting.Closed) == (not version.comments.exists())
