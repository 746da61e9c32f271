from datetime import timedelta
from re import search
from uuid import uuid4

import pytest

from teams.models import User
from teams.roles import Role
from tests.factories.listening import ProfileFactory
from tests.factories.pen import NoteAskFactory, NoteFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory, DraftFactory
from tests.support.api import Program
from tests.support.visiting import HTMX, answer_form, browser, get, rows_of
from triage.models import Conversation, Draft, DraftVersion, Note, Reply

pytestmark = pytest.mark.usefixtures("portal")

WORDS = "We come on Tuesday."


@pytest.fixture
def ida(care, policy) -> User:
    user = MembershipFactory(department=care, user__name="Ida Iversen", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def listener(care) -> User:
    return MembershipFactory(department=care, role=Role.LISTENER, user__name="Lis Listener").user


def address(conversation: Conversation) -> str:
    return f"/inbox/everything/{conversation.pk}/"


def test_everybody_sees_who_answers_and_only_those_who_may_answer_read_it(held, agent, ida, listener, owner):
    DraftFactory(conversation=held, author=agent, body=WORDS, begun_at=NOON - timedelta(minutes=25))

    pages = {user: get(user, address(held)) for user in (agent, ida, listener, owner)}

    line = "Being answered by Anna Alm since 11:35"
    assert [line in pages[user] for user in (agent, ida, listener, owner)] == [False, True, True, True]
    assert [WORDS in pages[user] for user in (agent, ida, listener, owner)] == [True, True, False, False]


def test_who_lost_the_claim_still_reads_their_draft(held, agent, ida, care):
    DraftFactory(conversation=held, author=agent, body=WORDS)
    Conversation.objects.update(holder=ida, fence=3)

    page = get(agent, address(held))

    assert "Your draft from 12:00" in page
    assert search(r'id="my-draft"[^>]*>We come on Tuesday\.<', page)
    assert "Ida Iversen answers this conversation." in page


def test_a_draft_on_what_is_erased_is_refused(care, agent):
    erased = ConversationFactory(
        closed=True, department=care, author_name="", snippet="", erased_at=NOON, raw_erased_at=NOON
    )
    there = f"/conversations/{erased.pk}/"

    saved = browser(agent).post(f"{there}draft/", {"body": WORDS, "key": uuid4()})
    attached = browser(agent).post(f"{there}attach/", {"body": WORDS, "key": uuid4()}, headers=HTMX)
    sent = Program(agent).ask("PUT", f"conversations/{erased.pk}/draft/", {"body": WORDS})

    sentence = "What was said here is erased, and the drafts with it. This text is not kept."
    assert (saved.status_code, saved.json()) == (409, {"problem": sentence})
    assert (attached.status_code, sentence in attached.content.decode()) == (409, True)
    assert (sent.status_code, sent.json()["code"], sent.json()["detail"]) == (409, "erased", sentence)
    assert not Draft.objects.exists()


def test_a_draft_outlives_a_change_of_department(held, agent, care):
    DraftFactory(conversation=held, author=agent, body="We")
    elsewhere = DepartmentFactory()
    Conversation.objects.update(department=elsewhere)

    saved = browser(agent).post(f"/conversations/{held.pk}/draft/", {"body": WORDS})

    assert (saved.status_code, Draft.objects.get().body) == (200, WORDS)
    assert WORDS in get(agent, address(held))


def test_who_never_wrote_there_begins_no_draft_in_another_department(held, ida):
    Conversation.objects.update(department=DepartmentFactory())

    assert browser(ida).post(f"/conversations/{held.pk}/draft/", {"body": WORDS}).status_code == 403
    assert not Draft.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_the_new_holder_uses_what_a_colleague_began(held, agent, ida, headers):
    begun = DraftFactory(conversation=held, author=ida, body=WORDS)
    assert "Ida Iversen began an answer" in get(agent, address(held))

    response = browser(agent, **headers).post(f"/conversations/{held.pk}/drafts/{begun.pk}/use/?from=mine")

    assert response.status_code == (200 if headers else 302)
    assert sorted(Draft.objects.values_list("author__name", "body")) == [("Anna Alm", WORDS), ("Ida Iversen", WORDS)]
    assert f"{WORDS}</textarea>" in get(agent, address(held))


def test_a_draft_of_another_conversation_is_not_found(held, agent, ida, care):
    elsewhere = DraftFactory(conversation=ConversationFactory(assigned=True, department=care), author=ida)
    empty = DraftFactory(conversation=held, author=ida, body="")

    for draft in (elsewhere, empty):
        assert browser(agent).post(f"/conversations/{held.pk}/drafts/{draft.pk}/use/").status_code == 404
    assert not Draft.objects.filter(author=agent).exists()


def test_an_earlier_version_is_read_and_restored_without_javascript(held, agent):
    draft = DraftFactory(conversation=held, author=agent, body="No.")
    version = DraftVersion.objects.create(draft=draft, body=WORDS, saved_at=NOON)
    page = get(agent, f"/conversations/{held.pk}/draft/versions/")
    assert WORDS in page
    assert f"/conversations/{held.pk}/draft/versions/{version.pk}/restore/" in page

    response = browser(agent).post(f"/conversations/{held.pk}/draft/versions/{version.pk}/restore/?from=mine")

    assert (response.status_code, response["Location"]) == (302, f"/inbox/mine/{held.pk}/")
    assert Draft.objects.get().body == WORDS
    assert list(DraftVersion.objects.order_by("pk").values_list("body", flat=True)) == [WORDS, "No."]


def test_versions_are_their_writers_alone(held, agent, ida):
    theirs = DraftFactory(conversation=held, author=ida, body="Mine")
    version = DraftVersion.objects.create(draft=theirs, body="Secret", saved_at=NOON)

    assert "Secret" not in get(agent, f"/conversations/{held.pk}/draft/versions/", **HTMX)
    url = f"/conversations/{held.pk}/draft/versions/{version.pk}/restore/"
    assert browser(agent).post(url).status_code == 404
    assert Draft.objects.get().body == "Mine"


def test_a_draft_under_a_stale_fence_is_kept_and_its_writer_told(held, agent, ida):
    Conversation.objects.update(holder=ida, fence=3)

    response = browser(agent).post(f"/conversations/{held.pk}/draft/", {"body": WORDS, "fence": 2})

    told = response.json()
    assert (response.status_code, told["problem"]) == (409, "Ida Iversen holds this conversation now.")
    assert (Draft.objects.get(author=agent).body, told["saved_at"]) == (WORDS, NOON.isoformat())


def test_two_tabs_keep_each_others_text(held, agent):
    client, one, other = browser(agent), str(uuid4()), str(uuid4())
    for key, body in [(one, "Hello"), (other, "Hi"), (one, "Hello you")]:
        response = client.post(f"/conversations/{held.pk}/draft/", {"body": body, "key": key, "fence": 2})
        assert response.status_code == 200

    assert Draft.objects.get().body == "Hello you"
    assert list(DraftVersion.objects.order_by("pk").values_list("body", flat=True)) == ["Hello", "Hi"]


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"body": "x" * 100_000}, "Ensure this value has at most 10000 characters (it has 100000)."),
        ({"body": "a\x00"}, "Null characters are not allowed."),
        ({"body": "a", "key": "none", "fence": "-1"}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_draft_that_cannot_be_kept_is_refused(held, agent, form, problem):
    response = browser(agent).post(f"/conversations/{held.pk}/draft/", form)

    assert response.status_code == 422
    assert problem in response.json()["problem"]
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (" \n ", "Write an answer first."),
        ("Hi\x07", "Line 1, character 3 is a control character (U+0007). Delete it."),
        ("Hi\n\u202ereverse", "Line 2, character 1 turns the direction of writing unseen (U+202E). Delete it."),
    ],
)
def test_an_answer_with_signs_that_nobody_means_is_kept_and_not_sent(held, agent, policy, body, sentence):
    response = browser(agent).post(f"/conversations/{held.pk}/send/", answer_form(held, policy, body=body))

    page = response.content.decode()
    assert (response.status_code, sentence in page, f"{body}</textarea>" in page) == (422, True, True)
    assert not Reply.objects.exists()


