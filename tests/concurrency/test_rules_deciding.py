import threading
from collections.abc import Callable
from unittest import mock

import pytest

from listening.models import Channel
from listening.services import ingest
from policies.models import RuleCount
from teams.models import User
from tests.factories.listening import ChannelFactory
from tests.factories.rules_decide import deciding_version
from tests.factories.teams import NOON, OrganisationFactory, UserFactory
from tests.support.hearing import hear, said
from tests.support.race import SECONDS, race, until_somebody_waits
from triage.models import Conversation, DecidingStop, DecisionCheck
from triage.services.arriving import intake
from triage.services.decisions import automatic, checking_rules
from triage.services.decisions.checking_rules import CheckedAlready
from triage.states import Departure, Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def channel() -> Channel:
    OrganisationFactory()
    deciding_version()
    return ChannelFactory()


@pytest.fixture
def owner() -> User:
    return UserFactory()


# A stop, and the intake that has read that none stands.


def stop_at_once(owner: User) -> None:
    """Stop as it must not be done."""
    DecidingStop.objects.create(reason="Bad.", stopped_by=owner, stopped_at=NOON)


def order_of(channel: Channel, stop: Callable[[], object]) -> list[str]:
    """Stop while the intake is about to write what a rule decided; return in which order the two were done."""
    ingest.store_items(channel=channel, items=[said("1", "Win at the casino")], at=NOON)
    reached, stopped, done = threading.Event(), threading.Event(), []
    write = automatic.write_decisions

    def write_late(*args: object, **more: object) -> None:
        reached.set()
        # The stop comes meanwhile, or waits for this very transaction.
        until_somebody_waits(unless=stopped)
        write(*args, **more)  # type: ignore[arg-type]

    def take_in() -> None:
        with mock.patch.object(automatic, "write_decisions", write_late):
            intake.take_in_mentions(at=NOON)
        done.append("decided")

    def stop_once_reached() -> None:
        assert reached.wait(SECONDS)
        stop()
        done.append("stopped")
        stopped.set()

    assert race(take_in, stop_once_reached) == [None, None]
    assert Conversation.objects.get().stage == Stage.CLOSED
    return done


def test_after_the_naive_stop_a_rule_still_decides(channel, owner):
    assert order_of(channel, lambda: stop_at_once(owner)) == ["stopped", "decided"]


def test_after_a_stop_no_rule_decides(channel, owner):
    def stop() -> None:
        checking_rules.stop_deciding(rule_key=None, reason="Bad.", actor=owner, at=NOON)
        assert Conversation.objects.count() == 1

    assert set(order_of(channel, stop)) == {"stopped", "decided"}
    assert hear(channel, said("2", "casino", author="ben"))[1].stage == Stage.NEW


# Two people who look at one decision.


def confirm_by_check_then_act(check_id: int, gate: threading.Barrier) -> None:
    """Confirm as it must not be done."""
    check = DecisionCheck.objects.get(pk=check_id)
    assert check.verdict == ""
    gate.wait()
    checking_rules.heeding.count([(check.decision.decided_by_rule_id, RuleCount.Verdict.FOLLOWED)])


def test_the_naive_verdict_is_counted_twice(channel):
    hear(channel, said("1", "casino"))
    check, gate = DecisionCheck.objects.get(), threading.Barrier(2, timeout=SECONDS)

    race(*[lambda: confirm_by_check_then_act(check.pk, gate)] * 2)

    assert RuleCount.objects.count() == 2


def test_one_of_two_verdicts_counts(channel, owner):
    hear(channel, said("1", "casino"))
    check = DecisionCheck.objects.get().pk

    outcomes = race(
        lambda: checking_rules.confirm(check_id=check, actor=owner, at=NOON),
        lambda: checking_rules.reverse(check_id=check, departure=Departure.WRONG, actor=owner, at=NOON),
    )

    assert sum(isinstance(outcome, CheckedAlready) for outcome in outcomes) == 1
    is_reversed = not isinstance(outcomes[1], CheckedAlready)
    assert list(RuleCount.objects.values_list("verdict", flat=True)) == ["wrong" if is_reversed else "followed"]
    assert Conversation.objects.get().stage == (Stage.NEW if is_reversed else Stage.CLOSED)
