from typing import Any

import pytest

from teams.models import Appointment, Membership, User
from teams.roles import Role
from tests.factories.pen import SavedAnswerFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import MembershipFactory
from tests.factories.triage import ConversationFactory, DecisionFactory
from tests.support.api import Program
from tests.support.approving import LATER, TEXT, approve, ask, kinds, needs, state_of
from tests.support.visiting import HTMX, answer_form, browser, get
from triage.models import Approval, Conversation, Decision, Draft, Reply
from triage.services.approving import asks, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

OTHER = "We are sorry. A colleague calls you today."


def page_of(held: Conversation) -> str:
    return get(held.holder, f"/inbox/everything/{held.pk}/")


def test_the_composer_asks_for_approval_where_the_decision_does(held, manager):
    needs(held, {"person": manager.pk})

    page = page_of(held)

    assert f'action="/conversations/{held.pk}/ask-approval/?from=everything"' in page
    assert "Mia Manager has to approve this answer before it goes out." in page
    assert "Ask for approval" in page
    assert "Send and close" not in page
    assert "Emergency" not in page


def test_the_composer_sends_where_nobody_has_to_approve(held):
    page = page_of(held)

    assert f'action="/conversations/{held.pk}/send/?from=everything"' in page
    assert "approv" not in page.lower().replace("approvals.css", "")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_asking_shows_that_the_text_waits(held, policy, manager, headers):
    needs(held, {"person": manager.pk})
    client = browser(held.holder)

    response = client.post(
        f"/conversations/{held.pk}/ask-approval/?from=everything",
        answer_form(held, policy, body=TEXT),
        headers=headers,
        follow=True,
    )

    page = response.content.decode()
    assert response.status_code == 200
    assert "This text waits for approval." in page
    assert "<textarea readonly" in page
    assert TEXT in page
    assert Approval.objects.get().body == TEXT


def test_asking_with_nothing_written_is_422(held, policy, manager):
    needs(held, {"person": manager.pk})

    response = browser(held.holder).post(
        f"/conversations/{held.pk}/ask-approval/", answer_form(held, policy, body="  "), headers=HTMX
    )

    assert response.status_code == 422
    assert "Write an answer first." in response.content.decode()
    assert not Approval.objects.exists()


def test_sending_what_is_not_approved_is_409_and_keeps_the_text(held, policy, manager):
    needs(held, {"person": manager.pk})

    response = browser(held.holder).post(f"/conversations/{held.pk}/send/", answer_form(held, policy, body=TEXT))

    assert response.status_code == 409
    assert "This answer needs approval before it is sent." in response.content.decode()
    assert TEXT in response.content.decode()
    assert not Reply.objects.exists()


def test_what_is_approved_can_be_sent_as_it_stands(held, policy, manager):
    needs(held, {"person": manager.pk})
    approve(ask(held, policy), manager)

    page = page_of(held)
    response = browser(held.holder).post(f"/conversations/{held.pk}/send/", answer_form(held, policy, body=TEXT))

    assert "This text is approved: send it as it stands. Changing it withdraws the approval." in page
    assert response.status_code == 302
    assert Reply.objects.get().body == TEXT


