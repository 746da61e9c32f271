import pytest
from django.utils import translation

from listening.connectors.base import AuthorisationFailure, TemporaryFailure
from socialhub.lib.told import told
from teams.models import Notification
from teams.roles import Role
from tests.factories.teams import AppointmentFactory
from tests.factories.triage import ReplyFactory
from tests.support.api import Program
from tests.support.network import raising
from tests.support.sending import deliver, fresh
from tests.support.visiting import browser
from triage.models import Reply

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

UNREACHABLE = told("%(host)s cannot be reached.")


@pytest.fixture
def reply(held, policy) -> Reply:
    return ReplyFactory(conversation=held, policy_version=policy)


def page_of(reply):
    reader = browser(reply.author, accept_language="de")
    return reader.get(f"/conversations/{reply.conversation_id}/", follow=True).content.decode()


def test_why_an_answer_did_not_go_out_is_read_in_the_language_of_its_reader(reply, network):
    network.before = raising(TemporaryFailure(UNREACHABLE % {"host": "news.example\x00"}))

    deliver(reply, network)

    assert (fresh(reply).error, fresh(reply).error_words) == (UNREACHABLE.text, {"host": "news.example "})
    assert "news.example  ist nicht erreichbar." in page_of(reply)
    program = Program(reply.author)
    headers = {"Authorization": f"Bearer {program.token}", "Accept-Language": "de"}
    told_to_program = program._client.get(f"/api/replies/{reply.pk}/", headers=headers).json()
    assert told_to_program["error"] == "news.example  ist nicht erreichbar."


def test_all_that_speaks_against_an_answer_is_read_in_the_language_of_its_reader(reply, network):
    reply.answers.deleted_at = reply.queued_at
    reply.answers.save()
    reply.conversation.fence += 1
    reply.conversation.save()

    deliver(reply, network)

    assert str(fresh(reply).problem) == (
        "The conversation has changed hands. What you answer was deleted by its author."
    )
    with translation.override("de"):
        whole = str(fresh(reply).problem)
    assert "The" not in whole
    assert whole in page_of(reply)


def test_administrators_are_told_in_their_language_why_a_network_refuses(reply, held, network):
    administrator = AppointmentFactory(role=Role.ADMINISTRATOR, user__language="de").user
    network.before = raising(AuthorisationFailure(UNREACHABLE % {"host": "news.example"}))

    deliver(reply, network)

    assert {row.subject for row in Notification.objects.filter(user=administrator)} == {
        f"{held.channel.name}: news.example ist nicht erreichbar."
    }
