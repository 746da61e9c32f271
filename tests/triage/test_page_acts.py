from html import unescape

import pytest

from teams.models import Department, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory, ProfileFactory
from tests.factories.teams import (
    NOON,
    AppointmentFactory,
    MembershipFactory,
)
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.hearing import hear, said
from tests.support.visiting import HTMX, answer_form, browser, get
from triage.models import Conversation, Decision, Draft, Event, Reply
from triage.states import ReplyState, Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


# Acts, with htmx and without.


def decision(care: Department, **change: object) -> dict[str, object]:
    return {
        "fence": 0,
        "disposition": "customer_service",
        "department": care.pk,
        "priority": 2,
        "visibility": "private",
        **change,
    }


NO_ANSWER = {"fence": 0, "disposition": "no_response", "reason": "spam", "priority": 3}
ACTS = [
    ("new", "owner", "decide", lambda care: decision(care), Stage.ASSIGNED),
    ("new", "owner", "decide", lambda care: NO_ANSWER, Stage.CLOSED),
    ("assigned", "agent", "claim", lambda care: {}, Stage.CLAIMED),
    ("claimed", "agent", "release", lambda care: {"fence": 2}, Stage.ASSIGNED),
    ("claimed", "agent", "wait", lambda care: {"fence": 2}, Stage.WAITING),
    ("claimed", "agent", "close", lambda care: {"fence": 2, "outcome": "thanked"}, Stage.CLOSED),
    ("closed", "agent", "reopen", lambda care: {}, Stage.ASSIGNED),
]


def stand(stage: str, care: Department, agent: User) -> Conversation:
    """Return a conversation of the department at a stage."""
    if stage == "new":
        return ConversationFactory()
    holder = {"holder": agent} if stage == "claimed" else {}
    return ConversationFactory(**{stage: True}, department=care, **holder)


@pytest.mark.parametrize(("stage", "actor", "act", "data", "then"), ACTS)
def test_an_act_without_javascript_leads_back_to_the_list(owner, agent, care, stage, actor, act, data, then):
    conversation = stand(stage, care, agent)
    user = {"owner": owner, "agent": agent}[actor]

    response = browser(user).post(f"/conversations/{conversation.pk}/{act}/?from=everything", data(care))

    conversation.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, f"/inbox/everything/{conversation.pk}/")
    assert conversation.stage == then


@pytest.mark.parametrize(("stage", "actor", "act", "data", "then"), ACTS)
def test_an_act_with_htmx_shows_the_conversation_as_it_is_now(owner, agent, care, stage, actor, act, data, then):
    conversation = stand(stage, care, agent)
    user = {"owner": owner, "agent": agent}[actor]

    response = browser(user, **HTMX).post(f"/conversations/{conversation.pk}/{act}/?from=everything", data(care))

    page = response.content.decode()
    assert (response.status_code, page.lstrip()[:8]) == (200, "<article")
    assert str(Stage(then).label).replace("'", "&#x27;") in page