def test_the_author_takes_another_text_on_the_page(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    verdicts.approve_with_edit(approval_id=approval.pk, approver=manager, body=OTHER, note="Warmer.", at=LATER)

    page = page_of(held)
    response = browser(held.holder).post(f"/approvals/{approval.pk}/take/?from=everything", follow=True)

    assert OTHER in page
    assert "Warmer." in page
    assert "This text is approved" in response.content.decode()


def test_the_author_reads_why_it_was_rejected(held, policy, manager):
    needs(held, {"person": manager.pk})
    verdicts.reject(approval_id=ask(held, policy).pk, approver=manager, note="Too cold.", at=LATER)

    page = page_of(held)

    assert "It was rejected. Change the text and ask again." in page
    assert "Too cold." in page
    assert "<textarea readonly" not in page


def test_a_lead_is_offered_the_emergency_and_its_reason_is_in_the_history(held, policy, manager):
    needs(held, {"person": manager.pk})
    Membership.objects.filter(user=held.holder).update(role=Role.LEAD)

    page = page_of(held)
    response = browser(held.holder).post(
        f"/conversations/{held.pk}/send/", answer_form(held, policy, body=TEXT, emergency="Gas is leaking.")
    )

    assert "Emergency: send without approval" in page
    assert response.status_code == 302
    assert "sent the answer without approval, in an emergency. Reason: Gas is leaking." in page_of(held)


def test_an_approver_finds_what_waits_and_reads_it_without_seeing_the_inbox(held, policy, legal):
    needs(held, {"person": legal.pk})
    approval = ask(held, policy)

    listed = get(legal, "/approvals/")
    page = get(legal, f"/approvals/{approval.pk}/")

    assert f'href="/approvals/{approval.pk}/"' in listed
    assert TEXT in listed
    assert (TEXT in page, held.snippet in page) == (True, True)
    assert page.count('<li class="thread-day">') == 1
    assert get(legal, f"/conversations/{held.pk}/", 404)


def test_what_came_before_a_new_version_can_only_be_rejected(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    address = f"/approvals/{approval.pk}/"
    assert 'value="approve"' in get(manager, address)
    Approval.objects.filter(pk=approval.pk).update(policy_version=PolicyVersionFactory())

    page = get(manager, address)

    assert "its author has to ask again" in page
    assert ('value="approve"' in page, 'value="edit"' in page, 'value="reject"' in page) == (False, False, True)
    assert "Out of date" in get(manager, "/approvals/")


def test_the_menu_counts_what_waits_for_those_who_are_asked(held, policy, manager, owner):
    needs(held, {"person": manager.pk})
    ask(held, policy)

    assert 'href="/approvals/"' in get(manager, "/inbox/everything/")
    assert 'href="/approvals/"' not in get(owner, "/inbox/everything/")


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"verdict": "approve"}, "approved"),
        ({"verdict": "edit", "body": OTHER, "note": "Warmer."}, "edited"),
        ({"verdict": "reject", "note": "Too cold."}, "rejected"),
    ],
)
def test_an_approver_says_their_word(held, policy, manager, form, state):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    response = browser(manager).post(f"/approvals/{approval.pk}/verdict/", form)

    assert (response.status_code, response["Location"]) == (302, "/approvals/")
    assert state_of(approval) == state


@pytest.mark.parametrize("form", [{}, {"verdict": "maybe"}, {"verdict": "reject"}, {"verdict": "edit", "body": TEXT}])
def test_what_is_no_word_is_422_and_keeps_what_was_typed(held, policy, manager, form):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    response = browser(manager).post(f"/approvals/{approval.pk}/verdict/", {"note": "", **form})

    assert response.status_code == 422
    assert state_of(approval) == "asked"
    assert kinds(held) == ["approval_asked"]


def test_the_second_approver_gets_409_with_the_truth_and_their_text(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk})
    approval = ask(held, policy)
    approve(approval, legal)

    response = browser(manager).post(
        f"/approvals/{approval.pk}/verdict/", {"verdict": "edit", "body": OTHER, "note": "Warmer."}
    )

    assert response.status_code == 409
    assert "Lea Legal approved this answer a moment ago." in response.content.decode()
    assert approval.steps.get(person=manager).verdict == ""


def decision(**change: object) -> dict[str, object]:
    return {
        "fence": 0,
        "disposition": "customer_service",
        "priority": 2,
        "visibility": "public",
        "approval_mode": "all",
        **change,
    }


def test_a_decision_names_approvers_in_their_order(owner, care, manager):
    conversation = ConversationFactory()
    form = decision(
        department=care.pk,
        approval_1=f"Mia Manager · {manager.email}",
        approval_2="Customer care · department",
        approval_4="manager",
        approval_mode="in_order",
    )

    response = browser(owner).post(f"/conversations/{conversation.pk}/decide/", form)

    assert response.status_code == 302
    assert Decision.objects.get().approval == {
        "mode": "in_order",
        "asked": [{"person": manager.pk}, {"department": care.pk}, {"role": "manager"}],
    }


def test_a_decision_that_names_nobody_known_is_422(owner, care):
    conversation = ConversationFactory()

    response = browser(owner).post(
        f"/conversations/{conversation.pk}/decide/", decision(department=care.pk, approval_1="Nobody At All")
    )

    assert response.status_code == 422
    assert "Nobody who may approve is called so." in response.content.decode()
    assert not Decision.objects.exists()


def test_deciding_again_keeps_whose_approval_is_needed(owner, care, manager, policy):
    conversation = ConversationFactory(assigned=True, department=care)
    approval = {"mode": "all", "asked": [{"person": manager.pk}, {"role": "manager"}]}
    DecisionFactory(conversation=conversation, department=care, policy_version=policy, approval=approval)

    page = get(owner, f"/inbox/everything/{conversation.pk}/")

    assert f'value="Mia Manager · {manager.email}"' in page


