import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction

from listening.services import ingest
from policies.engine.outcomes import What
from policies.engine.rules import Because
from tests.factories.listening import MentionFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, DraftFactory
from tests.support.hearing import said
from tests.support.race import SECONDS, race, until_somebody_waits
from triage.models import Conversation, Draft, LegalHold
from triage.services.arriving import intake
from triage.services.keeping import erasing, holds
from triage.services.keeping.erasing import Fate
from triage.services.writing import drafts
from triage.states import Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

BECAUSE = Because(1, "8.2", 1, "Old", ())
LATER = NOON + timedelta(days=800)
ROUNDS = 8


def erase(conversation):
    return erasing.erase(
        conversation_id=conversation.pk,
        channel_id=conversation.channel_id,
        closed_at=conversation.closed_at,
        what=What.CONTENT,
        because=BECAUSE,
        at=LATER,
    )


def place(conversation, actor, **more):
    return holds.place_hold(
        conversation_id=conversation.pk, reason="Case", review_on=None, actor=actor, at=LATER, **more
    )


def erase_by_looking_first(conversation, gate):
    """Look for holds, and erase what had none: what stands between is not seen."""
    if holds.held_among([conversation.pk]):
        return Fate.HELD
    gate.wait()
    gate.wait()
    Conversation.objects.filter(pk=conversation.pk).update(erased_at=LATER, author_name="", snippet="")
    return Fate.ERASED


def test_the_naive_eraser_erases_what_is_on_hold():
    PolicyVersionFactory.published()
    conversation, actor = ConversationFactory(closed=True), UserFactory()
    gate = threading.Barrier(2, timeout=SECONDS)

    def hold_meanwhile():
        gate.wait()
        place(conversation, actor, of_author=False)
        gate.wait()

    race(lambda: erase_by_looking_first(conversation, gate), hold_meanwhile)

    conversation.refresh_from_db()
    assert conversation.erased_at is not None
    assert LegalHold.objects.filter(lifted_at=None).exists()


@pytest.mark.parametrize("of_author", [False, True])
def test_what_is_held_when_the_hold_is_placed_is_never_erased_afterwards(of_author):
    PolicyVersionFactory.published()
    actor = UserFactory()
    for _round in range(ROUNDS):
        conversation = ConversationFactory(closed=True)
        seen = {}

        def hold_and_look(conversation=conversation, seen=seen):
            place(conversation, actor, of_author=of_author)
            seen["erased"] = Conversation.objects.get(pk=conversation.pk).erased_at is not None

        fate, refusal = race(lambda c=conversation: erase(c), hold_and_look)

        conversation.refresh_from_db()
        is_erased = conversation.erased_at is not None
        assert fate == (Fate.ERASED if is_erased else Fate.HELD)
        # Whoever placed a hold saw it as it stays.
        assert is_erased == (isinstance(refusal, holds.NothingLeft) or seen.get("erased", False))


def test_a_message_that_comes_while_its_conversation_is_erased_is_kept():
    PolicyVersionFactory.published()
    for number in range(ROUNDS):
        conversation = ConversationFactory(closed=True)
        first = MentionFactory(profile=conversation.profile, text="Where is it?")
        conversation.entries.create(mention=first)

        def hear(conversation=conversation, first=first, number=number):
            item = said(f"new-{number}", "I still wait for an answer!", answers=first.external_id, minute=5)
            ingest.store_items(channel=conversation.channel, items=[item], at=LATER)
            intake.take_in_everything(at=LATER, patient=True)

        fate, failure = race(lambda c=conversation: erase(c), hear)

        assert failure is None
        conversation.refresh_from_db()
        assert (conversation.stage, conversation.erased_at) == (Stage.ASSIGNED, None)
        assert conversation.snippet == "I still wait for an answer!"
        newest = conversation.entries.get(mention__external_id=f"new-{number}").mention
        assert newest.text == "I still wait for an answer!"
        first.refresh_from_db()
        assert (first.text == "") is (fate == Fate.ERASED)
        assert fate in (Fate.ERASED, Fate.CHANGED)


def test_of_many_erasers_one_erases():
    PolicyVersionFactory.published()
    conversation = ConversationFactory(closed=True)

    fates = race(*[lambda: erase(conversation)] * 4)

    assert sorted(fate.value for fate in fates) == ["changed", "changed", "changed", "erased"]
    assert conversation.events.filter(kind="erased").count() == 1


@pytest.mark.parametrize("begun", [True, False])
def test_a_draft_that_is_saved_while_its_conversation_is_erased_does_not_stay(begun):
    PolicyVersionFactory.published()
    conversation, writer = ConversationFactory(closed=True), UserFactory()
    if begun:
        DraftFactory(conversation=conversation, author=writer, body="Dear Ana, to begin with")
    at_work, saved = threading.Event(), threading.Event()

    def let_save(*_nothing):
        at_work.set()
        # As long as the eraser is at work the draft waits for it.
        until_somebody_waits(unless=saved)

    def save():
        assert at_work.wait(SECONDS)
        try:
            drafts.save_draft(conversation_id=conversation.pk, author=writer, body="Dear Ana", at=LATER)
        finally:
            saved.set()

    with mock.patch.object(erasing, "_erase_decisions", let_save):
        fate, refusal = race(lambda: erase(conversation), save)

    assert (fate, type(refusal)) == (Fate.ERASED, drafts.NothingLeft)
    assert not Draft.objects.exists()


def test_a_draft_and_its_versions_go_though_one_is_saved_when_the_eraser_comes():
    PolicyVersionFactory.published()
    conversation, writer = ConversationFactory(closed=True), UserFactory()
    DraftFactory(conversation=conversation, author=writer, body="Dear Ana, to begin with")
    saved, erased = threading.Event(), threading.Event()

    def save():
        with transaction.atomic():
            drafts.save_draft(conversation_id=conversation.pk, author=writer, body="", at=NOON)
            saved.set()
            # The eraser waits for the draft, or takes no notice of it.
            until_somebody_waits(unless=erased)

    def erase_meanwhile():
        assert saved.wait(SECONDS)
        fate = erase(conversation)
        erased.set()
        return fate

    assert race(save, erase_meanwhile) == [None, Fate.ERASED]
    assert not Draft.objects.exists()
