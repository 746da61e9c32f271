import threading

import pytest

from policies.models import Attestation, PolicyVersion, QuizTry, Reminder
from policies.parts.quiz import WrittenQuestion
from policies.services import attesting, drafting, publishing, quizzes, reminding
from teams.models import Notification, User
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.support.race import SECONDS, race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked() -> PolicyVersion:
    PolicyVersionFactory.published(number=1)
    editor = UserFactory()
    draft = drafting.start_draft(editor=editor, at=NOON)
    question = WrittenQuestion("What comes first?", ("Outages", "Praise"), 0)
    quizzes.add_question(version_id=draft.pk, clause_id=draft.clauses.first().pk, question=question)
    return publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="It cannot wait.")


def answer(user: User, version: PolicyVersion, place: int) -> None:
    question = quizzes.questions_of(version).get()
    attesting.attest(user=user, version_id=version.pk, at=NOON, answers={question.pk: place})


def test_answers_in_two_windows_attest_once(asked):
    user = UserFactory()

    outcomes = race(*[lambda: answer(user, asked, 0)] * 6)

    assert outcomes == [None] * 6
    assert Attestation.objects.get().try_count == 1


def test_wrong_answers_at_once_are_all_counted(asked):
    user = UserFactory()

    outcomes = race(*[lambda: answer(user, asked, 1)] * 4)
    answer(user, asked, 0)

    assert all(isinstance(outcome, attesting.QuizNotPassed) for outcome in outcomes)
    assert QuizTry.objects.count() == 4
    assert Attestation.objects.get().try_count == 5


def test_a_version_that_comes_in_force_meanwhile_is_not_attested_with_the_one_before(asked):
    user, editor = UserFactory(), UserFactory()
    draft = drafting.start_draft(editor=editor, at=NOON)

    race(
        lambda: answer(user, asked, 0),
        lambda: publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="It cannot wait."),
    )

    assert set(Attestation.objects.values_list("version", flat=True)) <= {asked.pk}


def test_workers_who_remind_at_once_remind_once(asked):
    OrganisationFactory()
    AppointmentFactory(user__wants_email=False)

    race(*[lambda: reminding.remind(at=NOON)] * 4)

    assert Reminder.objects.count() == Notification.objects.count() == 1


def attest_by_check_then_act(user: User, version: PolicyVersion, gate: threading.Barrier) -> None:
    """Attest as it must not be done: what was read a moment ago is believed."""
    tries = QuizTry.objects.filter(user=user, version=version).count()
    gate.wait()
    QuizTry.objects.create(user=user, version=version, right_count=0, question_count=tries + 1, at=NOON)


def test_without_the_lock_tries_are_counted_as_if_they_were_one(asked):
    user, gate = UserFactory(), threading.Barrier(2, timeout=SECONDS)

    race(*[lambda: attest_by_check_then_act(user, asked, gate)] * 2)

    assert list(QuizTry.objects.values_list("question_count", flat=True)) == [1, 1]
