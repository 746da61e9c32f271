from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction

from listening.connectors import registry
from listening.connectors.attachments import AttachmentLimits
from listening.connectors.base import PermanentFailure
from socialhub.lib.errors import Invalid
from tests.factories.attachments import AttachedFileFactory, AttachmentFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import DecisionFactory, DraftFactory, ReplyFactory, last_heard
from tests.support.network import Network, WideNetwork, raising
from tests.support.pictures import SECRET, picture, told_picture
from tests.support.sending import deliver, fresh
from triage.models import Approval, AttachedFile, Attachment, Draft, Reply
from triage.services.approving import asks, verdicts
from triage.services.approving.standing import ApprovalNeeded
from triage.services.seen import Seen
from triage.services.sending import replies, withdrawing
from triage.services.writing import attaching, drafts
from triage.services.writing.attachments import AltTextMissing, AttachmentsChanged, size_text
from triage.services.writing.composing import How
from triage.states import ReplyState

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=1)
PDF = b"%PDF-1.7\nA form."


@pytest.fixture
def network(monkeypatch) -> Network:
    made = WideNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


def attach(held, author, content=None, name="map.jpg", **more) -> Attachment:
    content = picture() if content is None else content
    return attaching.attach(
        conversation_id=held.pk, author=author, file=ContentFile(content), name=name, at=NOON, **more
    )


def queue(held, agent, policy, how: How | None = None, body="Look at the map.") -> Reply:
    return replies.queue_reply(
        conversation_id=held.pk,
        author=agent,
        body=body,
        key=uuid4(),
        seen=Seen(held.fence, last_heard(held).pk, policy.pk),
        closes=False,
        at=NOON,
        how=how or How(),
    )


def stored(attachment) -> bytes:
    with attachment.file.file.open() as file:
        return file.read()


def test_a_picture_is_attached_without_what_it_tells_of_its_taking(portal, network, held, agent):
    made = attach(held, agent, told_picture(), name="C:\\Photos\\holiday.JPG", alt=" A map. ")

    file = made.file
    assert SECRET not in stored(made)
    assert (file.name, file.media_type, file.width, file.height) == ("holiday.JPG", "image/jpeg", 40, 30)
    assert (file.size, file.sha256) == (len(stored(made)), sha256(stored(made)).hexdigest())
    assert (file.added_by, file.added_at, made.alt, made.position) == (agent, NOON, "A map.", 1)
    assert made.draft == Draft.objects.get(conversation=held, author=agent)
    assert "holiday" not in file.file.name


def test_the_same_file_twice_is_attached_once(portal, network, held, agent):
    first, second = attach(held, agent), attach(held, agent)

    assert first == second
    assert AttachedFile.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"", "map.jpg", r"map\.jpg is empty\."),
        (PDF, "map.jpg", r"map\.jpg is of the kind application/pdf; this channel takes JPEG, PNG, WEBP, GIF\."),
        (picture()[:300], "map.jpg", r"map\.jpg is damaged: it cannot be shown\."),
        (b"\x00\x00\x00\x18ftypheic\x00", "map.heic", r"map\.heic is of the kind HEIC; this channel takes"),
    ],
)
def test_what_the_channel_does_not_take_is_refused_by_its_bytes(portal, network, held, agent, content, name, refusal):
    with pytest.raises(Invalid, match=refusal):
        attach(held, agent, content, name)

    assert not AttachedFile.objects.exists()


def test_a_picture_that_may_tell_its_place_goes_nowhere(portal, network, held, agent):
    network.limits = AttachmentLimits(most=2, most_bytes=100_000)

    with pytest.raises(Invalid, match=r"map\.heic may tell where it was taken, and that cannot be taken off"):
        attach(held, agent, b"\x00\x00\x00\x18ftypheic\x00", "map.heic")


