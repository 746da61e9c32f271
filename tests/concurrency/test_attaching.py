import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from listening.connectors import registry
from tests.factories.attachments import AttachedFileFactory, AttachmentFactory
from tests.factories.listening import ProfileFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, DraftFactory, last_heard
from tests.support.network import WideNetwork
from tests.support.pictures import picture
from tests.support.race import SECONDS, race
from triage.models import AttachedFile, Attachment, Draft, Reply
from triage.services.seen import Seen
from triage.services.sending import delivery, replies
from triage.services.writing import attaching, attachments
from triage.services.writing.attachments import AttachmentsChanged
from triage.services.writing.composing import How
from triage.states import ReplyState

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

COLOURS = ["red", "green", "blue", "black", "white", "teal"]
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def network(monkeypatch):
    made = WideNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def version():
    return PolicyVersionFactory.published()


@pytest.fixture
def held(network, version):
    holder = UserFactory()
    AttestationFactory(user=holder, version=version)
    return ConversationFactory(claimed=True, holder=holder, profile=ProfileFactory(channel__kind="scripted"))


def attach(held, colour="red"):
    return attaching.attach(
        conversation_id=held.pk,
        author=held.holder,
        file=ContentFile(picture(colour=colour)),
        name="map.jpg",
        at=NOON,
        alt="A map.",
    )


def send(held, version, body="Look.", how=None):
    return replies.queue_reply(
        conversation_id=held.pk,
        author=held.holder,
        body=body,
        key=uuid4(),
        seen=Seen(held.fence, last_heard(held).pk, version.pk),
        closes=False,
        at=NOON,
        how=how or How(),
    )


def send_what_was_read_earlier(held, reply, gate):
    """Copy and clear without the draft's lock: what the lock is for."""
    seen = list(Attachment.objects.filter(draft__conversation=held))
    gate.wait()
    gate.wait()
    attachments.copy_to_reply(seen, reply)
    Attachment.objects.filter(draft__conversation=held).delete()


def test_sending_what_was_read_earlier_loses_a_file_that_came_meanwhile(held, version):
    reply = send(held, version)
    gate = threading.Barrier(2, timeout=SECONDS)

    def attach_in_between():
        gate.wait()
        attach(held)
        gate.wait()

    outcomes = race(lambda: send_what_was_read_earlier(held, reply, gate), attach_in_between)

    assert outcomes == [None, None]
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("attempt", range(3))
def test_a_file_goes_out_or_stays_with_the_draft(held, version, attempt):
    sent, attached = race(lambda: send(held, version), lambda: attach(held))

    assert isinstance(sent, Reply)
    assert isinstance(attached, Attachment)
    row = Attachment.objects.get()
    assert (row.reply_id, row.draft_id) in [(sent.pk, None), (None, Draft.objects.get().pk)]


def test_an_answer_goes_out_with_what_its_writer_saw_or_not_at_all(held, version):
    first = attach(held)

    sent, attached = race(lambda: send(held, version, how=How(attached=(first.pk,))), lambda: attach(held, "blue"))

    assert isinstance(attached, Attachment)
    if isinstance(sent, AttachmentsChanged):
        assert not Reply.objects.exists()
        assert Attachment.objects.filter(draft__isnull=False).count() == 2
    else:
        assert sent.attachments.get().file == first.file
        assert Attachment.objects.get(draft__isnull=False).file == attached.file


def test_no_more_are_attached_at_once_than_the_channel_takes(held):
    outcomes = race(*[lambda colour=colour: attach(held, colour) for colour in COLOURS])

    assert sum(isinstance(outcome, Attachment) for outcome in outcomes) == 2
    assert sorted(Attachment.objects.values_list("position", flat=True)) == [1, 2]
    assert AttachedFile.objects.count() == 2


def test_one_file_attached_many_times_at_once_is_one(held):
    outcomes = race(*[lambda: attach(held)] * 6)

    assert len({outcome.pk for outcome in outcomes}) == 1
    assert (Attachment.objects.count(), AttachedFile.objects.count()) == (1, 1)


def test_a_file_is_not_forgotten_while_somebody_attaches_it(held):
    file = AttachedFileFactory(added_at=NOON - timedelta(days=3))
    draft = DraftFactory(conversation=held)
    theirs = AttachmentFactory(file=file)
    ready, done = threading.Event(), threading.Event()

    def attach_slowly():
        with transaction.atomic():
            attachments.copy_to_draft([theirs], draft)
            ready.set()
            assert done.wait(SECONDS)

    def forget():
        assert ready.wait(SECONDS)
        Attachment.objects.filter(pk=theirs.pk).delete()
        count = attaching.forget_files(at=NOON)
        done.set()
        return count

    assert race(attach_slowly, forget) == [None, 0]
    assert Attachment.objects.get().file == file
    assert file.file.storage.exists(file.file.name)


LONG = " ".join(f"This is sentence number {number}." for number in range(1, 31))


def deliver(reply, network, at):
    return delivery.deliver_reply(reply_id=reply.pk, at=at, connector=network)


def test_many_workers_send_each_part_once_and_in_order(held, version, network):
    reply = send(held, version, LONG, How(split="numbered"))
    texts = list(reply.parts.order_by("position").values_list("text", flat=True))
    assert len(texts) > 9

    for number in range(len(texts)):
        race(
            *[
                lambda n=number, w=worker: deliver(reply, network, NOON + timedelta(seconds=10 * n + w))
                for worker in range(3)
            ]
        )

    assert [post.text for post in network.posts] == texts
    assert [post.in_reply_to for post in network.posts[1:]] == [f"post-{n}" for n in range(1, len(texts))]
    reply.refresh_from_db()
    assert reply.state == ReplyState.SENT
    assert held.events.filter(kind="part_sent").count() == len(texts) - 1


def send_a_part_without_a_claim(reply, network, gate):
    part = reply.parts.filter(sent_at=None).order_by("position").first()
    gate.wait()
    network.posts.append(part.text)


def test_workers_that_do_not_claim_send_a_part_twice(held, version, network):
    reply = send(held, version, LONG, How(split="plain"))
    gate = threading.Barrier(2, timeout=SECONDS)

    race(*[lambda: send_a_part_without_a_claim(reply, network, gate)] * 2)

    assert len(network.posts) == 2
    assert len(set(network.posts)) == 1


def test_a_late_receipt_and_the_worker_that_took_over_record_a_part_once(held, version, network):
    reply = send(held, version, LONG, How(split="plain"))
    first_is_out, taken_over = threading.Event(), threading.Event()

    def stay_away():
        first_is_out.set()
        assert taken_over.wait(SECONDS)

    network.after = stay_away

    def take_over():
        assert first_is_out.wait(SECONDS)
        network.after = lambda: None
        delivery.resolve_stuck(reply_id=reply.pk, at=LATER, connector=network)
        taken_over.set()

    race(lambda: deliver(reply, network, NOON), take_over)

    assert len(network.posts) == 1
    assert list(reply.parts.exclude(sent_at=None).values_list("position", "external_id")) == [(1, "post-1")]
    assert held.events.filter(kind="part_sent").count() == 1
    reply.refresh_from_db()
    assert reply.state == ReplyState.QUEUED
