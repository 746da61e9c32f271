"""How long it takes from a post to the inbox page of somebody who is signed in, where the network streams events."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from listening.services import channels
from teams.roles import Role
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import AppointmentFactory, OrganisationFactory, UserFactory
from tests.local.running import until
from tests.servers.fediverse import Account
from tests.servers.mastodon_mock import MastodonMock, mastodon_mock
from tests.support.serving import answers, ask, cookie_of, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

POSTS = 100
SECONDS = 1.5


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[MastodonMock]:
    with mastodon_mock(tmp_path_factory.mktemp("mock"), "acme", "bob") as running:
        yield running


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def seconds_to_the_page(port: int, bob: Account, number: int, cookie: dict[str, str]) -> float:
    words = f"Meter {number} is wrong."
    begun = time.monotonic()
    bob.post(f"@acme {words}")
    until(lambda: words in ask(port, "GET", "/inbox/everything/", headers=cookie), 60)
    return time.monotonic() - begun


def test_ninety_nine_of_a_hundred_posts_are_on_the_page_within_a_second_and_a_half(server, port):
    OrganisationFactory()
    PolicyVersionFactory.published()
    cookie = cookie_of(AppointmentFactory(role=Role.TRIAGE_OWNER).user)
    bob = server.accounts["bob"]
    channels.add_channel(
        name="Our Mastodon",
        kind="mastodon",
        options={"server": server.address},
        our_handles=[],
        # So seldom that nothing comes by looking alone; no clock runs either.
        poll_seconds=86_400,
        owner=UserFactory(),
        at=datetime.now(UTC),
        entered={"token": server.accounts["acme"].token},
    )
    web = ["web", "--host", "127.0.0.1", "--port", str(port)]

    with serving(web, ["worker", "--processes", "1"], ["listen"], ALLOWED_INTERNAL_HOSTS="127.0.0.1"):
        until(lambda: answers(port), 60)
        # The first waits for the worker and the listening to have started.
        until(lambda: seconds_to_the_page(port, bob, 0, cookie), 60)
        taken = sorted(seconds_to_the_page(port, bob, number, cookie) for number in range(1, POSTS + 1))

    assert taken[POSTS * 99 // 100 - 1] <= SECONDS, f"median {taken[POSTS // 2]:.2f} s, slowest {taken[-5:]}"
