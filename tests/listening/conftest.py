from collections.abc import Iterator

import pytest

from tests.listening.web_server import WebServer, web_server


@pytest.fixture
def web(socket_enabled: None) -> Iterator[WebServer]:
    with web_server() as server:
        yield server
