from datetime import timedelta
from uuid import uuid4

import pytest

from socialhub.lib.errors import Invalid
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.pen import NoteAskFactory, NoteFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory
from triage.models import Concern, Conversation, Event, Note, NoteAsk
from triage.services import notes
from triage.services.notes import asked_of
from triage.showing.notes import read_choices, read_notes

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def press() -> Department:
    return DepartmentFactory(slug="press", name="Press")


@pytest.fixture
def ida(care) -> User:
    return MembershipFactory(department=care, user__name="Ida Iversen", user__wants_email=False).user


@pytest.fixture
def pia(press) -> User:
    return MembershipFactory(department=press, user__name="Pia Press", user__wants_email=False).user


def write(conversation: Conversation, author: User, body: str = "Is this covered?", **more) -> Note:
    return notes.write_note(
        conversation_id=conversation.pk, author=author, body=body, **{"key": uuid4(), "at": NOON, **more}
    )


def told() -> list[tuple[str, str]]:
    return sorted(Notification.objects.values_list("user__name", "kind"))


def test_a_note_is_written_and_the_holder_keeps_the_conversation(held, agent):
    note = write(held, agent, "  Is this\ncovered?  ")

    event = Event.objects.get()
    assert (note.body, note.author, note.written_at) == ("Is this\ncovered?", agent, NOON)
    assert (event.kind, event.actor, event.data) == (Event.Kind.NOTE, agent, {"note": note.pk})
    held.refresh_from_db()
    assert (held.holder, held.fence) == (agent, 2)
    assert told() == []


def test_a_colleague_who_is_asked_is_told(held, agent, ida):
    note = write(held, agent, asked=notes.Asked([ida]))

    assert [(ask.person, ask.answered_at) for ask in note.asks.all()] == [(ida, None)]
    assert told() == [("Ida Iversen", "note_asks")]
    assert Event.objects.get().data == {"note": note.pk, "people": [ida.pk]}
    assert list(asked_of(ida)) == list(note.asks.all())
    assert not asked_of(agent).exists()


def test_a_department_that_is_asked_sees_the_conversation_and_is_told(held, agent, press, pia):
    listener = MembershipFactory(department=press, role=Role.LISTENER).user
    assert not Conversation.objects.visible_to(pia).exists()

    write(held, agent, asked=notes.Asked([], [press]))

    assert Conversation.objects.visible_to(pia).get() == held
    assert Concern.objects.get(department=press).because == Concern.Because.ASKED
    assert told() == [("Pia Press", "note_asks")]
    assert asked_of(listener).count() == 1


def test_a_department_of_mere_listeners_is_told_all_the_same(held, agent, press):
    MembershipFactory(department=press, role=Role.LISTENER, user__name="Lis", user__wants_email=False)

    write(held, agent, asked=notes.Asked([], [press]))

    assert told() == [("Lis", "note_asks")]


def test_asking_twice_leaves_one_concern(held, agent, press, care):
    write(held, agent, asked=notes.Asked([], [press, care]))
    write(held, agent, asked=notes.Asked([], [press]))

    assert sorted(held.concerns.values_list("department__slug", "because")) == [
        ("care", "decided"),
        ("press", "asked"),
    ]


def test_an_answer_comes_back_as_a_note(held, agent, ida):
    question = write(held, agent, asked=notes.Asked([ida]))

    answer = write(held, ida, "Yes.", answers=question, at=LATER)

    assert (answer.answers, NoteAsk.objects.get().answered_at) == (question, LATER)
    assert told() == [("Anna Alm", "note_answers"), ("Ida Iversen", "note_asks")]
    assert Event.objects.latest("pk").data == {"note": answer.pk, "answers": question.pk}
    assert not asked_of(ida).exists()
    assert [(note.text, note.asks_me, note.answers_text) for note in read_notes(held, ida)] == [
        ("Is this covered?", False, ""),
        ("Yes.", False, "answers Anna Alm"),
    ]


def test_one_voice_of_a_department_answers_for_it(held, agent, press, pia, ida):
    question = write(held, agent, asked=notes.Asked([ida], [press]))

    write(held, pia, "Yes.", answers=question, at=LATER)

    assert NoteAsk.objects.get(department=press).answered_at == LATER
    assert NoteAsk.objects.get(person=ida).answered_at is None