def test_sizes_are_told_with_what_is_taken(portal, network, held, agent, monkeypatch):
    network.limits = AttachmentLimits(most=2, most_bytes=1_000_000, most_pixels=1199, most_total_bytes=30)
    with pytest.raises(Invalid, match=r"map\.jpg has 0\.0 million pixels"):
        attach(held, agent)
    network.limits = AttachmentLimits(most=2, most_bytes=20, most_total_bytes=30)
    with pytest.raises(Invalid, match=r"form\.pdf has 1 kB; this channel takes at most 1 kB for each file"):
        attach(held, agent, PDF + b"x" * 20, "form.pdf")
    network.limits = AttachmentLimits(most=2, most_bytes=1000, most_total_bytes=30)
    attach(held, agent, PDF, "form.pdf")
    with pytest.raises(Invalid, match="Together the attachments have 1 kB; this channel takes 1 kB"):
        attach(held, agent, PDF + b"!", "form.pdf")
    monkeypatch.setattr(attaching, "MOST_BYTES", 10)
    with pytest.raises(Invalid, match=r"form\.pdf has 1 kB, which is more than is looked at"):
        attach(held, agent, PDF, "form.pdf")

    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 kB"), (16_400, "16 kB"), (1_000_000, "1 MB"), (1_000_001, "1.01 MB"), (3_200_000, "3.2 MB")],
)
def test_a_size_is_never_rounded_below_the_limit_that_it_passes(size, text):
    assert size_text(size) == text


def test_more_than_the_channel_takes_are_refused(portal, network, held, agent):
    attach(held, agent)
    attach(held, agent, picture(colour="red"))

    with pytest.raises(Invalid, match="This channel takes 2 attachments with an answer, and there are 3"):
        attach(held, agent, picture(colour="blue"))

    assert (Attachment.objects.count(), AttachedFile.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("given", "media_type", "kept"),
    [
        ("../../etc/passwd", "text/plain", "passwd"),
        ("a\u202egpj.exe", "image/jpeg", "a gpj.exe.jpg"),
        ("photo.png", "image/jpeg", "photo.png.jpg"),
        (".htaccess", "text/plain", "htaccess"),
        ("", "application/pdf", "attachment"),
        ('a"b<c>.pdf', "application/pdf", "a b c .pdf"),
        ("x" * 300 + ".pdf", "application/pdf", "x" * 116 + ".pdf"),
        ("line\nbreak.txt", "text/plain", "line break.txt"),
    ],
)
def test_a_name_is_made_harmless(given, media_type, kept):
    assert attaching.safe_name(given, media_type) == kept


def test_a_description_is_kept_and_can_be_too_long(portal, network, held, agent):
    made = attach(held, agent)

    attaching.describe(conversation_id=held.pk, author=agent, alts={made.pk: " A map. ", 9999: "x"}, at=LATER)
    with pytest.raises(Invalid, match="The description has 51 characters; this channel takes 50"):
        attaching.describe(conversation_id=held.pk, author=agent, alts={made.pk: "x" * 51}, at=LATER)
    with pytest.raises(Invalid, match="control character"):
        attaching.describe(conversation_id=held.pk, author=agent, alts={made.pk: "x\x07"}, at=LATER)

    made.refresh_from_db()
    assert made.alt == "A map."


def test_only_its_writer_describes_and_removes(portal, network, held, agent):
    made, other = attach(held, agent), UserFactory()

    attaching.describe(conversation_id=held.pk, author=other, alts={made.pk: "Mine."}, at=LATER)
    attaching.remove(attachment_id=made.pk, author=other, at=LATER)

    made.refresh_from_db()
    assert made.alt == ""

    attaching.remove(attachment_id=made.pk, author=agent, at=LATER)
    attaching.remove(attachment_id=made.pk, author=agent, at=LATER)
    assert not Attachment.objects.exists()


def test_what_is_attached_goes_out_and_leaves_the_draft(portal, network, held, agent, policy):
    made = attach(held, agent, alt="A map.")

    reply = queue(held, agent, policy, How(attached=(made.pk,)))
    deliver(reply, network)

    (sent,) = network.posts[0].attachments
    assert (sent.name, sent.media_type, sent.alt, sent.width, sent.height) == (
        "map.jpg",
        "image/jpeg",
        "A map.",
        40,
        30,
    )
    assert (sent.read(), sent.sha256) == (stored(made), made.file.sha256)
    assert fresh(reply).state == ReplyState.SENT
    assert [one.reply_id for one in Attachment.objects.all()] == [reply.pk]


