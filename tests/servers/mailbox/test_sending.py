"""What is sent is there once, and what became of it is known or asked."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from listening.connectors.base import (
    OutcomeUnknown,
    OutgoingReply,
    PermanentFailure,
    TemporaryFailure,
)
from listening.connectors.email import sent_folder
from listening.heard import HeardItem
from tests.servers.mail import MailServer, letter
from tests.servers.mailbox.speaking import CONNECTOR, answer_to, claimed, connect, fetch, look, now, queue
from tests.servers.wire import wire_to
from tests.support.network import Killed
from triage.models import Conversation
from triage.services.sending import delivery, outbox
from triage.states import ReplyState

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def heard(server, care) -> HeardItem:
    server.put(letter("Where is it?", sender=f"bo-{care}@example.test").as_bytes(), user=care)
    return fetch(server.settings(care)).items[0]


def received(server: MailServer, item: HeardItem) -> list[EmailMessage]:
    return server.mails(item.author_id)


@pytest.mark.parametrize(
    ("recipient", "failure", "words"),
    [
        ("full@example.test", PermanentFailure, "550 mailbox full"),
        ("grey@example.test", TemporaryFailure, "451 greylisted, try later"),
        ("bo@elsewhere.test", PermanentFailure, "550 relay not permitted"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_server(server, care, heard, recipient, failure, words):
    reply = answer_to(heard)
    reply = OutgoingReply(reply.key, reply.text, reply.in_reply_to, reply.visibility, {"sender": recipient})

    with pytest.raises(failure, match=words):
        CONNECTOR.send(server.settings(care), reply)

    assert server.mails(f"{care}@example.test", "Sent") == []
    assert CONNECTOR.look(server.settings(care), reply.key) is None


def test_sent_again_under_the_same_key_it_is_one_mail(server, care, heard):
    reply = answer_to(heard)
    told = server.settings(care)

    sent = [CONNECTOR.send(told, reply).external_id for _attempt in range(3)]

    server.await_mails(heard.author_id, 1)
    found = CONNECTOR.look(told, reply.key)
    assert len(set(sent)) == 1
    assert found is not None
    assert found.external_id == sent[0]
    assert len(received(server, heard)) == 1


def test_a_line_that_breaks_before_the_mail_has_left_sends_nothing(server, care, heard):
    reply = answer_to(heard, "The last line of this mail.")
    with wire_to(server.ports["smtp"]) as wire:
        wire.word, wire.delivers = b"data\r\n", False
        told = server.settings(care, smtp_port=str(wire.port))
        with pytest.raises(TemporaryFailure):
            CONNECTOR.send(told, reply)

    assert CONNECTOR.look(server.settings(care), reply.key) is None
    CONNECTOR.send(server.settings(care), reply)
    assert len(server.await_mails(heard.author_id, 1)) == 1


def test_a_line_that_breaks_after_the_mail_has_left_leaves_it_open(server, care, heard):
    reply = answer_to(heard)
    told = server.settings(care)
    with wire_to(server.ports["smtp"]) as wire:
        wire.word = b"\r\n.\r\n"
        with pytest.raises(OutcomeUnknown):
            CONNECTOR.send(told | {"smtp_port": str(wire.port)}, reply)

    assert len(server.await_mails(heard.author_id, 1)) == 1
    with pytest.raises(PermanentFailure, match="nobody knows whether it arrived"):
        CONNECTOR.look(told, reply.key)


def test_a_copy_that_cannot_be_confirmed_makes_no_failure_of_a_mail_that_left(server, care, heard, monkeypatch):
    def breaks(*_told: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(sent_folder, "confirm", breaks)
    reply = answer_to(heard)

    assert CONNECTOR.send(server.settings(care), reply).external_id.startswith(f"<{reply.key.hex}.")
    assert len(server.await_mails(heard.author_id, 1)) == 1


def test_where_the_server_keeps_its_own_copies_none_is_added(server, care, heard):
    CONNECTOR.send(server.settings(care, sent_copy="server"), answer_to(heard))

    assert len(server.await_mails(heard.author_id, 1)) == 1
    assert server.mails(f"{care}@example.test", "Sent") == []


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["write_down", "confirm", "after"])
def test_a_worker_killed_while_it_sends_sends_once(server, care, agent, policy, monkeypatch, moment):
    channel = connect(server.settings(care))
    customer = f"bo-{care}@example.test"
    server.put(letter("Where is it?", sender=customer).as_bytes(), user=care)
    look(channel)
    conversation = Conversation.objects.get()
    reply = queue(conversation, agent, claimed(conversation, agent), policy.pk, "On its way.")

    def die(*_told: object, **_more: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if moment == "after":
            patched.setattr(delivery, "_sent", die)
        else:
            patched.setattr(sent_folder, moment, die)
        with pytest.raises(Killed):
            outbox.deliver(reply_id=reply.pk, at=now())
    later = now() + delivery.STUCK_AFTER + timedelta(seconds=5)
    outbox.resolve(reply_id=reply.pk, at=later)
    outbox.deliver(reply_id=reply.pk, at=later)

    reply.refresh_from_db()
    assert len(server.await_mails(customer, 1)) == 1
    # Killed in the moment between the server's yes and our note of it: a person is asked, and nothing sent again.
    assert reply.state == (ReplyState.UNCERTAIN if moment == "confirm" else ReplyState.SENT)
