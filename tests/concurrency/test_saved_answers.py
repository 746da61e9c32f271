import threading
from datetime import timedelta

import pytest
from django.db import transaction

from teams.models import Notification
from tests.factories.pen import SavedAnswerFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ReplyFactory
from tests.support.race import SECONDS, race
from triage.models import AnswerUse, SavedAnswer
from triage.services.writing import saved_answers
from triage.services.writing.saved_answers import AnswerChanged, Wanted

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(minutes=1)


def change(answer, editor, number):
    saved_answers.change_answer(
        answer_id=answer.pk,
        wanted=Wanted(title=f"Text {number}", body="Theirs.", owner=editor),
        seen=NOON,
        actor=editor,
        at=LATER + timedelta(seconds=number),
    )


def change_by_look_then_write(answer, number, gate):
    seen = SavedAnswer.objects.get(pk=answer.pk)
    gate.wait()
    assert seen.changed_at == NOON
    SavedAnswer.objects.filter(pk=answer.pk).update(title=f"Text {number}", changed_at=LATER)


def test_looking_before_writing_lets_both_editors_win():
    answer = SavedAnswerFactory()
    gate = threading.Barrier(2, timeout=SECONDS)

    outcomes = race(*[lambda n=n: change_by_look_then_write(answer, n, gate) for n in range(2)])

    assert outcomes == [None, None]


def test_one_of_many_editors_changes_what_all_have_seen():
    answer, editor = SavedAnswerFactory(), UserFactory()

    outcomes = race(*[lambda n=n: change(answer, editor, n) for n in range(6)])

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, AnswerChanged) for outcome in outcomes) == 5
    assert SavedAnswer.objects.get().title == f"Text {outcomes.index(None)}"


def test_every_use_counts_and_nobody_waits_for_each_other():
    answers = SavedAnswerFactory.create_batch(3)
    policy = PolicyVersionFactory()
    sent = [ReplyFactory(body="We are open from nine to five.", policy_version=policy) for _ in range(6)]
    for place, reply in enumerate(sent):
        # Put in in different orders, as people do.
        for answer in answers if place % 2 else reversed(answers):
            AnswerUse.objects.create(
                saved_answer=answer, conversation=reply.conversation, author=reply.author, inserted_at=NOON
            )

    def count(reply):
        with transaction.atomic():
            saved_answers.count_uses(reply, at=LATER)

    assert race(*[lambda r=reply: count(r) for reply in sent]) == [None] * 6
    assert list(SavedAnswer.objects.values_list("use_count", flat=True)) == [6, 6, 6]


def test_an_owner_is_told_once_by_two_beats():
    SavedAnswerFactory(expires_on=NOON.date(), owner=UserFactory(wants_email=False))

    outcomes = race(*[lambda: saved_answers.flag_stale(at=NOON)] * 4)

    assert sorted(outcomes) == [0, 0, 0, 1]
    assert Notification.objects.count() == 1
