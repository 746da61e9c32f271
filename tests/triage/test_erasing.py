from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from insights.models import Takeaway
from listening.heard import BOUNCE
from listening.models import Mention, MentionVersion, Person, Picture, Profile
from listening.services import ingest
from policies.engine.outcomes import What
from policies.engine.rules import Because
from teams.models import Notification
from tests.factories.listening import MentionFactory, PictureFactory, ProfileFactory
from tests.factories.retention import SECRET, LegalHoldFactory, full_conversation
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.hearing import said
from triage.models import Attachment, Conversation, Decision, Draft, DraftVersion, Event, Note, Reply
from triage.services import notes
from triage.services.arriving import intake
from triage.services.keeping import erasing
from triage.services.keeping.erasing import Fate
from triage.services.writing import drafts
from triage.states import ReplyState, Stage

LATER = NOON + timedelta(days=800)
BECAUSE = Because(clause_id=7, clause_label="8.2", rule_id=70, rule="Spam", evidence=())

pytestmark = pytest.mark.django_db


def erase(conversation, what=What.CONTENT, at=LATER):
    return erasing.erase(
        conversation_id=conversation.pk,
        channel_id=conversation.channel_id,
        closed_at=conversation.closed_at,
        what=what,
        because=BECAUSE,
        at=at,
    )


def rows_that_say(word):
    found = []
    for model in apps.get_models():
        table = model._meta.db_table
        if not model._meta.managed or model._meta.proxy:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE %s', [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return sorted(found)


def test_nothing_that_was_said_is_left_anywhere(policy):
    conversation = full_conversation()
    department = DepartmentFactory()
    Takeaway.objects.create(
        conversation=conversation, department=department, author=UserFactory(), kind="lead", text=SECRET, at=NOON
    )
    Notification.objects.create(
        user=UserFactory(),
        kind="queue",
        medium="page",
        state="sent",
        conversation_id=conversation.pk,
        subject=SECRET,
        created_at=NOON,
        not_before_at=NOON,
    )
    PictureFactory(mention=last_heard(conversation), alt=SECRET)
    assert len(rows_that_say(SECRET)) > 13

    assert erase(conversation) == Fate.ERASED

    # The file itself goes with the next sweep of files that nothing names.
    assert rows_that_say(SECRET) == ["triage_attachedfile"]


@pytest.mark.parametrize("what", list(What))
def test_copies_of_pictures_go_with_what_was_received(policy, what, django_capture_on_commit_callbacks):
    conversation = full_conversation()
    gone, other = PictureFactory(mention=last_heard(conversation), kept=True), PictureFactory(kept=True)
    # As with what was entered by hand or imported without its source.
    Mention.objects.filter(pk=gone.mention_id).update(raw={})

    with django_capture_on_commit_callbacks(execute=True):
        assert erase(conversation, what) == Fate.ERASED

    assert list(Picture.objects.all()) == [other]
    assert (default_storage.exists(gone.stored_as), default_storage.exists(other.stored_as)) == (False, True)


def test_what_was_decided_and_counted_stays(policy):
    conversation = full_conversation(mention_count=2, tags=["money"])
    mention = Mention.objects.get(entry__conversation=conversation, is_ours=False)
    decision = Decision.objects.get(conversation=conversation)
    events = Event.objects.filter(conversation=conversation).count()

    erase(conversation)

    conversation.refresh_from_db()
    assert (conversation.erased_at, conversation.raw_erased_at, conversation.erased_by_rule) == (LATER, LATER, 70)
    assert (conversation.stage, conversation.mention_count, conversation.tags) == (Stage.CLOSED, 2, ["money"])
    again = Mention.objects.get(pk=mention.pk)
    assert (again.external_id, again.published_at, again.erased_at) == (
        mention.external_id,
        mention.published_at,
        LATER,
    )
    kept = Decision.objects.get(pk=decision.pk)
    assert (kept.disposition, kept.note, kept.guide[0]["answer"]) == (decision.disposition, "", "b")
    assert Event.objects.filter(conversation=conversation).count() == events + 1
    assert Event.objects.latest("pk").data == {"rule": 70, "clause": 7}
    assert Note.objects.get().body == ""
    assert Reply.objects.get().state == ReplyState.SENT
    assert not Draft.objects.exists()
    assert not Attachment.objects.exists()