def test_a_note_by_somebody_who_was_not_asked_answers_for_nobody(held, agent, ida):
    question = write(held, agent, asked=notes.Asked([ida]))

    write(held, agent, "Never mind.", answers=question, at=LATER)

    assert NoteAsk.objects.get().answered_at is None
    assert told() == [("Ida Iversen", "note_asks")]


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (True, "Pia Press cannot see this conversation. Ask their department instead: Press."),
        (False, "Nobody Special cannot see this conversation."),
    ],
)
def test_somebody_who_cannot_see_the_conversation_cannot_be_asked(held, agent, pia, member, sentence):
    stranger = pia if member else UserFactory(name="Nobody Special")

    with pytest.raises(Invalid) as refusal:
        write(held, agent, asked=notes.Asked([stranger]))

    assert (str(refusal.value), refusal.value.field) == (sentence, "ask")
    assert not Note.objects.exists()
    assert not Event.objects.exists()
    assert told() == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "Write a note first."),
        (" \n\t ", "Write a note first."),
        ("a\x07", "Line 1, character 2 is a control character (U+0007). Delete it."),
        ("x" * 10_001, "The note is longer than 10,000 characters."),
        ("x" * 100_000, "The note is longer than 10,000 characters."),
    ],
    ids=["empty", "blank", "control", "long", "very long"],
)
def test_a_note_that_cannot_be_kept_is_refused(held, agent, body, sentence):
    with pytest.raises(Invalid) as refusal:
        write(held, agent, body)

    assert (str(refusal.value), refusal.value.field) == (sentence, "body")
    assert not Note.objects.exists()
    assert not Event.objects.exists()


def test_nobody_asks_themselves_somebody_who_left_or_a_crowd(held, agent, care):
    gone = MembershipFactory(department=care, user__name="Gone", user__is_active=False).user
    crowd = [membership.user for membership in MembershipFactory.create_batch(11, department=care)]
    cases = [
        ([agent], "You cannot ask yourself."),
        ([gone], "Gone has left. Ask somebody else."),
        (crowd, "A note asks at most 10 people and departments."),
    ]
    for people, sentence in cases:
        with pytest.raises(Invalid) as refusal:
            write(held, agent, asked=notes.Asked(people))

        assert str(refusal.value) == sentence
    assert not Note.objects.exists()


def test_a_second_click_is_the_same_note(held, agent, ida):
    key = uuid4()

    first = write(held, agent, key=key, asked=notes.Asked([ida]))
    second = write(held, agent, key=key, asked=notes.Asked([ida]), at=LATER)

    assert (first, Event.objects.count(), NoteAsk.objects.count()) == (second, 1, 1)


@pytest.mark.parametrize("change", ["text", "author", "conversation"])
def test_a_key_belongs_to_one_note(held, agent, ida, care, change):
    key = uuid4()
    write(held, agent, key=key)
    elsewhere = ConversationFactory(claimed=True, department=care, holder=agent)

    with pytest.raises(notes.NoteKeyTaken):
        write(
            elsewhere if change == "conversation" else held,
            ida if change == "author" else agent,
            "Another" if change == "text" else "Is this covered?",
            key=key,
        )

    assert Note.objects.count() == 1


def test_only_who_sees_the_conversation_is_offered(held, agent, ida, pia, press, care, owner):
    MembershipFactory(department=care, user__is_active=False)

    choices = read_choices(held, agent)

    assert choices.departments == [(f"department-{care.pk}", "Customer care"), (f"department-{press.pk}", "Press")]
    assert choices.people == [(f"person-{ida.pk}", "Ida Iversen"), (f"person-{owner.pk}", "Olga Owner")]


@pytest.mark.parametrize("count", [1, 4])
def test_notes_cost_the_same_however_many(held, agent, count, django_assert_num_queries):
    NoteAskFactory.create_batch(count, note__conversation=held, note__author=agent)
    NoteFactory.create_batch(count, conversation=held)
    agent.rights.everywhere("conversation.view")

    with django_assert_num_queries(2):
        shown = read_notes(held, agent)

    assert len(shown) == 2 * count
