"""Answers that cannot go out, by page and by program: what is said, and that nothing that was typed is lost."""

from html import unescape
from re import search
from uuid import uuid4

import pytest
from django.http import HttpResponse

from teams.models import User
from tests.factories.policies import AttestationFactory
from tests.factories.teams import MembershipFactory
from tests.support.api import Program
from tests.support.sending import kinds
from tests.support.visiting import HTMX, answer_form, browser, get
from triage.models import Conversation, Draft, Reply
from triage.services.sending import withdrawing
from triage.states import ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

BAD = {
    "too long for the network": ("x" * 101, "The answer has 101 characters; this channel takes 100."),
    "control character": ("Hi\x07", "Line 1, character 3 is a control character (U+0007). Delete it."),
    "turning": (
        "Hi \u202eyes",
        "Line 1, character 4 turns the direction of writing unseen (U+202E). Delete it.",
    ),
    "internal link": (
        "See http://10.0.0.5/wiki",
        "Line 1 links to 10.0.0.5, which nobody outside can open. Delete the link.",
    ),
}
EMPTY = {"empty": "", "only white space": " \n\t "}
HUGE = "x" * 100_000


def by_program(agent: User, conversation: Conversation, form: dict[str, object]) -> HttpResponse:
    """Send by a program what a page would send."""
    named = {name: value for name, value in form.items() if name != "seen_mention"} | {"mention": form["seen_mention"]}
    return Program(agent).post(f"conversations/{conversation.pk}/replies/", named)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize(("body", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_page_refuses_and_keeps_what_cannot_go_out(held, agent, policy, body, sentence, headers):
    response = browser(agent, **headers).post(f"/conversations/{held.pk}/send/", answer_form(held, policy, body=body))

    page = unescape(response.content.decode())
    assert (response.status_code, sentence in page) == (422, True)
    # With htmx the composer stays as it is, and the notice alone is swapped.
    assert (f"{body}</textarea>" in page) == (not headers)
    assert Draft.objects.get().body == body
    assert not Reply.objects.exists()


@pytest.mark.parametrize(("body", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_program_is_told_the_same_and_the_draft_is_kept(held, agent, policy, body, sentence):
    response = by_program(agent, held, answer_form(held, policy, body=body))

    assert (response.status_code, response.json()["fields"]) == (400, {"body": [sentence]})
    assert Draft.objects.get().body == body
    assert not Reply.objects.exists()


@pytest.mark.parametrize("body", EMPTY.values(), ids=EMPTY.keys())
def test_nothing_written_is_not_sent(held, agent, policy, body):
    form = answer_form(held, policy, body=body)
    response = browser(agent).post(f"/conversations/{held.pk}/send/", form)
    answer = by_program(agent, held, form)

    assert (response.status_code, "Write an answer first." in response.content.decode()) == (422, True)
    assert (answer.status_code, answer.json()["fields"]) == (400, {"body": ["This field may not be blank."]})
    assert not Reply.objects.exists()


def test_a_hundred_thousand_characters_are_shown_again_and_not_sent(held, agent, policy):
    form = answer_form(held, policy, body=HUGE)
    response = browser(agent).post(f"/conversations/{held.pk}/send/", form)
    answer = by_program(agent, held, form)

    page = response.content.decode()
    assert response.status_code == 422
    sentence = "Ensure this field has no more than 10000 characters."
    assert (answer.status_code, answer.json()["fields"]) == (400, {"body": [sentence]})
    assert "Ensure this value has at most 10000 characters (it has 100000)." in page
    assert f"{HUGE}</textarea>" in page
    assert not Reply.objects.exists()


# The back button after sending, and two tabs.


def test_the_back_button_and_the_same_words_are_the_answer_that_is_on_its_way(held, agent, policy):
    client, form = browser(agent), answer_form(held, policy)

    answers = [client.post(f"/conversations/{held.pk}/send/", form).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert Reply.objects.get().state == ReplyState.QUEUED
    assert (kinds(held), Draft.objects.get().body) == (["reply_queued"], "")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_the_back_button_and_other_words_are_told_that_an_answer_is_on_its_way(held, agent, policy, headers):
    client, form = browser(agent, **headers), answer_form(held, policy)
    client.post(f"/conversations/{held.pk}/send/", form)

    response = client.post(f"/conversations/{held.pk}/send/", {**form, "body": "And another thing."})

    page = response.content.decode()
    assert response.status_code == 409
    assert "This page has sent an answer already. What you have written now is kept as your draft." in page
    assert Reply.objects.get().body == "On our way."
    assert Draft.objects.get().body == "And another thing."


def test_the_back_button_does_not_pretend_to_send_what_was_taken_back(held, agent, policy):
    client, form = browser(agent), answer_form(held, policy)
    client.post(f"/conversations/{held.pk}/send/", form)
    withdrawing.withdraw_reply(reply_id=Reply.objects.get().pk, actor=agent, at=Reply.objects.get().queued_at)

    response = client.post(f"/conversations/{held.pk}/send/", form)

    page = response.content.decode()
    assert response.status_code == 409
    assert "This answer was taken back and did not leave. Look at it, then send it anew." in page
    assert "On our way.</textarea>" in page
    # The page that says so has a new key: from there it can be sent.
    fresh = search(r'name="key" value="([0-9a-f-]{36})"', page)
    again = client.post(f"/conversations/{held.pk}/send/", {**form, "key": fresh[1]})
    assert again.status_code == 302
    assert list(Reply.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "queued"]


def test_the_back_button_does_not_pretend_to_send_what_has_failed(held, agent, policy):
    client, form = browser(agent), answer_form(held, policy)
    client.post(f"/conversations/{held.pk}/send/", form)
    Reply.objects.update(state=ReplyState.FAILED)

    response = client.post(f"/conversations/{held.pk}/send/", form)

    assert response.status_code == 409
    assert "This answer did not go out. Look at why, then send it anew." in response.content.decode()
    assert Reply.objects.get().state == ReplyState.FAILED


def test_of_two_tabs_the_second_is_told_and_keeps_its_words(held, agent, policy):
    client = browser(agent)
    one, other = answer_form(held, policy), answer_form(held, policy, body="From the other tab.", key=str(uuid4()))
    client.post(f"/conversations/{held.pk}/send/", one)

    response = client.post(f"/conversations/{held.pk}/send/", other)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Another answer is on its way. Wait until its fate is known." in page
    assert Reply.objects.get().body == "On our way."
    assert Draft.objects.get().body == "From the other tab."
    assert "From the other tab.</textarea>" in get(agent, f"/inbox/mine/{held.pk}/")


def test_a_tab_from_before_the_pen_changed_hands_is_told_and_keeps_its_words(held, agent, care, policy):
    form = answer_form(held, policy, body="Mine.")
    ida = MembershipFactory(department=care, user__name="Ida Iversen", user__wants_email=False).user
    AttestationFactory(user=ida, version=policy)
    Conversation.objects.update(holder=ida, fence=3)

    response = browser(agent).post(f"/conversations/{held.pk}/send/", form)
    answer = by_program(agent, held, {**form, "key": str(uuid4())})

    page = response.content.decode()
    assert (response.status_code, answer.status_code) == (409, 409)
    assert "You do not hold this conversation any more. Your draft is kept." in page
    # The truth: who answers it now.
    assert "Ida Iversen answers this conversation." in page
    assert answer.json()["conversation"]["holder"]["name"] == "Ida Iversen"
    assert Draft.objects.get(author=agent).body == "Mine."
    assert not Reply.objects.exists()
