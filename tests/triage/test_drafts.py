from datetime import timedelta
from unittest import mock
from uuid import uuid4

import pytest

from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import DraftFactory
from triage.models import Conversation, Draft, DraftVersion, Event
from triage.services.writing import drafts

pytestmark = pytest.mark.django_db

TEXT = "Dear customer, we are on our way to you."


def save(conversation: Conversation, author, body: str, *, seconds: float = 0, page=None) -> Draft:
    at = NOON + timedelta(seconds=seconds)
    return drafts.save_draft(conversation_id=conversation.pk, author=author, body=body, at=at, page=page)


def kept() -> list[str]:
    return list(DraftVersion.objects.order_by("pk").values_list("body", flat=True))


def test_a_draft_that_grows_makes_a_version_every_half_minute(held, agent):
    for second in range(65):
        save(held, agent, TEXT[: second + 1] if second < 40 else TEXT + "!" * second, seconds=second)

    assert [len(body) for body in kept()] == [30, 40 + 59]
    assert Draft.objects.get().begun_at == NOON


def test_what_goes_from_a_draft_at_once_becomes_a_version(held, agent):
    save(held, agent, TEXT)
    save(held, agent, TEXT[:-20], seconds=1)
    assert kept() == []

    save(held, agent, "", seconds=2)

    assert kept() == [TEXT[:-20]]
    version = DraftVersion.objects.get()
    assert version.saved_at == NOON + timedelta(seconds=1)


def test_a_text_put_in_the_place_of_another_as_long_makes_a_version(held, agent):
    save(held, agent, TEXT)

    save(held, agent, "x" * len(TEXT), seconds=1)

    assert kept() == [TEXT]


def test_two_pages_that_save_one_draft_lose_nothing(held, agent):
    one, other = uuid4(), uuid4()
    save(held, agent, "Hello", page=one)
    save(held, agent, "Hi", seconds=1, page=other)
    save(held, agent, "Hello you", seconds=2, page=one)

    assert Draft.objects.get().body == "Hello you"
    assert kept() == ["Hello", "Hi"]


def test_the_same_text_saved_again_changes_nothing(held, agent):
    save(held, agent, TEXT, page=uuid4())

    save(held, agent, TEXT, seconds=40, page=uuid4())

    assert kept() == []
    assert Draft.objects.get().saved_at == NOON


def test_a_draft_keeps_its_newest_fifty_versions(held, agent):
    for number in range(53):
        save(held, agent, f"{number} {TEXT}", seconds=31 * number)

    bodies = kept()
    assert len(bodies) == 50
    assert (bodies[0], bodies[-1]) == (f"2 {TEXT}", f"51 {TEXT}")


def test_a_version_is_restored_and_what_was_there_is_kept(held, agent):
    save(held, agent, TEXT)
    save(held, agent, "No.", seconds=1)
    version = DraftVersion.objects.get()

    drafts.restore_version(version=version, at=NOON + timedelta(seconds=2))

    assert Draft.objects.get().body == TEXT
    assert kept() == [TEXT, "No."]


def test_a_colleagues_draft_is_copied_and_stays(held, agent, care):
    ida = MembershipFactory(department=care).user
    source = DraftFactory(conversation=held, author=ida, body=TEXT)
    save(held, agent, "Mine")

    drafts.copy_draft(source=source, author=agent, at=NOON + timedelta(seconds=1))

    assert Draft.objects.get(author=agent).body == TEXT
    assert Draft.objects.get(author=ida).body == TEXT
    assert kept() == ["Mine"]


def test_a_draft_that_was_sent_stays_as_a_version(held, agent):
    save(held, agent, "On our way.")

    drafts.clear_draft(conversation_id=held.pk, author=agent, at=NOON)

    assert Draft.objects.get().body == ""
    assert kept() == ["On our way."]


def test_a_draft_that_says_something_else_by_now_is_not_cleared(held, agent):
    save(held, agent, "And one more thing")

    drafts.clear_draft(conversation_id=held.pk, author=agent, at=NOON, only="On our way.")

    assert Draft.objects.get().body == "And one more thing"
    assert kept() == []


def test_nothing_is_cleared_where_nothing_was_written(held, agent):
    drafts.clear_draft(conversation_id=held.pk, author=agent, at=NOON)

    assert not Draft.objects.exists()


@pytest.mark.parametrize(("begun", "body", "versions"), [("", TEXT, []), ("Other", "Other", [TEXT])])
def test_what_did_not_go_out_comes_back(held, agent, begun, body, versions):
    DraftFactory(conversation=held, author=agent, body=begun)

    drafts.give_back(conversation_id=held.pk, author=agent, body=TEXT, at=NOON)

    assert Draft.objects.get().body == body
    assert kept() == versions


def test_pages_hear_when_a_draft_begins_and_ends_and_not_at_every_stroke(
    held, agent, django_capture_on_commit_callbacks
):
    told = []
    for second, body in enumerate(["O", "On", "On o", "  ", ""]):
        with (
            mock.patch("socialhub.lib.live._send", told.append),
            django_capture_on_commit_callbacks(execute=True),
        ):
            save(held, agent, body, seconds=second)
        told.append(body)

    hint = f'{{"conversation": {held.pk}, "departments": [{held.department_id}]}}'
    assert told == [hint, "O", "On", "On o", hint, "  ", ""]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("was", "now", "lost"),
    [
        ("abc", "abcd", 0),
        ("abc", "ab", 1),
        ("abc", "", 3),
        ("abc", "xyz", 3),
        ("one two three", "one three", 4),
        ("aaaa", "aa", 2),
        ("", "abc", 0),
    ],
)
def test_what_a_change_loses_is_counted(was, now, lost):
    assert drafts.lost_length(was, now) == lost
