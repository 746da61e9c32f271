"""Conversations go through random interleavings of everything that can happen to them."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.concurrency.model.broken import BREAKS, Break
from tests.concurrency.model.company import Company
from tests.concurrency.model.ledger import Ledger
from tests.concurrency.model.world_rules import Machine

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True), pytest.mark.timeout(0)]

# SOCIALHUB_THOROUGH=1 is a night's work; any other number is that many examples.
THOROUGH = int(os.environ.get("SOCIALHUB_THOROUGH", "0"))
LIMITS = settings(
    max_examples={0: 40, 1: 5000}.get(THOROUGH, THOROUGH),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    database=None,
)
# What is broken is found soon, and need not be made smaller.
CONTROL = settings(LIMITS, max_examples=150, phases=[Phase.generate], derandomize=True, report_multiple_bugs=False)


@pytest.fixture
def machine(network: Ledger, settings) -> type[Machine]:
    settings.SEND_UNDO_SECONDS = 10
    company = Company(network)
    return type("OfThisCompany", (Machine,), {"company": company})


def test_nothing_goes_wrong_whatever_happens_in_whichever_order(machine):
    run_state_machine_as_test(machine, settings=LIMITS)


@pytest.mark.parametrize("take_away", BREAKS, ids=lambda take_away: take_away.__name__)
def test_a_guard_that_was_taken_away_is_missed(machine, monkeypatch, take_away: Break):
    take_away(monkeypatch)

    with pytest.raises(AssertionError, match=BREAKS[take_away]):
        run_state_machine_as_test(machine, settings=CONTROL)