def test_attachments_go_with_the_first_post_of_a_thread(portal, network, held, agent, policy):
    attach(held, agent, alt="A map.")
    reply = queue(held, agent, policy, How(split="plain"), body="word " * 30)

    deliver(reply, network)
    deliver(reply, network, LATER)

    assert [len(post.attachments) for post in network.posts] == [1, 0]


def test_a_picture_without_words_asks_first(portal, network, held, agent, policy):
    attach(held, agent)

    with pytest.raises(AltTextMissing, match=r"Nothing says what is to be seen on map\.jpg"):
        queue(held, agent, policy)
    assert not Reply.objects.exists()

    assert queue(held, agent, policy, How(is_undescribed_meant=True)).attachments.count() == 1


def test_a_channel_that_needs_words_takes_no_picture_without(portal, network, held, agent, policy):
    network.limits = AttachmentLimits(most=2, most_bytes=100_000, alt="required")
    attach(held, agent)

    with pytest.raises(Invalid, match=r"this channel takes no picture without a description \(map\.jpg\)"):
        queue(held, agent, policy, How(is_undescribed_meant=True))

    assert not Reply.objects.exists()


def test_what_was_attached_on_another_page_stops_the_answer(portal, network, held, agent, policy):
    made = attach(held, agent, alt="A map.")

    with pytest.raises(AttachmentsChanged):
        queue(held, agent, policy, How(attached=()))
    attaching.remove(attachment_id=made.pk, author=agent, at=NOON)
    with pytest.raises(AttachmentsChanged):
        queue(held, agent, policy, How(attached=(made.pk,)))

    assert not Reply.objects.exists()


def test_what_did_not_go_out_is_attached_to_the_draft_again(portal, network, held, agent, policy):
    attach(held, agent, alt="A map.")
    reply = queue(held, agent, policy)
    network.before = raising(PermanentFailure("Blocked."))

    deliver(reply, network)

    given_back = Attachment.objects.get(draft__author=agent)
    assert (given_back.alt, given_back.file) == ("A map.", reply.attachments.get().file)
    network.before = lambda: None
    replies.retry_reply(reply_id=reply.pk, author=agent, at=LATER)
    assert not Attachment.objects.filter(draft__author=agent).exists()
    deliver(reply, network, LATER)
    assert [len(post.attachments) for post in network.posts] == [1]


def test_what_was_attached_since_stays_with_the_draft_when_the_old_answer_is_tried_again(
    portal, network, held, agent, policy
):
    attach(held, agent, alt="A map.")
    reply = queue(held, agent, policy)
    network.before = raising(PermanentFailure("Blocked."))
    deliver(reply, network)
    attach(held, agent, picture(colour="red"), alt="Red.")

    replies.retry_reply(reply_id=reply.pk, author=agent, at=LATER)

    draft = Draft.objects.get(author=agent)
    assert (draft.body, draft.attachments.count()) == ("Look at the map.", 2)
    assert [one.alt for one in reply.attachments.all()] == ["A map."]


def test_taking_an_answer_back_takes_its_attachments_back(portal, network, held, agent, policy):
    attach(held, agent, alt="A map.")
    reply = queue(held, agent, policy)

    withdrawing.withdraw_reply(reply_id=reply.pk, actor=agent, at=NOON)

    assert Attachment.objects.get(draft__author=agent).alt == "A map."


def test_a_colleagues_draft_brings_its_attachments(portal, network, held, agent):
    source = DraftFactory(conversation=held, author=UserFactory(), body="Look.")
    AttachmentFactory(draft=source, alt="A map.")

    drafts.copy_draft(source=source, author=agent, at=NOON)

    assert Attachment.objects.get(draft__author=agent).alt == "A map."
    assert source.attachments.count() == 1


