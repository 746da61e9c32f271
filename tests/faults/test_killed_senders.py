import pytest

from bench.crash import Crash, crash
from bench.ledger import KINDS, LedgerConnector
from listening.connectors import registry
from socialhub.lib import live, queue

pytestmark = [
    pytest.mark.processes,
    pytest.mark.concurrency,
    pytest.mark.enable_socket,
    pytest.mark.django_db(transaction=True),
    # A slow machine needs minutes for the answers and their pages.
    pytest.mark.timeout(600),
]

# ``manage.py bench crash`` does the same with 2,000 answers and 200 kills.
COUNT = 150
KILLS = 12


@pytest.fixture(autouse=True)
def _two_networks(monkeypatch):
    for kind in KINDS:
        monkeypatch.setitem(registry.CONNECTORS, kind, LedgerConnector(kind, remembers=kind == "ledger"))
    monkeypatch.setattr(queue, "_send", lambda *_: None)
    monkeypatch.setattr(live, "_send", lambda *_: None)


def test_killed_workers_lose_and_double_no_answer_and_show_all_doubt():
    found = crash(COUNT, kills=KILLS, how="careful")

    assert found == Crash(
        killed=found.killed,
        sent=found.sent,
        uncertain=found.uncertain,
        failed=found.failed,
        on_their_way=0,
        doubled=0,
        lost=0,
        wrong=0,
        unshown=0,
        without_one_event=0,
    )
    assert found.sent + found.uncertain + found.failed == COUNT
    assert found.killed >= KILLS - 2
    assert found.uncertain > 0


def test_killed_workers_that_are_taken_for_granted_double_some():
    assert crash(COUNT, kills=KILLS, how="naive").doubled > 0
