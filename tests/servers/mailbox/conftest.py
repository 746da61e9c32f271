"""One dovecot and one exim for all tests of mailboxes, and a mailbox of its own for each."""

from collections.abc import Iterator

import pytest

from teams.models import User
from tests.factories.policies import AttestationFactory
from tests.factories.teams import DepartmentFactory, MembershipFactory
from tests.servers.mail import HOST, MailServer, mail_server


@pytest.fixture(scope="session")
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _inside(settings):
    settings.ALLOWED_INTERNAL_HOSTS = [HOST]


@pytest.fixture
def care(request) -> str:
    """Name a mailbox of its own for each test."""
    return f"care{abs(hash(request.node.name)) % 10**9}"


@pytest.fixture
def agent(policy) -> User:
    user = MembershipFactory(department=DepartmentFactory(name="Customer care")).user
    AttestationFactory(user=user, version=policy)
    return user
