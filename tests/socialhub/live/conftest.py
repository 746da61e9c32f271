import asyncio
from collections.abc import Iterator

import pytest

from socialhub.live import application
from socialhub.live import hub as hubs
from socialhub.live.hub import Hub


@pytest.fixture
def hub(monkeypatch) -> Iterator[Hub]:
    monkeypatch.setattr(hubs, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(hubs, "RECONNECT_SECONDS", 0.01)
    made = Hub()
    monkeypatch.setattr(application, "hub", made)
    yield made
    asyncio.run(made.threads.close())
