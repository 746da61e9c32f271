from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from policies.models import Comment, PolicyVersion, Review
from policies.services import clauses, commenting, documents, drafting, publishing, reviewing
from socialhub.lib.errors import Forbidden, Invalid
from teams.models import AuditEntry, Notification, Seat
from teams.roles import Role
from tests.factories.policies import CommentFactory, ReviewFactory, RuleFactory
from tests.factories.teams import (
    NOON,
    AppointmentFactory,
    DepartmentFactory,
    MembershipFactory,
    UserFactory,
)

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


@pytest.fixture
def reviewers(draft):
    people = [AppointmentFactory(user=UserFactory(name=name), role=Role.MANAGER).user for name in ("Ada", "Ben")]
    for person in people:
        reviewing.name_reviewer(version_id=draft.pk, person_id=person.pk, department_id=None, at=NOON)
    return people


def send(draft, editor):
    reviewing.send_to_review(version_id=draft.pk, editor=editor, at=NOON)


def say(draft, reviewer, verdict="approved", note=""):
    return reviewing.say(
        version_id=draft.pk,
        reviewer=reviewer,
        verdict=verdict,
        note=note,
        seen=documents.fingerprint_of_text(draft),
        at=LATER,
    )


def state_of(version):
    return PolicyVersion.objects.get(pk=version.pk).state


def told(person):
    return list(Notification.objects.in_page().filter(user=person).order_by("pk").values_list("kind", flat=True))


def test_a_version_is_approved_by_the_last_of_its_reviewers(draft, editor, reviewers):
    ada, ben = reviewers
    send(draft, editor)
    assert state_of(draft) == "in_review"
    assert told(ada) == told(ben) == ["policy_review_asked"]

    say(draft, ada)
    assert state_of(draft) == "in_review"
    say(draft, ben, note="Well done.")

    assert state_of(draft) == "approved"
    assert told(editor) == ["policy_agreed", "policy_approved"]
    assert list(draft.reviews.order_by("pk").values_list("verdict", "note", "said_at")) == [
        ("approved", "", LATER),
        ("approved", "Well done.", LATER),
    ]
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "policy.drafted",
        "policy.in_review",
        "policy.agreed",
        "policy.agreed",
        "policy.approved",
    ]


def test_a_reviewer_asks_for_changes_and_may_come_round(draft, editor, reviewers):
    ada, ben = reviewers
    send(draft, editor)
    say(draft, ben)

    with pytest.raises(Invalid, match=r"Say what should change\."):
        say(draft, ada, "changes")
    say(draft, ada, "changes", "Clause 2 is too soft.")
    assert state_of(draft) == "in_review"
    assert told(editor) == ["policy_agreed", "policy_changes"]

    say(draft, ada)
    assert state_of(draft) == "approved"


def test_only_who_is_asked_has_a_word(draft, editor, reviewers, reader):
    send(draft, editor)

    with pytest.raises(Forbidden):
        say(draft, reader)

    assert state_of(draft) == "in_review"
    assert not Review.objects.exclude(verdict="waiting").exists()


def test_a_word_on_a_text_that_was_written_anew_is_refused(draft, editor, reviewers):
    send(draft, editor)
    seen = documents.fingerprint_of_text(draft)
    reviewing.pull_back(version_id=draft.pk, editor=editor, at=NOON)
    clauses.add_clause(version_id=draft.pk, title="More", body="Text.")
    send(draft, editor)

    with pytest.raises(drafting.ChangedMeanwhile):
        reviewing.say(version_id=draft.pk, reviewer=reviewers[0], verdict="approved", note="", seen=seen, at=LATER)

    assert not Review.objects.exclude(verdict="waiting").exists()


