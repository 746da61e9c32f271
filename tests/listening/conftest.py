from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from listening.connectors import registry
from tests.listening.bluesky_service import Bluesky, bluesky_service
from tests.listening.mastodon_server import MastodonServer, mastodon_server
from tests.listening.scripted import Account, Network
from tests.listening.web_server import WebServer, web_server


@pytest.fixture
def web(socket_enabled: None) -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """The far side of every channel of the kind "scripted"."""
    made = Network()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """The far side of every channel of the kind "account"."""
    made = Account()
    monkeypatch.setitem(registry.CONNECTORS, "account", made)
    return made


@pytest.fixture
def fetch_task() -> Iterator[mock.Mock]:
    """What is called instead of waking a worker for a look."""
    look = mock.Mock()

    def send(task: str, **how: object) -> None:
        if task == "listening.fetch_channel":
            look(**how)

    with mock.patch("celery.Celery.send_task", side_effect=send):
        yield look


@pytest.fixture
def bluesky(socket_enabled: None, settings: Any) -> Iterator[Bluesky]:
    """A service that an account of ours is on."""
    with bluesky_service() as service:
        settings.ALLOWED_INTERNAL_HOSTS = [service.host]
        yield service


@pytest.fixture
def far(socket_enabled: None, settings: Any) -> Iterator[MastodonServer]:
    with mastodon_server() as server:
        settings.ALLOWED_INTERNAL_HOSTS = [server.host]
        yield server