@pytest.fixture
def asked(portal, network, held, agent, policy, legal) -> Approval:
    DecisionFactory(conversation=held, approval={"mode": "any", "asked": [{"person": legal.pk}]})
    attach(held, agent, alt="A map.")
    return asks.ask_approval(
        conversation_id=held.pk,
        author=agent,
        body="Look at the map.",
        seen=Seen(held.fence, last_heard(held).pk, policy.pk),
        at=NOON,
    )


def test_approval_is_of_the_text_with_what_is_attached(asked, held, agent, policy, legal, network):
    assert asked.attachments.get().alt == "A map."
    assert asked.digest != sha256(b"Look at the map.").hexdigest()
    verdicts.approve(approval_id=asked.pk, approver=legal, at=NOON)

    reply = queue(held, agent, policy)
    deliver(reply, network)

    assert fresh(reply).state == ReplyState.SENT
    assert len(network.posts[0].attachments) == 1


@pytest.mark.parametrize("change", ["describe", "remove", "attach"])
def test_changing_what_is_attached_withdraws_the_approval(asked, held, agent, policy, legal, change):
    verdicts.approve(approval_id=asked.pk, approver=legal, at=NOON)
    mine = Attachment.objects.get(draft__author=agent)

    if change == "describe":
        attaching.describe(conversation_id=held.pk, author=agent, alts={mine.pk: "Another map."}, at=LATER)
    elif change == "remove":
        attaching.remove(attachment_id=mine.pk, author=agent, at=LATER)
    else:
        attach(held, agent, picture(colour="red"), alt="Red.")

    asked.refresh_from_db()
    assert asked.state == Approval.State.WITHDRAWN
    assert held.events.latest("pk").kind == "approval_withdrawn"
    with pytest.raises(ApprovalNeeded):
        queue(held, agent, policy)
    assert not Reply.objects.exists()


def test_saying_the_same_again_leaves_the_approval(asked, held, agent):
    mine = Attachment.objects.get(draft__author=agent)

    attaching.describe(conversation_id=held.pk, author=agent, alts={mine.pk: "A map."}, at=LATER)

    asked.refresh_from_db()
    assert asked.state == Approval.State.ASKED


def test_an_approvers_text_keeps_what_is_attached(asked, held, agent, policy, legal, network):
    verdicts.approve_with_edit(approval_id=asked.pk, approver=legal, body="See the map.", note="", at=NOON)

    taken = asks.take_edit(approval_id=asked.pk, author=agent, at=NOON)

    assert (taken.state, taken.attachments.get().alt) == (Approval.State.APPROVED, "A map.")
    assert queue(held, agent, policy, body="See the map.").approval == taken


@pytest.mark.parametrize(
    "act", [lambda rows: rows.update(alt="Another."), lambda rows: rows.delete()], ids=["change", "delete"]
)
def test_what_went_out_never_changes(portal, network, policy, act):
    made = AttachmentFactory(draft=None, reply=ReplyFactory(policy_version=policy), alt="A map.")

    with pytest.raises(DatabaseError, match="triage_attachment is append-only"), transaction.atomic():
        act(Attachment.objects.filter(pk=made.pk))

    made.refresh_from_db()
    assert made.alt == "A map."


def test_the_bytes_of_a_file_never_change(db):
    file = AttachedFileFactory()

    with pytest.raises(DatabaseError, match="triage_attachedfile is append-only"), transaction.atomic():
        AttachedFile.objects.filter(pk=file.pk).update(sha256="0" * 64)


def test_files_that_nothing_names_are_forgotten_after_a_day(
    portal, network, held, agent, django_capture_on_commit_callbacks
):
    kept, left = attach(held, agent), attach(held, agent, picture(colour="red"))
    path, storage = left.file.file.name, left.file.file.storage
    attaching.remove(attachment_id=left.pk, author=agent, at=NOON)

    assert attaching.forget_files(at=NOON + timedelta(hours=23)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert attaching.forget_files(at=NOON + timedelta(hours=25)) == 1

    assert storage.exists(path) is False
    assert AttachedFile.objects.get() == kept.file
    assert stored(kept) != b""
