import pytest

from listening.connectors import registry
from tests.concurrency.model.ledger import Ledger


@pytest.fixture
def network(monkeypatch) -> Ledger:
    made = Ledger()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made
