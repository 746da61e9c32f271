import json
from html import unescape

import pytest
from django.test import override_settings

from tests.factories.teams import MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.visiting import HTMX, browser
from triage.models import Conversation, HandOver
from triage.services.decisions import following
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

SPAM = {"fence": 0, "disposition": "no_response", "reason": "spam", "priority": 3}


def test_a_decision_offers_its_way_back_beside_the_conversation(owner):
    conversation = ConversationFactory()

    page = browser(owner).post(f"/conversations/{conversation.pk}/decide/?from=everything", SPAM, headers=HTMX)

    text = page.content.decode()
    assert f'data-conversation="{conversation.pk}"' in text
    toast = text[text.index('<div id="toast"') :]
    assert "Decided." in toast
    assert f'action="/conversations/{conversation.pk}/undo/?from=everything"' in toast
    assert 'name="fence" value="1"' in toast
    assert 'data-shortcut="z"' in toast


def test_a_page_that_goes_on_gets_the_sentence_alone(owner):
    conversation = ConversationFactory()

    page = browser(owner).post(
        f"/conversations/{conversation.pk}/decide/?from=everything", SPAM, headers={**HTMX, "Goes-On": "1"}
    )

    assert page["HX-Reswap"] == "none"
    assert json.loads(page["HX-Trigger"]) == {"flow:done": {"conversation": conversation.pk}}
    assert page.content.startswith(b'<div id="toast" hx-swap-oob="innerHTML">')
    assert b"data-conversation" not in page.content


def test_without_javascript_the_notice_has_the_way_back(owner):
    conversation = ConversationFactory()
    visitor = browser(owner)
    visitor.post(f"/conversations/{conversation.pk}/decide/?from=everything", SPAM)

    page = visitor.get(f"/inbox/everything/{conversation.pk}/").content.decode()

    notice = page[page.index('id="toast"') : page.index('id="messages"')]
    assert f'action="/conversations/{conversation.pk}/undo/?from=everything"' in notice
    visitor.post(f"/conversations/{conversation.pk}/undo/?from=everything", {"fence": 1, "undo": 1})
    conversation.refresh_from_db()
    assert conversation.stage == Stage.NEW


def test_what_is_undone_is_looked_at(owner):
    conversation = ConversationFactory()
    visitor = browser(owner)
    visitor.post(f"/conversations/{conversation.pk}/decide/?from=everything", SPAM)

    page = visitor.post(
        f"/conversations/{conversation.pk}/undo/?from=everything", {"fence": 1, "undo": 1}, headers=HTMX
    )

    assert page["HX-Push-Url"] == f"/inbox/everything/{conversation.pk}/"
    assert "Your decision is taken back." in page.content.decode()


def test_what_cannot_be_undone_any_more_says_why(owner):
    conversation = ConversationFactory()
    visitor = browser(owner)
    visitor.post(f"/conversations/{conversation.pk}/decide/?from=everything", SPAM)
    visitor.post(f"/conversations/{conversation.pk}/reopen/?from=everything")

    page = visitor.post(
        f"/conversations/{conversation.pk}/undo/?from=everything", {"fence": 1, "undo": 1}, headers=HTMX
    )

    assert page.status_code == 409
    assert "Somebody has gone on with it" in page.content.decode()


@pytest.mark.parametrize(
    ("stage", "act", "data", "back"),
    [
        ("assigned", "claim", {}, "release"),
        ("claimed", "release", {"fence": 2}, "claim"),
        ("claimed", "close", {"fence": 2, "outcome": "resolved"}, "undo-closing"),
        ("claimed", "wait", {"fence": 2}, "undo-waiting"),
    ],
)
def test_an_act_of_a_responder_is_taken_back(agent, care, stage, act, data, back):
    holder = {"holder": agent} if stage == "claimed" else {}
    conversation = ConversationFactory(**{stage: True}, department=care, **holder)
    visitor = browser(agent)

    page = visitor.post(f"/conversations/{conversation.pk}/{act}/?from=mine", data, headers=HTMX).content.decode()

    conversation.refresh_from_db()
    address = f"/conversations/{conversation.pk}/{back}/?from=mine"
    assert f'action="{address}"' in page
    visitor.post(address, {"fence": conversation.fence, "undo": 1})
    conversation.refresh_from_db()
    assert conversation.stage == stage


def test_what_a_colleague_is_asked_is_taken_back(agent, care, policy):
    held = ConversationFactory(claimed=True, department=care, holder=agent)
    colleague = MembershipFactory(department=care).user
    visitor = browser(agent)
    sent = {"fence": 2, "taker": colleague.pk, "note": ""}

    page = visitor.post(f"/conversations/{held.pk}/hand-over/?from=mine", sent, headers=HTMX).content.decode()

    asked = HandOver.objects.get()
    address = f"/hand-overs/{asked.pk}/withdraw/?from=mine"
    assert f'action="{address}"' in page[page.index('<div id="toast"') :]
    visitor.post(address, {"undo": 1})
    asked.refresh_from_db()
    assert asked.answer == HandOver.Answer.WITHDRAWN


def test_the_suggestion_is_followed_with_one_press(owner, care):
    suggestion = {
        "priority": 2,
        "disposition": "customer_service",
        "department": care.slug,
        "visibility": "public",
        "score": 50,
        "because": [{"clause_label": "1", "rule": "All", "evidence": [], "gave": []}],
    }
    conversation = ConversationFactory(suggestion=suggestion)
    visitor = browser(owner)

    page = visitor.get(f"/inbox/everything/{conversation.pk}/").content.decode()
    seal = following.seal_of(suggestion)
    assert "Decide so" in page
    assert f'name="seal" value="{seal}"' in page
    Conversation.objects.update(suggestion={**suggestion, "because": []})
    visitor.post(f"/conversations/{conversation.pk}/follow/?from=everything", {"fence": 0, "seal": seal})

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.department) == (Stage.ASSIGNED, care)


def test_the_form_names_what_was_suggested(owner, care):
    told = ConversationFactory(suggestion={"priority": 2, "department": care.slug, "tags": [], "because": []})
    silent = ConversationFactory()
    visitor = browser(owner)

    assert 'data-suggested="priority department"' in visitor.get(f"/inbox/everything/{told.pk}/").content.decode()
    assert "data-suggested" not in visitor.get(f"/inbox/everything/{silent.pk}/").content.decode()


def test_a_suggestion_that_leaves_something_open_says_so_instead(owner):
    suggestion = {
        "priority": 2,
        "disposition": "public_response",
        "score": 50,
        "because": [{"clause_label": "1", "rule": "All", "evidence": [], "gave": []}],
    }
    conversation = ConversationFactory(suggestion=suggestion)

    page = browser(owner).get(f"/inbox/everything/{conversation.pk}/").content.decode()

    assert "Decide so" not in page
    assert "The suggestion names no department. Choose one." in unescape(page)


def test_the_departments_are_listed_for_the_palette(owner, care):
    conversation = ConversationFactory()

    page = browser(owner).get(f"/conversations/{conversation.pk}/departments/").content.decode()

    assert f'<li data-value="{care.pk}">{care.name}</li>' in page


@override_settings(SEND_UNDO_SECONDS=0)
def test_practice_and_sent_answers_offer_no_way_back(owner):
    conversation = ConversationFactory(learner=owner)

    page = browser(owner).post(f"/conversations/{conversation.pk}/decide/?from=everything", SPAM, headers=HTMX)

    assert page.status_code == 200
    assert "/undo/" not in page.content.decode()
    assert Conversation.objects.get().stage == Stage.CLOSED
