"""Somebody writes, is heard, decided on, answered, and reads the answer in a mailbox of their own."""

import pytest

from listening.models import Mention
from tests.servers.mail import letter
from tests.servers.mailbox.speaking import claimed, connect, look, now, queue, write_to
from triage.models import Conversation, Event
from triage.services.sending import outbox
from triage.states import Stage

pytestmark = pytest.mark.timeout(300)


@pytest.mark.django_db
def test_somebody_writes_is_answered_and_reads_the_answer(server, care, agent, policy):
    channel = connect(server.settings(care))
    first = write_to(server, care, "Where is my order?", sender="bo@example.test")

    look(channel)

    conversation = Conversation.objects.get()
    mention = Mention.objects.get()
    assert (mention.external_id, mention.text) == (first["Message-ID"], "My order\nWhere is my order?")
    assert (mention.is_private, mention.is_ours, mention.profile.external_id) == (True, False, "bo@example.test")
    fence = claimed(conversation, agent)
    reply = queue(conversation, agent, fence, policy.pk, "It left our house this morning.\n.\nNordlys")
    assert outbox.deliver(reply_id=reply.pk, at=now()) is True

    answer = server.await_mails("bo@example.test", 1)[0]
    assert answer["In-Reply-To"] == first["Message-ID"]
    assert answer["References"] == first["Message-ID"]
    assert (answer["Subject"], answer["From"]) == ("Re: My order", f"Nordlys Care <{care}@example.test>")
    assert answer["Auto-Submitted"] is None
    assert answer.get_content().splitlines() == ["It left our house this morning.", ".", "Nordlys"]
    copies = server.mails(f"{care}@example.test", "Sent")
    assert [copy["Message-ID"] for copy in copies] == [answer["Message-ID"]]
    assert server.flags(care, "Sent") == [b"\\Seen"]

    # The customer's own program answers that; what it quotes of ours is known already.
    write_to(
        server,
        care,
        f"When will it be here?\n\nOn Sunday {care}@example.test wrote:\n> It left our house this morning.\n",
        subject="Re: My order",
        sender="bo@example.test",
        in_reply_to=answer["Message-ID"],
        references=f"{first['Message-ID']} {answer['Message-ID']}",
    )
    look(channel)

    conversation.refresh_from_db()
    assert (Conversation.objects.count(), conversation.mention_count, conversation.stage) == (1, 3, Stage.CLAIMED)
    assert Mention.objects.latest("pk").text == "When will it be here?"
    again = queue(conversation, agent, conversation.fence, policy.pk, "On Friday.")
    assert outbox.deliver(reply_id=again.pk, at=now()) is True
    last = server.await_mails("bo@example.test", 2)[1]
    thanks = Mention.objects.filter(is_ours=False).latest("pk").external_id
    assert last["References"].split() == [first["Message-ID"], answer["Message-ID"], thanks]


@pytest.mark.django_db
def test_an_answer_that_bounces_comes_back_to_its_conversation(server, care, agent, policy):
    channel = connect(server.settings(care))
    # Nobody can send from there, so it is laid into the mailbox.
    server.put(letter("Call me!", sender="gone@example.test").as_bytes(), user=care)
    look(channel)
    conversation = Conversation.objects.get()
    reply = queue(conversation, agent, claimed(conversation, agent), policy.pk, "We have called.")
    assert outbox.deliver(reply_id=reply.pk, at=now()) is True
    server.await_mails(f"{care}@example.test", 2)

    look(channel)

    bounce = Mention.objects.latest("pk")
    conversation.refresh_from_db()
    assert Conversation.objects.count() == 1
    assert bounce.entry.conversation == conversation
    assert bounce.text == (
        "The mail to gone@example.test could not be delivered: 550 nobody of this name works here any more"
    )
    assert (bounce.is_automatic, bounce.raw["bounce"]) == (True, "gone@example.test")
    assert conversation.events.filter(kind=Event.Kind.BOUNCED).count() == 1
    assert conversation.stage == Stage.CLAIMED


@pytest.mark.django_db
def test_machines_and_lists_open_no_conversation(server, care, policy):
    channel = connect(server.settings(care))
    write_to(server, care, "I am away until Monday.", subject="Away", auto_submitted="auto-replied")
    write_to(server, care, "Offers!", subject="News", list_id="News <news.example.test>", precedence="bulk")
    server.send(letter("Broken.", subject="Failure"), sender="", to=f"{care}@example.test")

    look(channel)

    assert Mention.objects.filter(is_automatic=True).count() == 3
    assert not Conversation.objects.exists()


@pytest.mark.django_db
def test_an_answer_whose_parent_never_came_joins_by_its_grandparent(server, care, policy):
    channel = connect(server.settings(care))
    first = write_to(server, care, "Where is it?")
    look(channel)
    write_to(
        server,
        care,
        "As my wife wrote to you elsewhere: still nothing.",
        in_reply_to="<elsewhere@example.test>",
        references=f"{first['Message-ID']} <elsewhere@example.test>",
    )

    look(channel)

    assert (Conversation.objects.count(), Conversation.objects.get().mention_count) == (1, 2)


@pytest.mark.django_db
def test_an_answer_that_comes_before_its_parent_is_joined_to_it(server, care, policy):
    channel = connect(server.settings(care))
    early = letter("And the invoice?", subject="Re: My order", in_reply_to="<late@x>", references="<root@x> <late@x>")
    server.put(early.as_bytes(), user=care)
    look(channel)
    for name, references in (("late@x", "<root@x>"), ("root@x", "")):
        mail = letter("Where is it?", **({"references": references} if references else {}))
        mail.replace_header("Message-ID", f"<{name}>")
        server.put(mail.as_bytes(), user=care)
        look(channel)

    assert (Conversation.objects.count(), Conversation.objects.get().mention_count) == (1, 3)