def test_what_is_in_review_is_not_written_on(draft, editor, reviewers):
    send(draft, editor)
    clause = draft.clauses.get(number=1)

    with pytest.raises(publishing.NotADraft, match="before its reviewers"):
        clauses.change_clause(
            clause_id=clause.pk,
            version_id=draft.pk,
            title="x",
            body="x",
            seen=clauses.fingerprint_of_clause(clause),
        )

    clause.refresh_from_db()
    assert clause.title == "Answer outages first"
    for state in ("in_review", "approved"):
        PolicyVersion.objects.filter(pk=draft.pk).update(state=state)
        for write in (
            lambda: PolicyVersion.objects.filter(pk=draft.pk).update(title="Other"),
            lambda: draft.clauses.update(body="Other"),
            lambda: PolicyVersion.objects.filter(pk=draft.pk)._raw_delete("default"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                write()


@pytest.mark.parametrize("is_approved", [False, True])
def test_taking_a_version_back_makes_what_was_said_void(draft, editor, reviewers, is_approved):
    ada, ben = reviewers
    send(draft, editor)
    say(draft, ada)
    if is_approved:
        say(draft, ben)

    reviewing.pull_back(version_id=draft.pk, editor=editor, at=LATER)

    assert state_of(draft) == "draft"
    assert list(reviewing.current(draft).values_list("reviewer", "verdict")) == [
        (ada.pk, "waiting"),
        (ben.pk, "waiting"),
    ]
    assert draft.reviews.filter(voided_at=LATER, verdict="approved").count() == (2 if is_approved else 1)
    assert told(ada)[-1] == "policy_pulled_back"
    with pytest.raises(reviewing.NotInReview):
        reviewing.pull_back(version_id=draft.pk, editor=editor, at=LATER)


def test_an_approved_version_is_not_taken_back_while_another_is_written(draft, editor, reviewers):
    send(draft, editor)
    for person in reviewers:
        say(draft, person)
    drafting.start_draft(editor=editor, at=LATER)

    with pytest.raises(drafting.DraftExists):
        reviewing.pull_back(version_id=draft.pk, editor=editor, at=LATER)

    assert state_of(draft) == "approved"
    assert reviewing.current(draft).filter(verdict="approved").count() == 2


def test_nobody_reviews_what_they_wrote(draft, editor, reviewers):
    with pytest.raises(Invalid, match="began the draft"):
        reviewing.name_reviewer(version_id=draft.pk, person_id=editor.pk, department_id=None, at=NOON)
    with pytest.raises(Invalid, match="named as a reviewer yourself"):
        send(draft, reviewers[0])

    assert state_of(draft) == "draft"
    assert draft.reviews.count() == 2


def test_a_version_needs_a_reviewer_to_be_reviewed(draft, editor, reader):
    with pytest.raises(Invalid, match="at least one person"):
        send(draft, editor)
    reviewing.name_reviewer(version_id=draft.pk, person_id=reader.pk, department_id=None, at=NOON)
    reviewing.name_reviewer(version_id=draft.pk, person_id=reader.pk, department_id=None, at=NOON)
    review = draft.reviews.get()
    send(draft, editor)

    with pytest.raises(Invalid, match="Somebody has to review it"):
        reviewing.remove_reviewer(version_id=draft.pk, review_id=review.pk, editor=editor, at=NOON)

    assert draft.reviews.get() == review


def test_what_could_not_be_carried_out_is_not_sent(draft, editor, reviewers):
    RuleFactory(clause=draft.clauses.get(number=2), name="Songs", outcome={"department": "choir"})

    with pytest.raises(Invalid, match="Songs"):
        send(draft, editor)

    assert state_of(draft) == "draft"


def test_where_the_last_who_waits_is_removed_the_version_is_approved(draft, editor, reviewers):
    ada, ben = reviewers
    send(draft, editor)
    say(draft, ada)

    for _ in range(2):
        waiting = draft.reviews.filter(reviewer=ben).first()
        if waiting is not None:
            reviewing.remove_reviewer(version_id=draft.pk, review_id=waiting.pk, editor=editor, at=LATER)

    assert state_of(draft) == "approved"
    assert [review.reviewer for review in reviewing.current(draft)] == [ada]


def test_reviewers_are_proposed_of_the_departments_that_the_changes_touch(draft, editor):
    care, press, legal = (DepartmentFactory(slug=slug, name=slug.title()) for slug in ("care", "press", "legal"))
    speaker, lead = UserFactory(name="Zoe"), UserFactory(name="Lea")
    MembershipFactory(department=care, role=Role.LEAD)
    MembershipFactory(department=care, role=Role.LISTENER, user=speaker)
    Seat.objects.create(department=care, representative=speaker)
    MembershipFactory(department=press, role=Role.RESPONDER, user=UserFactory(name="Abe"))
    MembershipFactory(department=press, role=Role.LEAD, user=lead)
    MembershipFactory(department=legal, role=Role.LEAD)
    clause = draft.clauses.get(number=2)
    RuleFactory(clause=clause, outcome={"department": "care"})
    RuleFactory(clause=clause, position=2, kind="approval", outcome={"mode": "any", "asked": [{"department": "press"}]})

    assert [(found.person, found.department) for found in reviewing.proposed_reviewers(draft)] == [
        (speaker, care),
        (lead, press),
    ]

    reviewing.name_reviewer(version_id=draft.pk, person_id=speaker.pk, department_id=care.pk, at=NOON)
    assert [found.person for found in reviewing.proposed_reviewers(draft)] == [lead]


def test_nothing_is_proposed_where_nothing_changes(draft):
    DepartmentFactory(slug="care")

    assert reviewing.proposed_reviewers(draft) == []


def test_comments_are_answered_and_settled(draft, editor, reviewers):
    ada, ben = reviewers
    key = draft.clauses.get(number=1).key
    first = commenting.comment(version_id=draft.pk, clause_key=key, author=ada, body="Why first?", at=NOON)
    assert told(editor) == ["policy_comment"]

    commenting.comment(
        version_id=draft.pk, clause_key=key, author=editor, body="Dark homes.", at=NOON, answers_id=first.pk
    )
    assert told(ada) == ["policy_comment"]

    for person in (editor, ben):
        commenting.resolve(version_id=draft.pk, comment_id=first.pk, person=person, at=LATER)
    first.refresh_from_db()
    assert (first.resolved_at, first.resolved_by) == (LATER, editor)
    commenting.reopen(version_id=draft.pk, comment_id=first.pk)
    first.refresh_from_db()
    assert (first.resolved_at, first.resolved_by) == (None, None)


def test_comments_need_a_clause_or_a_comment_of_the_version(draft, editor):
    elsewhere = CommentFactory(version=draft)
    answer = CommentFactory(version=draft, clause_key=elsewhere.clause_key, answers=elsewhere)
    key = draft.clauses.get(number=1).key

    for clause_key, answers_id in ((elsewhere.clause_key, None), (key, elsewhere.pk), (answer.clause_key, answer.pk)):
        with pytest.raises(Invalid):
            commenting.comment(
                version_id=draft.pk, clause_key=clause_key, author=editor, body="x", at=NOON, answers_id=answers_id
            )

    assert Comment.objects.count() == 2


def test_nobody_comments_on_what_is_approved(draft, editor, reviewers):
    key = draft.clauses.get(number=1).key
    send(draft, editor)
    for person in reviewers:
        say(draft, person)

    with pytest.raises(commenting.Closed):
        commenting.comment(version_id=draft.pk, clause_key=key, author=editor, body="x", at=NOON)

    assert not Comment.objects.exists()


def test_words_on_a_published_version_stay(draft, editor, reviewers):
    review, comment = draft.reviews.first(), CommentFactory(version=draft)
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=LATER, reason="A test.")

    for write in (
        lambda: Review.objects.filter(pk=review.pk).update(verdict="approved", said_at=NOON),
        lambda: Review.objects.filter(pk=review.pk)._raw_delete("default"),
        lambda: ReviewFactory(version=draft),
        lambda: Comment.objects.filter(pk=comment.pk).update(body="Other"),
        lambda: CommentFactory(version=draft),
    ):
        with pytest.raises(IntegrityError, match="is published and immutable"), transaction.atomic():
            write()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("write", "constraint"),
    [
        (lambda d: ReviewFactory.create_batch(2, version=d, reviewer=UserFactory()), "policies_review_once"),
        (lambda d: ReviewFactory(version=d, verdict="approved"), "policies_review_said_or_waiting"),
        (
            lambda d: CommentFactory(
                version=d, answers=CommentFactory(version=d), resolved_at=NOON, resolved_by=UserFactory()
            ),
            "policies_comment_resolved_as_a_whole",
        ),
        (lambda d: CommentFactory(version=d, resolved_at=NOON), "policies_comment_resolved_by_somebody"),
    ],
)
def test_the_database_refuses_impossible_words(draft, write, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write(draft)