def test_the_record_can_be_played_again_afterwards(policy):
    conversation = ConversationFactory()
    Conversation.objects.filter(pk=conversation.pk).update(
        stage="closed", closed_at=NOON, outcome="merged", due_at=None, due_for=""
    )
    Event.objects.create(conversation=conversation, kind="opened", at=NOON, data={"mention": 1})
    Event.objects.create(conversation=conversation, kind="merged", at=NOON, data={"into": 1})
    conversation.refresh_from_db()

    assert erase(conversation) == Fate.ERASED

    call_command("check_events", conversation=conversation.pk)


def test_only_what_was_received_goes_with_the_raw(policy):
    conversation = full_conversation()
    bounced = MentionFactory(
        profile=conversation.profile, is_automatic=True, raw={BOUNCE: SECRET, "more": SECRET}, text="bounced"
    )
    conversation.entries.create(mention=bounced)

    assert erase(conversation, What.RAW) == Fate.ERASED
    assert erase(conversation, What.RAW) == Fate.CHANGED

    conversation.refresh_from_db()
    assert (conversation.raw_erased_at, conversation.erased_at, conversation.snippet) == (
        LATER,
        None,
        f"{SECRET} speaks",
    )
    said = Mention.objects.get(entry__conversation=conversation, is_ours=False, is_automatic=False)
    assert (said.raw, said.text) == ({}, f"{SECRET} speaks")
    assert MentionVersion.objects.values_list("raw", "text").get() == ({}, f"{SECRET} before")
    bounced.refresh_from_db()
    assert bounced.raw == {BOUNCE: True}
    assert not Event.objects.filter(kind=Event.Kind.ERASED).exists()


def test_an_author_of_whom_nothing_is_left_has_no_name_any_more(policy):
    person = Person.objects.create(name=SECRET, created_at=NOON)
    one = ProfileFactory(name=SECRET, person=person)
    other = ProfileFactory(name="Somebody", person=person)
    first, second = full_conversation(profile=one), full_conversation(profile=one)

    erase(first)
    one.refresh_from_db()
    assert (one.name, one.erased_at) == (SECRET, None)
    erase(second)

    one.refresh_from_db()
    assert (one.name, one.handle, one.url, one.person, one.erased_at) == ("", "", "", None, LATER)
    assert one.external_id == f"erased:{one.pk}"
    other.refresh_from_db()
    assert (other.name, other.person) == ("Somebody", None)
    assert not Person.objects.exists()


def test_our_own_profile_keeps_its_name(policy):
    conversation = full_conversation()

    erase(conversation)

    assert Profile.objects.get(is_ours=True).erased_at is None


@pytest.mark.parametrize("stage", ["assigned", "claimed", "waiting"])
def test_what_is_open_is_never_erased(policy, stage):
    conversation = ConversationFactory(**{stage: True})
    conversation.closed_at = NOON

    assert erase(conversation) == Fate.CHANGED

    conversation.refresh_from_db()
    assert conversation.erased_at is None
    assert conversation.snippet


def test_what_was_closed_anew_is_not_erased_yet(policy):
    conversation = ConversationFactory(closed=True)
    conversation.closed_at = NOON - timedelta(days=1)

    assert erase(conversation) == Fate.CHANGED
    assert not Conversation.objects.filter(erased_at__isnull=False).exists()


@pytest.mark.parametrize("state", [ReplyState.QUEUED, ReplyState.UNCERTAIN])
def test_what_has_something_on_its_way_waits(policy, state):
    conversation = ConversationFactory(closed=True)
    ReplyFactory(conversation=conversation, author=UserFactory(), state=state)

    assert erase(conversation) == Fate.BUSY
    conversation.refresh_from_db()
    assert conversation.erased_at is None


@pytest.mark.parametrize("what", list(What))
def test_what_is_on_hold_is_not_erased(policy, what):
    conversation = full_conversation()
    LegalHoldFactory(conversation=conversation)
    before = rows_that_say(SECRET)

    assert erase(conversation, what) == Fate.HELD
    assert rows_that_say(SECRET) == before


def test_what_is_fetched_again_is_neither_new_nor_an_edit(policy):
    conversation = full_conversation()
    mention = Mention.objects.get(entry__conversation=conversation, is_ours=False)
    erase(conversation)

    stored = ingest.store_items(
        channel=conversation.channel, items=[said(mention.external_id, f"{SECRET} again")], at=LATER
    )

    assert (stored.new_count, stored.edited_count) == (0, 0)
    mention.refresh_from_db()
    assert mention.text == ""
    assert MentionVersion.objects.filter(text__contains=SECRET).count() == 0


