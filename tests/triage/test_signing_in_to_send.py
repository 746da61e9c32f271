import pytest

from listening.connectors import registry
from listening.connectors.base import AuthorisationFailure, TemporaryFailure
from listening.models import Channel
from listening.services import secrets
from listening.services.settings import settings_of
from tests.factories.listening import ProfileFactory
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory, ReplyFactory
from tests.support.network import Network
from tests.support.sending import deliver, fresh
from triage.models import Reply
from triage.states import ReplyState

pytestmark = pytest.mark.django_db


class Renewing(Network):
    """Signs in anew before each sending, unless there is a ``problem``."""

    problem: Exception | None = None

    def renew(self, settings, *, at):
        if self.problem is not None:
            raise self.problem
        return {"session": "new"}


@pytest.fixture
def network(monkeypatch) -> Renewing:
    made = Renewing()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def reply(policy) -> Reply:
    profile = ProfileFactory(channel__kind="scripted")
    secrets.keep_secrets(channel_id=profile.channel_id, secrets={"password": "p", "session": "old"})
    profile.refresh_from_db()
    return ReplyFactory(conversation=ConversationFactory(claimed=True, profile=profile), policy_version=policy)


def test_a_sign_in_is_renewed_before_an_answer_goes_out(reply, network):
    assert deliver(reply, network, NOON) is True

    assert {name: network.settings[0][name] for name in ("password", "session")} == {
        "password": "p",
        "session": "new",
    }
    assert settings_of(Channel.objects.get())["session"] == "new"


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (TemporaryFailure("The server is busy."), ReplyState.QUEUED),
        (AuthorisationFailure("Sign in again."), ReplyState.FAILED),
    ],
)
def test_what_cannot_sign_in_sends_nothing(reply, network, problem, state):
    network.problem = problem

    assert deliver(reply, network, NOON) is False

    assert (fresh(reply).state, fresh(reply).error, network.posts) == (state, str(problem), [])


def test_secrets_that_cannot_be_opened_fail_the_answer_and_do_not_leave_it_underway(reply, network):
    Channel.objects.update(sealed="nonsense")

    assert deliver(reply, network, NOON) is False

    assert fresh(reply).state == ReplyState.FAILED
    assert fresh(reply).error == "The secrets of this channel cannot be opened. Enter them again."