REFUSED = [
    ("claimed", "agent", "claim", {}, 409, "Anna Alm holds this conversation."),
    ("claimed", "agent", "release", {"fence": 1}, 409, "You hold this conversation anew. Load the page again."),
    ("claimed", "agent", "release", {}, 422, "This page is too old. Load it again."),
    ("claimed", "agent", "wait", {"fence": "x"}, 422, "This page is too old. Load it again."),
    ("assigned", "agent", "wait", {"fence": 1}, 409, "You do not hold this conversation any more."),
    ("claimed", "agent", "close", {"fence": 2, "outcome": "merged"}, 422, "Choose how the conversation ended."),
    ("claimed", "owner", "close", {"fence": 2, "outcome": "thanked"}, 409, "Anna Alm holds this conversation now."),
    ("assigned", "agent", "reopen", {}, 409, "This conversation is not closed."),
    ("claimed", "agent", "send", {}, 422, "Write an answer first."),
]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize(("stage", "actor", "act", "data", "status", "sentence"), REFUSED)
def test_a_refused_act_says_why_and_changes_nothing(
    owner, agent, care, stage, actor, act, data, status, sentence, headers
):
    conversation = stand(stage, care, agent)
    user = {"owner": owner, "agent": agent}[actor]

    response = browser(user, **headers).post(f"/conversations/{conversation.pk}/{act}/", data)

    page = unescape(response.content.decode())
    assert (response.status_code, sentence in page, "<html" in page) == (status, True, not headers)
    assert Conversation.objects.get().stage == stage
    assert not Event.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_decision_whose_parts_do_not_fit_comes_back_as_it_was_filled_in(owner, care, headers):
    conversation = ConversationFactory()
    data = decision(care, visibility="", note="Call them <b>")

    response = browser(owner, **headers).post(f"/conversations/{conversation.pk}/decide/", data)

    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert "Choose whether the answer is public or private." in page
    assert 'value="Call them <b>"' in page
    assert response.headers.get("HX-Retarget") == ("#decision" if headers else None)
    assert not Decision.objects.exists()


def test_a_decision_that_came_too_late_says_so(owner, care):
    conversation = ConversationFactory(assigned=True, department=care)

    response = browser(owner).post(f"/conversations/{conversation.pk}/decide/", decision(care))

    assert response.status_code == 409
    assert "Somebody has decided on, claimed or closed this conversation a moment ago." in response.content.decode()
    assert not Decision.objects.exists()


# Answering.


def test_an_answer_is_queued(agent, held, policy):
    response = browser(agent).post(f"/conversations/{held.pk}/send/?from=mine", answer_form(held, policy, then="close"))

    reply = Reply.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/inbox/mine/{held.pk}/")
    assert (reply.body, reply.closes, reply.state) == ("On our way.", True, ReplyState.QUEUED)
    assert "On its way" in get(agent, f"/inbox/mine/{held.pk}/")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_an_answer_into_a_changed_world_is_kept_and_says_what_changed(agent, held, policy, headers):
    form = answer_form(held, policy, body="Too late")
    hear(held.channel, said("more", answers=last_heard(held).external_id))

    response = browser(agent, **headers).post(f"/conversations/{held.pk}/send/", form)

    page = response.content.decode()
    assert response.status_code == 409
    assert "There is a new message in this conversation." in page
    assert ("Too late</textarea>" in page) == (not headers)
    assert Draft.objects.get(author=agent).body == "Too late"
    assert not Reply.objects.exists()


def test_an_answer_that_is_too_long_is_kept(agent, held, policy):
    form = answer_form(held, policy, body="x" * 101)

    response = browser(agent).post(f"/conversations/{held.pk}/send/", form)

    page = response.content.decode()
    assert response.status_code == 422
    assert "The answer has 101 characters; this channel takes 100." in page
    assert f"{'x' * 101}</textarea>" in page
    assert not Reply.objects.exists()


def test_an_answer_without_attestation_is_forbidden_and_kept(care, policy):
    newcomer = MembershipFactory(department=care).user
    conversation = ConversationFactory(
        claimed=True, department=care, holder=newcomer, profile=ProfileFactory(channel__kind="scripted")
    )

    response = browser(newcomer).post(f"/conversations/{conversation.pk}/send/", answer_form(conversation, policy))

    assert response.status_code == 403
    assert "Read and attest the policy in force before you answer." in response.content.decode()
    assert Draft.objects.get().body == "On our way."
    assert not Reply.objects.exists()


def test_a_decision_without_attestation_is_forbidden_and_the_page_says_so(care, policy):
    newcomer = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    conversation = ConversationFactory()

    page = browser(newcomer).get(f"/conversations/{conversation.pk}/", follow=True).content.decode()
    response = browser(newcomer).post(f"/conversations/{conversation.pk}/decide/", decision(care))

    assert "Read and attest the policy in force before you decide." in page
    assert response.status_code == 403
    assert "Read and attest the policy in force before you decide." in response.content.decode()
    conversation.refresh_from_db()
    assert conversation.stage == Stage.NEW


