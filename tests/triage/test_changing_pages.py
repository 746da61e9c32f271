from uuid import uuid4

import pytest

from listening.connectors import registry
from listening.connectors.base import OutcomeUnknown, PermanentFailure
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.support.api import Program
from tests.support.approving import approve, needs
from tests.support.changing import LATER, NEW, OLD, ChangingNetwork, correct, out, remove
from tests.support.network import raising
from tests.support.sending import deliver, fresh
from tests.support.visiting import HTMX, browser, get
from triage.history.changes import change_sentence
from triage.history.sentences import read_history
from triage.models import Approval, Event, Reply
from triage.services import checking
from triage.states import ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def network(monkeypatch) -> ChangingNetwork:
    made = ChangingNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def answer(held, policy) -> Reply:
    return out(held, policy)


@pytest.fixture
def lead(care, policy):
    user = MembershipFactory(department=care, role=Role.LEAD, user__name="Lou Lead", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


def form(answer: Reply, policy, **change: object) -> dict[str, object]:
    return {
        "kind": "correction",
        "body": NEW,
        "key": str(uuid4()),
        "fence": 2,
        "seen_mention": answer.answers_id,
        "policy_version": policy.pk,
        "after": 0,
        **change,
    }


def page_of(answer: Reply) -> str:
    return f"/replies/{answer.pk}/change/"


def thread(user, answer: Reply) -> str:
    return get(user, f"/inbox/everything/{answer.conversation_id}/")


def post(user, answer: Reply, sent: dict[str, object], status: int = 302):
    response = browser(user).post(f"{page_of(answer)}?from=everything", sent)
    assert response.status_code == status
    return response


def test_the_thread_leads_to_the_page_of_who_may_change_it(answer, agent, lead, care, owner, policy):
    colleague = MembershipFactory(department=care).user
    address = f"{page_of(answer)}?from=everything"

    assert [address in thread(person, answer) for person in (agent, lead, owner, colleague)] == [
        True,
        True,
        True,
        False,
    ]


def test_the_page_shows_the_answer_and_both_ways(answer, agent):
    page = get(agent, page_of(answer))

    assert page.count(OLD) == 2
    assert "Correct the answer" in page
    assert "Remove the answer" in page


def test_a_correction_is_sent_from_the_page(answer, agent, policy, network):
    response = post(agent, answer, form(answer, policy))

    assert response["Location"] == f"/inbox/everything/{answer.conversation_id}/"
    change = answer.changes.get()
    assert (change.kind, change.body, change.author) == ("correction", NEW, agent)
    deliver(change, network, NOON)
    page = thread(agent, answer)
    assert ">Corrected</span>" in page
    assert "Corrected by Anna Alm on" in page
    assert OLD in page
    assert NEW in page
    assert "What it said before" in get(agent, page_of(answer))


def test_a_removal_is_sent_from_the_page_and_its_text_can_be_unfolded(answer, agent, policy, network):
    post(agent, answer, form(answer, policy, kind="removal", reason="It was wrong."))

    deliver(answer.changes.get(), network, NOON)
    page = thread(agent, answer)
    assert ">Removed</span>" in page
    assert "Reason: It was wrong." in page
    assert OLD in page
    assert page_of(answer) not in page
    assert "The answer is not on the network any more." in get(agent, page_of(answer))


def test_what_is_on_its_way_can_be_taken_back(answer, agent, policy, settings):
    settings.SEND_UNDO_SECONDS = 10
    response = browser(agent).post(page_of(answer), form(answer, policy), follow=True)
    page = response.content.decode()
    change = answer.changes.get()

    assert "This happens in 10 seconds. Until then you can take it back." in page
    assert f"/replies/{change.pk}/withdraw/" in page
    assert "Corrects an answer that is out." in page
    taken = browser(agent).post(f"/replies/{change.pk}/withdraw/", follow=True)
    assert "Nothing was changed: the answer stays as it is." in taken.content.decode()
    assert fresh(change).state == ReplyState.WITHDRAWN
    assert NEW in get(agent, page_of(answer))


def test_what_was_typed_stays_when_it_is_refused(answer, agent, policy):
    page = post(agent, answer, form(answer, policy, body="x" * 101), 422).content.decode()
    assert "x" * 101 in page
    assert "this channel takes 100" in page

    page = post(agent, answer, form(answer, policy, policy_version=policy.pk + 1), 409).content.decode()
    assert NEW in page
    assert "A new version of the policy has come into force." in page

    page = post(agent, answer, form(answer, policy, kind="nonsense"), 422).content.decode()
    assert OLD in page
    assert not answer.changes.exists()


def test_the_page_says_why_a_network_lets_nobody_edit(answer, agent, network):
    network.says_no_edit = "This network lets nobody edit."

    page = get(agent, page_of(answer))

    assert "This network lets nobody edit." in page
    assert "Correct the answer" not in page
    assert "Remove the answer" in page


def test_a_double_click_is_one_change_and_the_back_button_is_told(answer, agent, policy, network):
    sent = form(answer, policy)
    post(agent, answer, sent)
    post(agent, answer, sent)
    deliver(answer.changes.get(), network, NOON)

    post(agent, answer, {**sent, "key": str(uuid4())}, 409)

    assert answer.changes.count() == 1


def test_an_uncertain_change_asks_what_is_seen_there(answer, agent, network):
    change = correct(answer, agent)
    network.before = raising(OutcomeUnknown("It broke off."))
    deliver(change, network, LATER)

    page = thread(agent, answer)
    assert "It may or may not have been corrected. What do you see there?" in page
    assert "Correction: uncertain" in page
    response = browser(agent).post(f"/replies/{change.pk}/settle/", {"finding": "arrived"}, headers=HTMX)

    assert response.status_code == 200
    assert fresh(change).state == ReplyState.SENT


def test_a_failed_change_is_tried_again_or_left(answer, lead, network):
    change = remove(answer, lead)
    network.before = raising(PermanentFailure("No."))
    deliver(change, network, LATER)
    network.before = lambda: None

    page = thread(lead, answer)
    assert f"/replies/{change.pk}/retry/" in page
    assert f"{page_of(answer)}?from=everything" in page
    assert "send_anyway" not in page
    assert browser(lead).post(f"/replies/{change.pk}/retry/", {"fence": 2}).status_code == 302
    assert deliver(change, network, NOON) is True


def test_approval_is_asked_for_and_given_on_the_pages(answer, agent, policy, manager, network):
    needs(answer.conversation, {"person": manager.pk})
    page = get(agent, page_of(answer))
    assert "Ask for approval" in page
    assert "Correct the answer" not in page

    response = post(agent, answer, form(answer, policy, then="ask"))
    approval = Approval.objects.get()
    assert response["Location"] == f"{page_of(answer)}?from=everything"
    assert "corrects an answer to" in get(manager, "/approvals/")
    asked = get(manager, f"/approvals/{approval.pk}/")
    assert "An answer that is out, to be corrected" in asked
    assert OLD in asked
    approve(approval, manager)

    assert "Correct the answer" in get(agent, page_of(answer))
    post(agent, answer, form(answer, policy))
    assert answer.changes.get().approval == approval


def test_asking_is_withdrawn_on_the_page(answer, agent, policy, manager):
    needs(answer.conversation, {"person": manager.pk})
    post(agent, answer, form(answer, policy, kind="removal", reason="Wrong.", then="ask"))
    approval = Approval.objects.get()

    response = browser(agent).post(f"/approvals/{approval.pk}/withdraw/?from=everything")

    assert response["Location"] == f"{page_of(answer)}?from=everything"
    approval.refresh_from_db()
    assert approval.state == "withdrawn"
    assert browser(agent).post(f"/approvals/{approval.pk}/withdraw/").status_code == 409


def test_the_record_tells_of_every_change_in_words(answer, agent, network):
    remove_first = remove(answer, agent)
    Reply.objects.filter(pk=remove_first.pk).update(state="failed")
    deliver(correct(answer, agent), network, LATER)
    deliver(remove(answer, agent), network, LATER)

    assert [line.text for line in read_history(answer.conversation).lines] == [
        "The answer was removed by Anna Alm.",
        "Anna Alm asked for the removal of an answer. Reason: It was wrong.",
        "The answer was corrected by Anna Alm.",
        "Anna Alm sent a correction of an answer on its way.",
        "Anna Alm asked for the removal of an answer. Reason: It was wrong.",
    ]


@pytest.mark.parametrize("kind", ["correction", "removal"])
@pytest.mark.parametrize(
    ("event", "more"),
    [
        ("change_queued", {}),
        ("change_failed", {}),
        ("change_failed", {"failure": "changed"}),
        ("change_failed", {"failure": "stopped"}),
        ("change_uncertain", {}),
        ("change_settled", {"verdict": "there"}),
        ("change_settled", {"verdict": "not_there"}),
        ("change_withdrawn", {}),
    ],
)
def test_every_event_of_a_change_has_a_sentence(kind, event, more):
    told = Event(kind=event, data={"reply": 1, "change": 2, "as": kind, **more})

    assert change_sentence(told).endswith(".")


def test_the_record_plays_to_where_changes_stand(answer, agent, network):
    Event.objects.create(
        conversation=answer.conversation, kind="reply_queued", actor=agent, at=NOON, data={"reply": answer.pk}
    )
    Event.objects.create(
        conversation=answer.conversation, kind="reply_sent", actor=agent, at=NOON, data={"reply": answer.pk}
    )
    deliver(correct(answer, agent), network, LATER)
    remove(answer, agent)

    assert [one.what for one in checking.differences() if "repl" in one.what] == []


def test_a_program_corrects_and_removes(answer, agent, policy, network, time_machine):
    told = {"fence": 2, "mention": answer.answers_id, "policy_version": policy.pk, "key": str(uuid4())}
    program = Program(agent)

    first = program.post(f"replies/{answer.pk}/changes/", {"kind": "correction", "words": NEW, **told})
    time_machine.shift(1)
    again = program.post(f"replies/{answer.pk}/changes/", {"kind": "correction", "words": NEW, **told})
    change = answer.changes.get()
    deliver(change, network, NOON)
    stale = program.post(
        f"replies/{answer.pk}/changes/", {"kind": "removal", "words": "Wrong.", **told, "key": str(uuid4())}
    )
    removed = program.post(
        f"replies/{answer.pk}/changes/",
        {"kind": "removal", "words": "Wrong.", **told, "key": str(uuid4()), "after": change.pk},
    )

    assert [response.status_code for response in (first, again, stale, removed)] == [201, 200, 409, 201]
    assert (first.json()["kind"], first.json()["original"], first.json()["body"]) == ("correction", answer.pk, NEW)
    assert stale.json()["changes"] == ["The answer was corrected meanwhile."]
    assert removed.json()["reason"] == "Wrong."
    listed = program.get(f"replies/{answer.pk}/changes/").json()["results"]
    assert {one["id"] for one in listed} == set(answer.changes.values_list("pk", flat=True))


def test_a_program_asks_for_approval_and_tries_again(answer, agent, policy, manager, network):
    needs(answer.conversation, {"person": manager.pk})
    told = {"fence": 2, "mention": answer.answers_id, "policy_version": policy.pk}
    program = Program(agent)

    asked = program.post(f"replies/{answer.pk}/changes/approvals/", {"kind": "removal", "words": "Wrong.", **told})

    assert asked.status_code == 201
    assert (asked.json()["kind"], asked.json()["original"], asked.json()["body"]) == ("removal", answer.pk, "Wrong.")
    approve(Approval.objects.get(), manager)
    change = remove(answer, agent, "Wrong.")
    network.before = raising(PermanentFailure("No."))
    deliver(change, network, LATER)
    assert program.post(f"replies/{change.pk}/retry/", {"fence": 2}).json()["state"] == "queued"