# Notes.


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_note_asks_a_department_on_the_page(held, agent, headers):
    press = DepartmentFactory(name="Press")
    pia = MembershipFactory(department=press, user__name="Pia").user
    form = {"key": str(uuid4()), "body": "Is this <b>true</b>?", "ask": f"department-{press.pk}"}

    response = browser(agent, **headers).post(f"/conversations/{held.pk}/notes/?from=mine", form)

    assert response.status_code == (200 if headers else 302)
    page = get(pia, "/inbox/asked/")
    assert rows_of(page) == [held.pk]
    assert '<span class="queue-label">Asked of you</span><span class="queue-count">1</span>' in page
    open_page = get(pia, f"/inbox/asked/{held.pk}/")
    assert "Is this &lt;b&gt;true&lt;/b&gt;?" in open_page
    assert "asks Press" in open_page
    assert "Your answer to Anna Alm" in open_page
    assert "Asked of you" not in get(agent, "/inbox/mine/")


def test_the_answer_to_a_note_ends_the_asking(held, agent, ida):
    note = NoteAskFactory(note__conversation=held, note__author=agent, person=ida).note

    response = browser(ida).post(
        f"/conversations/{held.pk}/notes/", {"key": str(uuid4()), "body": "Yes.", "answers": note.pk}
    )

    assert response.status_code == 302
    page = get(agent, address(held))
    assert "Ida Iversen answered" in page
    assert "answers Anna Alm" in page
    assert rows_of(get(ida, "/inbox/asked/")) == []


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_note_to_somebody_who_does_not_see_the_conversation_is_kept(held, agent, headers):
    pia = MembershipFactory(department=DepartmentFactory(name="Press"), user__name="Pia").user
    form = {"key": str(uuid4()), "body": "Is this true?", "ask": f"person-{pia.pk}"}

    response = browser(agent, **headers).post(f"/conversations/{held.pk}/notes/", form)

    page = response.content.decode()
    assert response.status_code == 422
    assert "Pia cannot see this conversation. Ask their department instead: Press." in page
    assert ("Is this true?</textarea>" in page) == (not headers)
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"body": " "}, 422, "Write a note first."),
        ({"ask": "person-0"}, 422, "Choose somebody from the list."),
        ({"ask": "department-x"}, 422, "Choose somebody from the list."),
        ({"answers": 10**9}, 422, "The note that you answer is not here. Load the page again."),
        ({"body": "x" * 100_000}, 422, "Ensure this value has at most 10000 characters (it has 100000)."),
        ({"key": "taken"}, 409, "This key belongs to another note. Make a new one."),
    ],
)
def test_a_note_that_cannot_be_written_says_why(held, agent, change, status, sentence):
    taken = NoteFactory(conversation=held, author=agent)
    taken.refresh_from_db()
    form = {"key": str(uuid4()), "body": "Is this true?", **change}
    if form["key"] == "taken":
        form["key"] = str(taken.key)

    response = browser(agent).post(f"/conversations/{held.pk}/notes/", form)

    assert (response.status_code, sentence in response.content.decode()) == (status, True)
    assert Note.objects.get() == taken


