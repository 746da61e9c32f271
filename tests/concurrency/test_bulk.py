import threading
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import transaction

from policies.models import PolicyVersion
from socialhub.lib.bouts import Bout
from teams.models import Department, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory
from tests.factories.triage import ConversationFactory
from tests.support.race import SECONDS, race
from triage.models import BulkItem, BulkRun, Conversation, Decision, Event
from triage.services.bulk import preparing, running, starting
from triage.services.bulk.starting import NotPrepared, NotUnderway

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

COUNT = 20


def clock() -> datetime:
    return NOON + timedelta(minutes=1)


@pytest.fixture
def policy() -> PolicyVersion:
    return PolicyVersionFactory.published()


@pytest.fixture
def care() -> Department:
    return DepartmentFactory()


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch) -> None:
    monkeypatch.setattr(starting, "AT_ONCE", 1)


def triage_owner(policy: PolicyVersion) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=policy)
    return user


def prepared(person: User) -> BulkRun:
    found = Conversation.objects.visible_to(person)
    return preparing.prepare(act=BulkRun.Act.DECIDE, found=found, person=person, at=NOON)


def start(run: BulkRun, department: Department) -> BulkRun:
    how: dict[str, Any] = {
        "disposition": "customer_service",
        "reason": "",
        "priority": None,
        "department": department.pk,
        "visibility": "public",
        "offered_to": None,
        "note": "",
        "tags": None,
        "departure": "",
    }
    return starting.start(run_id=run.pk, how=how, at=NOON, clock=clock)


def work(run: BulkRun) -> None:
    running.run_bout(run_id=run.pk, clock=clock, seconds=60, rest=0)


def test_two_workers_at_one_run_do_each_once(policy, care):
    ConversationFactory.create_batch(COUNT)
    run = start(prepared(triage_owner(policy)), care)

    race(*[partial(work, run) for _worker in range(2)])

    run.refresh_from_db()
    assert (run.state, run.done_count, run.refused_count) == ("done", COUNT, 0)
    assert Decision.objects.count() == COUNT


def test_two_runs_on_the_same_conversations_share_them(policy, care):
    ConversationFactory.create_batch(COUNT)
    runs = [start(prepared(triage_owner(policy)), care) for _person in range(2)]

    race(*[partial(work, run) for run in runs])

    for run in runs:
        run.refresh_from_db()
        assert (run.state, run.done_count + run.refused_count) == ("done", COUNT)
    assert sum(run.done_count for run in runs) == COUNT == Decision.objects.count()


def test_a_run_cancelled_at_work_counts_what_it_did(policy, care, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 1)
    ConversationFactory.create_batch(COUNT)
    run = start(prepared(triage_owner(policy)), care)
    at_work, cancelled, turns = threading.Event(), threading.Event(), count(1)

    def asked_at_each_turn() -> datetime:
        turn = next(turns)
        if turn == COUNT // 4:
            at_work.set()
        if turn == COUNT // 2:
            assert cancelled.wait(SECONDS)
        return clock()

    def cancel() -> None:
        assert at_work.wait(SECONDS)
        starting.cancel(run_id=run.pk, at=clock())
        cancelled.set()

    assert race(partial(running.run_bout, run_id=run.pk, clock=asked_at_each_turn, rest=0), cancel) == [Bout.GONE, None]

    run.refresh_from_db()
    assert run.state == "cancelled"
    assert 0 < run.done_count < COUNT
    assert run.done_count == Decision.objects.count() == run.items.filter(state=BulkItem.State.DONE).count()


@pytest.mark.parametrize(("comes_in_late", "refused"), [(True, 1), (False, 0)])
def test_a_message_that_was_coming_in_while_it_was_prepared_is_heard(policy, care, comes_in_late, refused):
    conversation, person = ConversationFactory(), triage_owner(policy)
    written, prepared_now = threading.Event(), threading.Event()

    def come_in() -> None:
        with transaction.atomic():
            at = NOON - timedelta(minutes=1)
            Event.objects.create(conversation=conversation, kind=Event.Kind.HEARD, at=at, data={"mention": 1})
            written.set()
            if comes_in_late:
                assert prepared_now.wait(SECONDS)

    def prepare() -> BulkRun:
        assert written.wait(SECONDS)
        if not comes_in_late:
            prepared_now.wait(SECONDS)
        run = prepared(person)
        prepared_now.set()
        return run

    def come_in_and_say() -> None:
        come_in()
        prepared_now.set()

    _came, run = race(come_in_and_say, prepare)

    work(start(run, care))

    run.refresh_from_db()
    assert (run.state, run.refused_count) == ("done", refused)
    assert [item.code for item in run.items.filter(state=BulkItem.State.REFUSED)] == ["heard_since"] * refused


def test_of_many_clicks_one_begins(policy, care):
    ConversationFactory.create_batch(2)
    run = prepared(triage_owner(policy))

    outcomes = race(*[partial(start, run, care) for _click in range(4)])

    assert sum(isinstance(outcome, NotPrepared) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, BulkRun) for outcome in outcomes) == 1


def test_of_many_cancels_one_stops(policy, care):
    ConversationFactory.create_batch(2)
    run = start(prepared(triage_owner(policy)), care)

    outcomes = race(*[partial(starting.cancel, run_id=run.pk, at=clock()) for _click in range(3)])

    assert sum(isinstance(outcome, NotUnderway) for outcome in outcomes) == 2


def test_who_prepares_in_two_tabs_has_one_prepared(policy):
    ConversationFactory.create_batch(2)
    person = triage_owner(policy)

    race(*[partial(prepared, person) for _tab in range(3)])

    assert BulkRun.objects.get().matched_count == 2
