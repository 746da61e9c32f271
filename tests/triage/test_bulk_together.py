from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from socialhub.lib import bouts
from socialhub.lib.bouts import Bout
from teams.models import Notification
from tests.factories.teams import DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.bulk import SOON, Act, counts, prepare, refusals, start, to, work
from tests.support.merging import decide
from triage.models import Conversation, Decision, Event
from triage.services.bulk import preparing, running, starting
from triage.states import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def _many(monkeypatch) -> None:
    """Make three many."""
    monkeypatch.setattr(starting, "AT_ONCE", 2)
    monkeypatch.setattr(running, "MOST_ARRIVALS", 2)


def breaking(*bad: int) -> Any:
    """Let an act on these conversations break once it has written and told what it did."""
    real = running.acts.act_on

    def act_on(items: Any, **kwargs: Any) -> Any:
        came = real(items, **kwargs)
        if {item.conversation_id for item in items}.intersection(bad):
            raise RuntimeError
        return came

    return mock.patch.object(running.acts, "act_on", act_on)


@pytest.mark.usefixtures("_many")
def test_one_that_breaks_keeps_no_other_back(owner, care):
    conversations = ConversationFactory.create_batch(5)
    responder = MembershipFactory(department=care, user__wants_email=False).user
    run = start(prepare(owner), to(care))

    with breaking(conversations[0].pk, conversations[3].pk):
        assert work(run) == Bout.DONE

    sentence = "It stopped several times at the same place. The log of the worker says why."
    assert counts(run) == ("done", 5, 3, 2)
    assert refusals(run) == [("stumbled", sentence)] * 2
    assert Decision.objects.count() == Event.objects.count() == 3
    # The telling that went with what broke was taken back, and made up for with the next.
    event = Event.objects.order_by("pk").first()
    assert event is not None
    assert Notification.objects.get(user=responder).event_id == event.pk
    assert set(Conversation.objects.filter(stage=Stage.NEW)) == {conversations[0], conversations[3]}


def test_one_of_few_that_breaks_is_told_on_the_page(owner, care):
    conversations = ConversationFactory.create_batch(2)
    run = prepare(owner)

    with breaking(conversations[1].pk):
        start(run, to(care))

    assert counts(run) == ("done", 2, 1, 1)


@pytest.mark.usefixtures("_many")
def test_what_breaks_everywhere_stops(owner, care):
    conversations = ConversationFactory.create_batch(30)
    run = start(prepare(owner), to(care))

    with breaking(*[one.pk for one in conversations]):
        for _bout in range(bouts.MOST_STUMBLES):
            with pytest.raises(RuntimeError):
                work(run)
    running.sweep(at=SOON + timedelta(seconds=61))

    assert counts(run)[0] == "failed"
    assert run.problem == "stumbled"
    assert not Decision.objects.exists()


@pytest.mark.parametrize("act", [Act.DECIDE, Act.ASSIGN, Act.TAG, Act.CLOSE])
@pytest.mark.usefixtures("_many")
def test_many_cost_the_same_number_of_questions(owner, care, act, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(running, "FIRST_BATCH", 40)
    ConversationFactory.create_batch(40, assigned=True, department=care)
    how = {
        Act.DECIDE: to(care),
        Act.ASSIGN: {"department": DepartmentFactory().pk, "offered_to": None, "note": ""},
        Act.TAG: {"add": ["new"], "remove": []},
        Act.CLOSE: {"outcome": "resolved"},
    }[act]
    run = start(prepare(owner, act), how)

    with django_assert_max_num_queries(50):
        work(run)
    assert counts(run) == ("done", 40, 40, 0)
    undo = start(preparing.prepare_undo(run_id=run.pk, person=owner, at=SOON), {})
    with django_assert_max_num_queries(50):
        work(undo)

    assert counts(undo) == ("done", 40, 40, 0)
    # Nobody had decided before those that were made here.
    stage = Stage.NEW if act in (Act.DECIDE, Act.ASSIGN) else Stage.ASSIGNED
    assert Conversation.objects.filter(stage=stage, outcome="", tags=[]).count() == 40


@pytest.mark.usefixtures("_many")
def test_many_that_are_opened_again_tell_each_department_once(owner, care):
    press = DepartmentFactory(slug="press")
    people = [MembershipFactory(department=one, user__wants_email=False).user for one in (care, press)]
    ConversationFactory()
    for department in (care, press):
        ConversationFactory.create_batch(2, assigned=True, department=department)
    run = start(prepare(owner, Act.CLOSE), {"outcome": "resolved"})
    work(run)

    undo = start(preparing.prepare_undo(run_id=run.pk, person=owner, at=SOON), {})
    work(undo)

    assert counts(undo) == ("done", 5, 5, 0)
    told = Notification.objects.filter(user__in=people).order_by("user").values_list("user", "path")
    assert list(told) == [(people[0].pk, "/inbox/department-care/"), (people[1].pk, "/inbox/department-press/")]


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.usefixtures("_many")
def test_the_department_to_which_many_go_back_is_told(owner, care, count):
    press = DepartmentFactory(slug="press")
    responder = MembershipFactory(department=care, user__wants_email=False).user
    for conversation in ConversationFactory.create_batch(count):
        decide(conversation, care, owner)
    Notification.objects.all().delete()
    run = start(prepare(owner, Act.ASSIGN), {"department": press.pk, "offered_to": None, "note": ""})
    work(run)

    undo = start(preparing.prepare_undo(run_id=run.pk, person=owner, at=SOON), {})
    work(undo)

    assert counts(undo) == ("done", count, count, 0)
    told = Notification.objects.filter(user=responder, kind="queue")
    assert [one.path for one in told] == (["", ""] if count == 2 else ["/inbox/department-care/"])


def test_a_message_that_came_in_before_its_turn_is_heard(owner, care):
    held, later = ConversationFactory(), ConversationFactory()
    run = prepare(owner)
    real = running.acts.act_on

    def after_a_message(items: Any, **kwargs: Any) -> Any:
        Event.objects.create(conversation=held, kind=Event.Kind.HEARD, at=SOON, data={"mention": 1})
        return real(items, **kwargs)

    with mock.patch.object(running.acts, "act_on", after_a_message):
        start(run, to(care))

    assert [code for code, _sentence in refusals(run)] == ["heard_since"]
    assert Decision.objects.get().conversation == later