def test_who_comes_back_reopens_the_conversation_under_a_new_name(policy):
    conversation = full_conversation()
    mention = Mention.objects.get(entry__conversation=conversation, is_ours=False)
    erase(conversation)

    ingest.store_items(
        channel=conversation.channel,
        items=[said("new", "Still no answer to my question!", answers=mention.external_id, author="ana", minute=1)],
        at=LATER,
    )
    intake.take_in_everything(at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.erased_at, conversation.raw_erased_at) == (Stage.ASSIGNED, None, None)
    assert (conversation.author_name, conversation.profile.name) == ("Ana", "Ana")
    assert conversation.snippet == "Still no answer to my question!"


def test_a_note_on_what_is_erased_can_be_erased_again(policy):
    conversation = full_conversation()
    erase(conversation)

    notes.write_note(
        conversation_id=conversation.pk,
        author=UserFactory(),
        body="They called again.",
        key="5b9c0f4e-92c8-4a3e-bb58-0d5c8d1a7a11",
        at=LATER,
    )

    conversation.refresh_from_db()
    assert conversation.erased_at is None
    assert erase(conversation) == Fate.ERASED
    assert not Note.objects.exclude(body="").exists()


def test_a_page_from_before_does_not_bring_a_draft_back(policy):
    conversation, writer = full_conversation(), UserFactory()
    version = DraftVersion(draft_id=Draft.objects.get(conversation=conversation).pk, body=SECRET)
    erase(conversation)

    with pytest.raises(drafts.NothingLeft):
        drafts.save_draft(conversation_id=conversation.pk, author=writer, body=f"Dear {SECRET}", at=LATER)
    with pytest.raises(drafts.NothingLeft):
        drafts.begin_draft(conversation_id=conversation.pk, author=writer, at=LATER)
    with pytest.raises(drafts.NothingLeft):
        drafts.restore_version(version=version, at=LATER)

    assert not Draft.objects.exists()
    assert rows_that_say(SECRET) == ["triage_attachedfile"]


CHANGES = [
    "UPDATE triage_decision SET note = 'other'",
    "UPDATE triage_decision SET note = '', reason = 'spam'",
    "UPDATE triage_decision SET note = '', guide = '[]'",
    "DELETE FROM triage_decision",
    "UPDATE triage_attachment SET alt = ''",
]


@pytest.mark.parametrize("change", [*CHANGES, "UPDATE triage_decision SET note = ''", "DELETE FROM triage_attachment"])
def test_the_record_of_what_is_not_erased_never_changes(policy, change):
    full_conversation()

    with pytest.raises(IntegrityError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize("change", CHANGES[:4])
def test_erasing_changes_the_record_in_one_way_only(policy, change):
    erase(full_conversation())

    with pytest.raises(IntegrityError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_an_erased_message_cannot_say_anything_again(policy):
    conversation = full_conversation()
    erase(conversation)

    with pytest.raises(IntegrityError, match="listening_mention_erased_is_empty"), transaction.atomic():
        Mention.objects.filter(entry__conversation=conversation).update(text="Here I am")
    with pytest.raises(IntegrityError, match="triage_conversation_erased_is_over"), transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(snippet="Here I am")


def test_no_field_of_words_was_forgotten():
    """A new text beside a conversation has to be erased too: then it is added here."""
    texts = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_app_config("triage").get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.TextField)
    }

    assert texts == ERASED | KEPT


ERASED = {
    "triage.Approval.body",
    "triage.Approval.edited_body",
    "triage.ApprovalStep.note",
    "triage.Attachment.alt",
    "triage.Decision.note",
    "triage.Draft.body",
    "triage.DraftVersion.body",
    "triage.HandOver.note",
    "triage.Note.body",
    "triage.Reply.body",
    "triage.Reply.error",
    "triage.ReplyPart.text",
}
# Why somebody here did something: they answer for it. And what holds no words.
KEPT = {
    "triage.BulkRun.prepared_in",
    "triage.DecidingStop.reason",
    "triage.LegalHold.lifted_because",
    "triage.LegalHold.reason",
    "triage.Reply.emergency",
    "triage.Reply.reason",
    "triage.SavedAnswer.body",
    "triage.SendingStop.reason",
    "triage.TakeOver.reason",
}
