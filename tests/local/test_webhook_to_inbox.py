"""How long it takes from a call to the inbox page of somebody who is signed in."""

import json
import socket
import time
from datetime import UTC, datetime

import pytest

from teams.roles import Role
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import AppointmentFactory, OrganisationFactory
from tests.local.running import until
from tests.support.serving import answers, ask, cookie_of, serving
from tests.support.signing import ENDPOINT, standard_headers, webhook_channel

pytestmark = [
    pytest.mark.processes,
    pytest.mark.enable_socket,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

CALLS = 100
SECONDS = 1.5


def seconds_to_the_page(port: int, number: int, cookie: dict[str, str]) -> float:
    words = f"Meter {number} is wrong."
    body = json.dumps({"external_id": f"meter-{number}", "text": words, "author": "Anna"}).encode()
    headers = standard_headers(body, call_id=f"call-{number}", at=datetime.now(UTC))
    begun = time.monotonic()
    assert ask(port, "POST", f"/hooks/{ENDPOINT}/", body, headers) == "ok\n"
    until(lambda: words in ask(port, "GET", "/inbox/everything/", headers=cookie), 20)
    return time.monotonic() - begun


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_ninety_nine_of_a_hundred_calls_are_on_the_page_within_a_second_and_a_half(port):
    OrganisationFactory()
    PolicyVersionFactory.published()
    webhook_channel()
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    cookie = cookie_of(owner)

    with serving(["web", "--host", "127.0.0.1", "--port", str(port)], ["worker", "--processes", "1"]):
        until(lambda: answers(port), 60)
        # The first waits for the worker to have started.
        until(lambda: seconds_to_the_page(port, 0, cookie), 60)
        taken = sorted(seconds_to_the_page(port, number, cookie) for number in range(1, CALLS + 1))

    assert taken[-2] <= SECONDS
