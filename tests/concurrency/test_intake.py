import threading

import pytest

from listening.models import Mention, WaitingMention
from listening.services import ingest
from tests.factories.listening import ChannelFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory
from tests.support.hearing import said
from tests.support.race import SECONDS, race
from triage.models import Conversation, Event, QueueCount
from triage.services import counting
from triage.services.arriving import intake
from triage.states import Outcome

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _policy():
    PolicyVersionFactory.published()


def test_without_the_lock_one_thread_opens_twice(monkeypatch):
    monkeypatch.setattr(intake.locks, "take_if_free", lambda lock: True)
    monkeypatch.setattr(intake.WaitingMention.objects, "select_for_update", intake.WaitingMention.objects.all)
    channel = ChannelFactory()
    gate = threading.Barrier(2, timeout=SECONDS)
    group = intake.group_arrivals

    def group_together(arrivals):
        found = group(arrivals)
        gate.wait()
        return found

    monkeypatch.setattr(intake, "group_arrivals", group_together)
    ingest.store_items(channel=channel, items=[said("1")], at=NOON)

    outcomes = race(*[lambda: intake.take_in_mentions(at=NOON)] * 2)

    # Only the unique entry of the mention stands between us and two conversations.
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IntegrityError", "int"]


def test_callers_at_once_open_each_thread_once():
    channel = ChannelFactory()
    items = [said(f"{n}", answers=f"{n - 1}" if n % 3 else "") for n in range(60)]
    ingest.store_items(channel=channel, items=items, at=NOON)

    outcomes = race(*[lambda: intake.take_in_everything(at=NOON)] * 4)

    assert sum(outcomes) == 60
    assert Conversation.objects.count() == 20
    assert set(Conversation.objects.values_list("mention_count", flat=True)) == {3}
    assert Event.objects.filter(kind="opened").count() == 20


def test_a_patient_caller_finds_everything_taken_in():
    channel = ChannelFactory()
    ingest.store_items(channel=channel, items=[said(str(n)) for n in range(50)], at=NOON)
    left: list[int] = []

    def wait_for_all() -> None:
        intake.take_in_everything(at=NOON, patient=True)
        left.append(WaitingMention.objects.count())

    race(lambda: intake.take_in_everything(at=NOON), *[wait_for_all] * 3)

    assert left == [0, 0, 0]
    assert Conversation.objects.count() == 50


def test_hearing_and_taking_in_at_once_lose_and_double_nothing():
    channel = ChannelFactory()
    # Every thread comes in three pieces, each from another process.
    roots = [said(f"a{n}") for n in range(40)]
    answers = [said(f"b{n}", answers=f"a{n}", minute=1) for n in range(40)]
    last = [said(f"c{n}", answers=f"b{n}", minute=2) for n in range(40)]

    def store(items):
        for start in range(0, len(items), 8):
            ingest.store_items(channel=channel, items=items[start : start + 8], at=NOON)
            intake.take_in_everything(at=NOON)

    outcomes = race(
        lambda: store(last), lambda: store(roots), lambda: store(answers), lambda: store(roots + answers + last)
    )
    intake.take_in_everything(at=NOON)

    assert outcomes == [None] * 4
    assert Mention.objects.count() == 120
    assert not WaitingMention.objects.exists()
    whole = Conversation.objects.exclude(outcome=Outcome.MERGED)
    assert whole.count() == 40
    assert sorted(
        sorted(conversation.entries.values_list("mention__external_id", flat=True)) for conversation in whole
    ) == sorted([f"a{n}", f"b{n}", f"c{n}"] for n in range(40))
    assert set(whole.values_list("mention_count", flat=True)) == {3}


def test_counting_together_while_others_write_changes_no_sum():
    channel = ChannelFactory()
    stop = threading.Event()

    def write(prefix: str) -> None:
        for n in range(15):
            ConversationFactory(profile__channel=channel)
            Conversation.objects.filter(channel=channel, priority=3).update(priority=4)
            Conversation.objects.filter(channel=channel, priority=4).order_by("pk").update(priority=3 if n % 2 else 4)

    def compact() -> int:
        rounds = 0
        while not stop.is_set():
            counting.compact()
            rounds += 1
        return rounds

    def write_all() -> None:
        try:
            write("x")
        finally:
            stop.set()

    outcomes = race(write_all, compact, compact)

    assert outcomes[0] is None
    assert sum(QueueCount.objects.values_list("n", flat=True)) == 15
    counting.compact()
    assert [(row.stage, row.channel_id, row.priority, row.n) for row in QueueCount.objects.all()] == [
        ("new", channel.pk, 4, 15)
    ]