def test_the_api_decides_asks_approves_and_sends(owner, care, agent, policy, manager):
    conversation = ConversationFactory(profile__channel__kind="scripted")
    where = f"conversations/{conversation.pk}"
    choice: dict[str, Any] = {"disposition": "customer_service", "department": "care", "visibility": "public"}
    needed = {"mode": "any", "asked": [{"role": "manager"}]}

    decided = Program(owner).post(f"{where}/decisions/", {**choice, "fence": 0, "approval": needed})
    Program(agent).post(f"{where}/claim/")
    form = answer_form(Conversation.objects.get(), policy, body=TEXT)
    answer = {
        "key": form["key"],
        "body": TEXT,
        "fence": 2,
        "mention": form["seen_mention"],
        "policy_version": policy.pk,
    }
    refused = Program(agent).post(f"{where}/replies/", answer)
    asked = Program(agent).post(f"{where}/approvals/", {key: answer[key] for key in answer if key != "key"})
    waiting = Program(manager).get("approvals/")
    given = Program(manager).post(f"approvals/{asked.json()['id']}/verdict/", {"verdict": "approved"})
    sent = Program(agent).post(f"{where}/replies/", answer)

    assert (decided.status_code, decided.json()["approval"]) == (201, needed)
    assert (refused.status_code, refused.json()["code"]) == (409, "approval_needed")
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    assert [one["id"] for one in waiting.json()["results"]] == [asked.json()["id"]]
    assert (given.status_code, given.json()["state"], given.json()["steps"][0]["asks"]) == (200, "approved", "Manager")
    assert (sent.status_code, sent.json()["approval"]) == (201, asked.json()["id"])


def test_a_listener_has_no_approvals(care):
    listener = MembershipFactory(department=care, role=Role.LISTENER).user

    assert get(User.objects.get(pk=listener.pk), "/approvals/", 403)


@pytest.mark.parametrize("count", [1, 3])
def test_the_approvals_cost_the_same_however_many_wait(agent, care, policy, manager, count, django_assert_num_queries):
    for _ in range(count):
        held = ConversationFactory(claimed=True, department=care, holder=agent, profile__channel__kind="scripted")
        needs(held, {"person": manager.pk})
        ask(held, policy)
    client = browser(manager)

    with django_assert_num_queries(6):  # the person, their rights, approvals, bell
        page = client.get("/approvals/").content.decode()

    assert page.count(TEXT) == count


def test_a_second_click_on_approve_is_409_with_the_truth(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    client = browser(manager)
    client.post(f"/approvals/{approval.pk}/verdict/", {"verdict": "approve"})

    response = client.post(f"/approvals/{approval.pk}/verdict/", {"verdict": "approve"})

    assert response.status_code == 409
    assert "Mia Manager approved this answer a moment ago." in response.content.decode()
    assert kinds(held) == ["approval_asked", "approval_given"]


@pytest.mark.parametrize("is_approved", [False, True])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_saved_answer_does_not_get_into_a_text_that_is_before_approvers(held, policy, manager, is_approved, headers):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    if is_approved:
        approve(approval, manager)
    answer = SavedAnswerFactory(body="Turn it off and on.")

    response = browser(held.holder).post(
        f"/conversations/{held.pk}/answers/{answer.pk}/insert/?from=mine", {"body": TEXT}, headers=headers, follow=True
    )

    page = response.content.decode()
    assert response.status_code == (409 if headers else 200)
    assert "This text is before those who approve it. Withdraw it to change the text." in page
    assert "Turn it off" not in page
    assert Draft.objects.get().body == TEXT
    assert f"/conversations/{held.pk}/answers/" not in page_of(held)


def test_a_saved_answer_gets_in_again_once_the_text_is_withdrawn(held, policy, manager):
    needs(held, {"person": manager.pk})
    asks.withdraw_approval(approval_id=ask(held, policy).pk, author=held.holder, at=LATER)
    answer = SavedAnswerFactory(body="Turn it off and on.")

    response = browser(held.holder).post(
        f"/conversations/{held.pk}/answers/{answer.pk}/insert/", {"body": TEXT}, headers=HTMX
    )

    assert response.status_code == 200
    assert Draft.objects.get().body == f"{TEXT}\n\nTurn it off and on."
    assert f"/conversations/{held.pk}/answers/" in page_of(held)


def test_who_lost_the_right_meanwhile_is_refused_by_page_and_by_program(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    client, program = browser(manager), Program(manager)
    assert client.get(f"/approvals/{approval.pk}/").status_code == 200
    Appointment.objects.filter(user=manager).delete()

    by_page = client.post(f"/approvals/{approval.pk}/verdict/", {"verdict": "approve"})
    by_program = program.post(f"approvals/{approval.pk}/verdict/", {"verdict": "approved"})

    assert (by_page.status_code, by_program.status_code) == (403, 403)
    assert state_of(approval) == "asked"
    assert kinds(held) == ["approval_asked"]