def test_a_draft_is_saved_while_it_is_typed(agent, held):
    client = browser(agent)

    response = client.post(f"/conversations/{held.pk}/draft/", {"body": " On our \n"})

    length = {"used": 6, "limit": 100, "unit": "characters"}
    conduct = {"html": "", "can_skip": False, "must_ask": False}
    assert response.json() == {"saved_at": NOON.isoformat(), "length": length, "conduct": conduct}
    assert Draft.objects.get().body == " On our \n"
    refused = client.post(f"/conversations/{held.pk}/draft/", {"body": "x" * 10_001})
    assert refused.status_code == 422
    assert Draft.objects.get().body == " On our \n"


@pytest.mark.parametrize("finding", ["arrived", "missing", "look"])
def test_an_uncertain_answer_is_settled_on_the_page(agent, held, policy, finding):
    reply = ReplyFactory(conversation=held, policy_version=policy, uncertain=True)
    page = get(agent, f"/inbox/mine/{held.pk}/")
    assert f'action="/replies/{reply.pk}/settle/?from=mine"' in page

    response = browser(agent).post(f"/replies/{reply.pk}/settle/?from=mine", {"finding": finding})

    reply.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, f"/inbox/mine/{held.pk}/")
    assert reply.state == {"arrived": ReplyState.SENT}.get(finding, ReplyState.FAILED)


def test_a_failed_answer_is_tried_again_on_the_page(agent, held, policy):
    reply = ReplyFactory(conversation=held, policy_version=policy, failed=True)
    assert f'action="/replies/{reply.pk}/retry/?from=mine"' in get(agent, f"/inbox/mine/{held.pk}/")

    response = browser(agent).post(f"/replies/{reply.pk}/retry/?from=mine")

    reply.refresh_from_db()
    assert (response.status_code, reply.state) == (302, ReplyState.QUEUED)


@pytest.mark.parametrize("act", ["retry", "settle"])
def test_an_answer_in_another_department_is_not_found(agent, policy, act):
    reply = ReplyFactory(policy_version=policy, failed=True)

    assert browser(agent).post(f"/replies/{reply.pk}/{act}/").status_code == 404
    assert Reply.objects.get().state == ReplyState.FAILED


@pytest.mark.parametrize("act", ["claim", "release", "wait", "close", "send", "draft", "decide", "reopen"])
def test_a_listener_may_look_and_not_act(care, agent, policy, act):
    listener = MembershipFactory(department=care, role=Role.LISTENER).user
    conversation = ConversationFactory(claimed=True, department=care, holder=agent)

    response = browser(listener).post(f"/conversations/{conversation.pk}/{act}/", answer_form(conversation, policy))

    assert response.status_code == 403
    get(listener, f"/inbox/everything/{conversation.pk}/")
    assert not Event.objects.exists()
    assert not Draft.objects.exists()


def test_a_copy_is_taken_out_by_a_triage_owner(owner, agent):
    text = "Win a free Tavolund table now, just send your password to this address!"
    channel = ChannelFactory()
    (conversation,) = hear(channel, said("1", text), said("2", text, author="bert", url="https://net.example/2"))
    address = f"/inbox/everything/{conversation.pk}/"

    page = get(owner, address)
    copy = conversation.entries.get(is_copy=True).pk
    assert "and 1 copy" in page
    assert f"/conversations/{conversation.pk}/copies/{copy}/split/" in page
    assert "1 copy" in get(owner, "/inbox/everything/")

    response = browser(owner).post(f"/conversations/{conversation.pk}/copies/{copy}/split/?from=everything")
    again = browser(owner).post(f"/conversations/{conversation.pk}/copies/{copy}/split/", headers=HTMX)

    assert (response.status_code, response["Location"]) == (302, address)
    assert (again.status_code, Conversation.objects.count()) == (409, 2)
    assert "This message is no copy in this conversation any more." in again.content.decode()
    assert "and 1 copy" not in get(owner, address)
