import pytest

from listening.connectors import registry
from tests.support.network import Network


@pytest.fixture
def network(monkeypatch) -> Network:
    made = Network()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made
