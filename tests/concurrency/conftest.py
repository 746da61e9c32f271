import pytest

from listening.connectors import registry
from tests.support.network import Network


@pytest.fixture(autouse=True)
def _no_messages(monkeypatch):
    monkeypatch.setattr("socialhub.lib.queue._send", lambda *_: None)
    monkeypatch.setattr("socialhub.lib.live._send", lambda *_: None)


@pytest.fixture
def network(monkeypatch) -> Network:
    made = Network()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made
