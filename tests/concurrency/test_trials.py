import threading
from datetime import timedelta

import pytest
from django.db.models import F

from socialhub.lib.bouts import Bout
from tests.factories.listening import ChannelFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, OrganisationFactory, UserFactory
from tests.support.hearing import hear, said
from tests.support.race import SECONDS, race
from triage import tasks
from triage.models import BackTest, BackTestPart
from triage.services.back_tests import asking, tally, work

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(days=1)


@pytest.fixture
def version():
    OrganisationFactory()
    version = PolicyVersionFactory.published()
    hear(ChannelFactory(), *(said(str(number), f"Number {number}", author=f"a{number}") for number in range(6)))
    return version


def begun(version):
    asked = asking.start_back_test(version_id=version.pk, since=NOON, until=LATER, requester=UserFactory(), at=LATER)
    work.begin(back_test_id=asked.pk, at=LATER)
    return asked


def meeting_after_trying(monkeypatch, count):
    """All have tried before any of them saves."""
    gate, tried = threading.Barrier(count, timeout=SECONDS), work._try

    def try_and_wait(*arguments):
        found = tried(*arguments)
        gate.wait()
        return found

    monkeypatch.setattr(work, "_try", try_and_wait)


def add_without_looking(part_id):
    """Save as a worker would that believes to be alone."""
    part = BackTestPart.objects.select_related("back_test").get(pk=part_id)
    found, next_id = work._try(part, work._policy_of(part.back_test, LATER), 2, 0)
    BackTestPart.objects.filter(pk=part_id).update(next_id=next_id, done_count=F("done_count") + found["count"])


def test_workers_that_do_not_look_count_twice(version, monkeypatch):
    part = begun(version).parts.get()
    meeting_after_trying(monkeypatch, 2)

    race(*[lambda: add_without_looking(part.pk)] * 2)

    part.refresh_from_db()
    assert part.done_count == 12


def test_workers_on_the_same_part_count_once(version, monkeypatch):
    asked = begun(version)
    part = asked.parts.get()
    meeting_after_trying(monkeypatch, 3)

    outcomes = race(*[lambda: work.run_bout(part_id=part.pk, at=LATER)] * 3)

    asked.refresh_from_db()
    assert sorted(outcome.value for outcome in outcomes) == ["done", "gone", "gone"]
    assert (asked.state, asked.result["count"]) == ("done", 6)


def test_parts_that_end_at_once_make_one_result(version, monkeypatch):
    monkeypatch.setattr(work, "WORTH_SHARING", 1)
    asked = begun(version)
    parts = list(asked.parts.values_list("pk", flat=True))
    meeting_after_trying(monkeypatch, 2)

    outcomes = race(*[lambda pk=pk: work.run_bout(part_id=pk, at=LATER) for pk in parts])

    asked.refresh_from_db()
    assert outcomes == [Bout.DONE, Bout.DONE]
    assert (asked.state, asked.result["count"], asked.parts.count()) == ("done", 6, 0)


def test_of_many_who_try_a_version_at_once_one_does(version):
    person = UserFactory()

    def start():
        asking.start_back_test(version_id=version.pk, since=NOON, until=LATER, requester=person, at=LATER)

    outcomes = race(*[start] * 6)

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, asking.TriedAlready) for outcome in outcomes) == 5
    assert BackTest.objects.count() == 1


def test_cancelling_and_ending_at_once_has_one_outcome(version, monkeypatch):
    asked = begun(version)
    part = asked.parts.get()
    person = UserFactory()

    race(
        lambda: work.run_bout(part_id=part.pk, at=LATER),
        lambda: asking.cancel_back_test(back_test_id=asked.pk, actor=person, at=LATER),
    )

    asked.refresh_from_db()
    expected = {"done": 6, "cancelled": 0}[asked.state]
    assert asked.result.get("count", 0) == expected
    assert asked.parts.count() == 0


def test_tasks_try_a_version_from_beginning_to_end(version):
    asked = asking.start_back_test(version_id=version.pk, since=NOON, until=LATER, requester=UserFactory(), at=LATER)

    tasks.begin_back_test(back_test_id=asked.pk)
    tasks.try_on_the_past(part_id=asked.parts.get().pk)

    asked.refresh_from_db()
    assert (asked.state, asked.result["count"]) == ("done", 6)
    assert asked.result["moved"] == 0
    assert {*tally.new_tally(), "erased"} == asked.result.keys()
