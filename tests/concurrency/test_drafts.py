import threading
from uuid import uuid4

import pytest

from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, DraftFactory
from tests.support.race import SECONDS, race
from triage.models import Conversation, Draft, DraftVersion, Event, Note
from triage.services import notes
from triage.services.writing import drafts

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

TABS = [f"{number} says something of its own." for number in range(8)]


@pytest.fixture
def conversation() -> Conversation:
    return ConversationFactory(claimed=True, holder=UserFactory())


def everything_said() -> list[str]:
    said = [*Draft.objects.values_list("body", flat=True), *DraftVersion.objects.values_list("body", flat=True)]
    return sorted(said)


def keep_without_lock(draft_id: int, body: str, gate: threading.Barrier) -> None:
    draft = Draft.objects.get(pk=draft_id)
    gate.wait()
    DraftVersion.objects.create(draft=draft, body=draft.body, saved_at=NOON)
    Draft.objects.filter(pk=draft_id).update(body=body, saved_at=NOON)


def test_keeping_what_was_read_earlier_loses_a_text(conversation):
    draft = DraftFactory(conversation=conversation, body="First")
    gate = threading.Barrier(2, timeout=SECONDS)

    race(*[lambda body=body: keep_without_lock(draft.pk, body, gate) for body in TABS[:2]])

    assert len(set(everything_said())) == 2


@pytest.mark.parametrize("begun", [True, False])
def test_many_tabs_that_save_one_draft_at_once_lose_nothing(conversation, begun):
    author = conversation.holder
    if begun:
        DraftFactory(conversation=conversation, body="First")

    outcomes = race(
        *[
            lambda body=body: drafts.save_draft(
                conversation_id=conversation.pk, author=author, body=body, at=NOON, page=uuid4()
            )
            for body in TABS
        ]
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert everything_said() == sorted([*TABS, "First"] if begun else TABS)
    assert Draft.objects.count() == 1


def test_a_draft_that_is_sent_while_another_tab_saves_loses_nothing(conversation):
    author = conversation.holder
    DraftFactory(conversation=conversation, body="First")

    race(
        lambda: drafts.clear_draft(conversation_id=conversation.pk, author=author, at=NOON),
        lambda: drafts.save_draft(conversation_id=conversation.pk, author=author, body=TABS[0], at=NOON, page=uuid4()),
    )

    assert {"First", TABS[0]} <= set(everything_said())


def test_many_clicks_write_one_note(conversation):
    key = uuid4()

    written = race(
        *[
            lambda: notes.write_note(
                conversation_id=conversation.pk, author=conversation.holder, body="Is it?", key=key, at=NOON
            )
        ]
        * 6
    )

    assert written == [Note.objects.get()] * 6
    assert Event.objects.count() == 1