def test_the_form_of_a_note_comes_alone_and_as_a_page(held, agent, ida):
    part = get(agent, f"/conversations/{held.pk}/notes/", **HTMX)
    page = get(agent, f"/conversations/{held.pk}/notes/")

    assert ("<html" in part, "<html" in page) == (False, True)
    for shown in (part, page):
        assert f'<option value="person-{ida.pk}">Ida Iversen</option>' in shown


def test_notes_are_read_and_written_by_programs(held, agent, ida, time_machine):
    program, key = Program(agent), str(uuid4())

    first = program.post(f"conversations/{held.pk}/notes/", {"key": key, "body": "Is it?", "people": [ida.pk]})
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    again = program.post(f"conversations/{held.pk}/notes/", {"key": key, "body": "Is it?", "people": [ida.pk]})
    refused = program.post(
        f"conversations/{held.pk}/notes/", {"key": str(uuid4()), "body": "Yes.", "answers": first.json()["id"] + 1}
    )

    assert (first.status_code, again.status_code, refused.status_code) == (201, 200, 400)
    (listed,) = program.get(f"conversations/{held.pk}/notes/").json()["results"]
    assert listed == first.json()
    assert listed["asks"] == [
        {"person": {"id": ida.pk, "name": "Ida Iversen"}, "department": None, "answered_at": None}
    ]
    assert Note.objects.count() == 1


def test_a_program_keeps_a_draft_under_a_stale_fence_and_is_told(held, agent, ida):
    Conversation.objects.update(holder=ida, fence=3)

    response = Program(agent).ask("PUT", f"conversations/{held.pk}/draft/", {"body": WORDS, "fence": 2})

    assert response.status_code == 409
    assert response.json()["detail"] == "Ida Iversen holds this conversation now. Your draft is kept."
    assert Draft.objects.get(author=agent).body == WORDS


def test_signs_that_turn_the_direction_end_with_their_note_or_message(agent, care):
    profile = ProfileFactory(name="\u202eevil")
    conversation = ConversationFactory(assigned=True, department=care, profile=profile, snippet="\u202ereversed")
    NoteFactory(conversation=conversation, author=agent, body="\u202enote")
    ConcernFactory(conversation=conversation)

    page = get(agent, address(conversation))

    assert '<div class="message-text" dir="auto">\u202enote</div>' in page
    assert search(r'<div class="message-text" dir="auto"[^>]*>\u202ereversed</div>', page)
