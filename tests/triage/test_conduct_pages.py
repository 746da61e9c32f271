import pytest

from listening.connectors import registry
from teams.models import Department, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.api import Program
from tests.support.approving import TEXT, needs
from tests.support.changing import ChangingNetwork, out
from tests.support.ruling import asks, put_in_force, says
from tests.support.visiting import HTMX, answer_form, browser, get
from triage.models import Approval, Conversation, Draft, Reply

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

PHONE = "Call us at +49 30 1234567."
REFUND = "You get a refund."
NEVER = "We guarantee it."


@pytest.fixture
def policy():
    DepartmentFactory(slug="legal", name="Legal")
    return put_in_force(
        ("conduct", {"answer_has_personal_data": ["phone"]}, says("No numbers.", "block", may_skip=True)),
        ("conduct", {"answer_words": ["guarantee"]}, says("Promise <nothing>.", "block")),
        ("conduct", {"answer_words": ["refund"]}, says("Money.", "approval", approval=asks({"department": "legal"}))),
        ("approval", {"priority": [1], "visibility": ["public"]}, asks({"department": "legal"}, {"role": "manager"})),
    )


@pytest.fixture
def legal(policy) -> User:
    department = Department.objects.get(slug="legal")
    user = MembershipFactory(department=department, user__name="Lea Legal", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


def page_of(held: Conversation) -> str:
    return get(held.holder, f"/inbox/everything/{held.pk}/")


def write(held: Conversation, policy, body: str) -> dict:
    form = answer_form(held, policy, body=body)
    response = browser(held.holder).post(f"/conversations/{held.pk}/draft/", form)
    assert response.status_code == 200
    return response.json()["conduct"]


def test_what_the_rules_say_is_told_as_it_is_written(held, policy):
    assert "conduct-finding" not in write(held, policy, TEXT)["html"]
    told = write(held, policy, NEVER)

    assert "Promise &lt;nothing&gt;." in told["html"]
    assert "Cannot be sent" in told["html"]
    assert f'href="/policy/versions/{policy.number}/#clause-7.2"' in told["html"]
    assert (told["must_ask"], told["can_skip"]) == (False, False)


def test_whose_approval_the_words_need_is_told_as_they_are_written(held, policy):
    told = write(held, policy, REFUND)

    assert "Needs approval: Legal" in told["html"]
    assert "“refund”" in told["html"]
    assert told["must_ask"] is True


def test_the_page_shows_what_its_draft_says_and_what_can_be_done_with_it(held, policy):
    write(held, policy, REFUND)

    page = page_of(held)

    assert "Needs approval: Legal" in page
    assert '<span class="composer-acts" data-when-asking>' in page
    assert '<span class="composer-acts" data-when-free hidden>' in page


def test_where_the_decision_asks_no_words_make_it_free(held, policy, manager):
    needs(held, {"person": manager.pk})

    page = page_of(held)

    assert "data-when-asking>" in page
    assert "data-when-free" not in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_the_policy_does_not_allow_is_422_with_its_clause(held, policy, headers):
    form = answer_form(held, policy, body=NEVER)

    response = browser(held.holder).post(f"/conversations/{held.pk}/send/", form, headers=headers)

    page = response.content.decode()
    assert response.status_code == 422
    assert "The policy does not allow this answer; your draft is kept. Promise &lt;nothing&gt;. (clause 7.2)" in page
    assert not Reply.objects.exists()
    assert Draft.objects.get().body == NEVER


def test_who_sends_what_needs_approval_can_ask_for_it_there(held, policy, legal):
    form = answer_form(held, policy, body=REFUND)
    client = browser(held.holder)

    refused = client.post(f"/conversations/{held.pk}/send/?from=mine", form, headers=HTMX)
    asked = client.post(f"/conversations/{held.pk}/ask-approval/?from=mine", form)

    assert refused.status_code == 409
    assert f'formaction="/conversations/{held.pk}/ask-approval/?from=mine"' in refused.content.decode()
    assert asked.status_code == 302
    assert Approval.objects.get().state == "asked"


def test_an_approver_reads_which_clause_asks(held, policy, legal):
    browser(held.holder).post(f"/conversations/{held.pk}/ask-approval/", answer_form(held, policy, body=REFUND))

    page = get(legal, f"/approvals/{Approval.objects.get().pk}/")

    assert "clause 7.3" in page


def test_a_lead_is_offered_to_send_it_all_the_same(care, policy):
    lead = MembershipFactory(department=care, role=Role.LEAD).user
    AttestationFactory(user=lead, version=policy)
    held = ConversationFactory(claimed=True, department=care, holder=lead, profile__channel__kind="scripted")

    assert write(held, policy, PHONE)["can_skip"] is True
    assert write(held, policy, NEVER)["can_skip"] is False
    form = {**answer_form(held, policy, body=PHONE), "emergency": "It is our own number."}
    browser(lead).post(f"/conversations/{held.pk}/send/", form)

    assert Reply.objects.get().emergency == "It is our own number."
    told = "sent the answer although it goes against clause 7.1. Reason: It is our own number."
    assert told in page_of(held)


def test_a_correction_tells_what_the_rules_say(held, policy, agent, monkeypatch):
    monkeypatch.setitem(registry.CONNECTORS, "scripted", ChangingNetwork())
    answer = out(held, policy)
    page = get(agent, f"/replies/{answer.pk}/change/")
    fields = {"kind": "correction", "body": REFUND, "fence": 2, "after": 0, "policy_version": policy.pk}
    fields |= {"seen_mention": answer.answers_id, "key": "6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a12"}

    refused = browser(agent).post(f"/replies/{answer.pk}/change/", fields)

    assert "Needs approval" not in page
    assert refused.status_code == 409
    assert "Needs approval: Legal" in refused.content.decode()
    assert Reply.objects.count() == 1


def test_who_decides_is_told_whose_approval_the_answer_will_need(owner, care, policy):
    conversation = ConversationFactory(priority=1)
    sentence = "one of Legal, Manager (clause 7.4)"

    page = get(owner, f"/inbox/everything/{conversation.pk}/")
    fields = {"disposition": "customer_service", "visibility": "public", "department": care.pk, "priority": "1"}
    address = f"/conversations/{conversation.pk}/decision-needs/"
    private = browser(owner).post(address, fields | {"visibility": "private"})
    nonsense = browser(owner).post(address, {"department": "9" * 40, "priority": "x", "visibility": "public"})

    assert sentence in page
    assert (private.status_code, sentence in private.content.decode()) == (200, False)
    assert (nonsense.status_code, sentence in nonsense.content.decode()) == (200, True)


def test_programs_are_told_that_it_is_blocked(held, policy, agent):
    form = answer_form(held, policy, body=NEVER)
    answer = {"key": form["key"], "body": NEVER, "fence": 2, "mention": form["seen_mention"]}

    refused = Program(agent).post(f"conversations/{held.pk}/replies/", {**answer, "policy_version": policy.pk})

    assert (refused.status_code, refused.json()["code"]) == (400, "conduct_blocked")
    assert not Reply.objects.exists()
