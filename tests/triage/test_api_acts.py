from uuid import uuid4

import pytest

from teams.roles import Role
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.api import Program
from triage.api.endpoint import ConversationEndpoint
from triage.api.serializers import ConversationSerializer
from triage.models import Conversation, Decision, Draft, Event, Reply, ThreadEntry
from triage.states import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation():
    OrganisationFactory()


@pytest.fixture
def version():
    return PolicyVersionFactory.published()


@pytest.fixture
def care():
    return DepartmentFactory(slug="care")


@pytest.fixture
def owner(version):
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=version)
    return Program(user)


@pytest.fixture
def responder(care, version):
    user = MembershipFactory(department=care, role=Role.RESPONDER).user
    AttestationFactory(user=user, version=version)
    return user


@pytest.fixture
def program(responder):
    return Program(responder)


@pytest.fixture
def held(responder, care):
    profile = ProfileFactory(channel=ChannelFactory(kind="practice"))
    return ConversationFactory(profile=profile, claimed=True, department=care, holder=responder)


def answer_to(conversation, version, **changes):
    return {
        "key": str(uuid4()),
        "body": "We are on our way.",
        "fence": conversation.fence,
        "mention": last_heard(conversation).pk,
        "policy_version": version.pk,
        **changes,
    }


def test_a_conversation_goes_from_decision_to_answer(owner, program, responder, care, version):
    conversation = ConversationFactory(profile=ProfileFactory(channel=ChannelFactory(kind="practice")))
    address = f"conversations/{conversation.pk}"
    decision = {"disposition": "customer_service", "department": "care", "visibility": "public", "priority": 2}

    decided = owner.post(f"{address}/decisions/", {**decision, "fence": 0})
    claimed = program.post(f"{address}/claim/")
    conversation.refresh_from_db()
    sent = program.post(f"{address}/replies/", answer_to(conversation, version))

    assert [decided.status_code, claimed.status_code, sent.status_code] == [201, 200, 201]
    assert decided.json()["policy_version"] == {"id": version.pk, "number": version.number}
    assert claimed.json()["holder"] == {"id": responder.pk, "name": responder.name}
    assert claimed.json()["fence"] == conversation.fence
    assert sent.json()["state"] == "queued"
    assert [event.kind for event in Event.objects.order_by("pk")] == ["decided", "claimed", "reply_queued"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "disposition"),
        ({"disposition": "perhaps"}, "disposition"),
        ({"disposition": "no_response"}, "reason"),
        ({"disposition": "no_response", "reason": "boredom"}, "reason"),
        ({"disposition": "customer_service", "visibility": "public"}, "department"),
        ({"disposition": "customer_service", "visibility": "public", "department": "nowhere"}, "department"),
        ({"disposition": "customer_service", "visibility": "public", "department": "\x00"}, "department"),
        ({"disposition": "customer_service", "department": "care"}, "visibility"),
        ({"disposition": "customer_service", "department": "care", "priority": 9}, "priority"),
        ({"disposition": "customer_service", "department": "care", "offered_to": 10**30}, "offered_to"),
        ({"disposition": "customer_service", "department": "care", "note": "\x00"}, "note"),
    ],
)
def test_a_decision_that_does_not_fit_names_the_field(owner, care, body, field):
    conversation = ConversationFactory()

    answer = owner.post(f"conversations/{conversation.pk}/decisions/", {"fence": 0, **body})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert not Decision.objects.exists()
    assert not Event.objects.exists()


def test_a_decision_without_a_body_names_what_is_missing(owner):
    conversation = ConversationFactory()

    answer = owner.post(f"conversations/{conversation.pk}/decisions/")

    assert answer.status_code == 400
    assert sorted(answer.json()["fields"]) == ["disposition", "fence"]


def test_a_decision_on_what_has_changed_hands_is_refused_with_the_truth(owner, care):
    conversation = ConversationFactory(claimed=True, department=care)
    body = {"fence": 1, "disposition": "no_response", "reason": "spam"}

    answer = owner.post(f"conversations/{conversation.pk}/decisions/", body)

    assert answer.status_code == 409
    assert answer.json()["code"] == "decision_not_open"
    assert answer.json()["conversation"]["stage"] == "claimed"
    assert answer.json()["conversation"]["fence"] == 2
    assert not Decision.objects.exists()


def test_a_claim_that_comes_second_is_refused_with_the_truth(program, care):
    conversation = ConversationFactory(claimed=True, department=care)

    answer = program.post(f"conversations/{conversation.pk}/claim/")

    assert answer.status_code == 409
    assert answer.json()["code"] == "conversation_not_free"
    assert answer.json()["detail"] == f"{conversation.holder.name} holds this conversation."
    assert answer.json()["conversation"]["holder"]["id"] == conversation.holder_id
    assert not Event.objects.exists()


def test_a_release_needs_the_fence(program, held):
    without = program.ask("DELETE", f"conversations/{held.pk}/claim/")
    stale = program.ask("DELETE", f"conversations/{held.pk}/claim/?fence=1")
    right = program.ask("DELETE", f"conversations/{held.pk}/claim/?fence=2")

    assert [without.status_code, stale.status_code, right.status_code] == [400, 409, 200]
    assert list(without.json()["fields"]) == ["fence"]
    assert right.json()["stage"] == "assigned"
    assert [event.kind for event in Event.objects.all()] == ["released"]


def test_the_same_key_is_the_same_answer(program, held, version):
    body = answer_to(held, version)

    first = program.post(f"conversations/{held.pk}/replies/", body)
    second = program.post(f"conversations/{held.pk}/replies/", body)

    assert [first.status_code, second.status_code] == [201, 200]
    assert first.json()["id"] == second.json()["id"]
    assert Reply.objects.count() == 1
    assert Draft.objects.get().body == ""


def test_the_key_of_another_answer_is_refused(program, held, version, care, responder):
    other = ReplyFactory(conversation=ConversationFactory(claimed=True, department=care), policy_version=version)

    answer = program.post(f"conversations/{held.pk}/replies/", answer_to(held, version, key=str(other.key)))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["key"]
    assert Reply.objects.get() == other
    assert Draft.objects.get().body == "We are on our way."


def test_an_answer_to_a_world_that_has_changed_stays_a_draft(program, held, version):
    body = answer_to(held, version)
    newer = MentionFactory(profile=held.profile, text="Still waiting.")
    ThreadEntry.objects.create(mention=newer, conversation=held)

    answer = program.post(f"conversations/{held.pk}/replies/", body)

    assert answer.status_code == 409
    assert answer.json()["code"] == "world_changed"
    assert answer.json()["changes"] == ["There is a new message in this conversation."]
    assert answer.json()["conversation"]["id"] == held.pk
    assert not Reply.objects.exists()
    assert program.get(f"conversations/{held.pk}/draft/").json()["body"] == "We are on our way."


def test_nobody_answers_before_attesting_the_policy(held, version):
    other = MembershipFactory(department=held.department, role=Role.RESPONDER).user
    Conversation.objects.filter(pk=held.pk).update(holder=other)

    answer = Program(other).post(f"conversations/{held.pk}/replies/", answer_to(held, version))

    assert answer.status_code == 403
    assert answer.json()["code"] == "not_attested"
    assert not Reply.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"body": "\x00"}, "body"),
        ({"body": "\ud800"}, "body"),
        ({"key": "mine"}, "key"),
        ({"fence": "x"}, "fence"),
        ({"mention": 0}, "mention"),
        ({"policy_version": None}, "policy_version"),
        ({"closes": "perhaps"}, "closes"),
    ],
)
def test_an_answer_that_cannot_be_used_names_the_field(program, held, version, change, field):
    answer = program.post(f"conversations/{held.pk}/replies/", answer_to(held, version, **change))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert not Reply.objects.exists()


def test_a_draft_is_kept_as_it_was_written(program, held):
    empty = program.get(f"conversations/{held.pk}/draft/").json()
    saved = program.ask("PUT", f"conversations/{held.pk}/draft/", {"body": "  We are "}).json()

    assert empty == {"body": "", "split": "", "saved_at": None}
    assert (saved["body"], saved["split"]) == ("  We are ", "")
    assert program.get(f"conversations/{held.pk}/draft/").json() == saved


def test_waiting_and_closing_are_taken_back(program, held):
    address = f"conversations/{held.pk}"
    program.post(f"{address}/wait/", {"fence": 2})
    goes_on = program.ask("DELETE", f"{address}/wait/?fence=2")
    program.post(f"{address}/close/", {"fence": 2, "outcome": "resolved"})
    open_again = program.ask("DELETE", f"{address}/close/?fence=3")
    twice = program.ask("DELETE", f"{address}/close/?fence=3")

    assert [one.status_code for one in (goes_on, open_again, twice)] == [200, 200, 409]
    assert [one.json()["stage"] for one in (goes_on, open_again)] == ["claimed", "claimed"]


def test_waiting_closing_and_reopening_move_the_conversation(program, held):
    address = f"conversations/{held.pk}"

    waiting = program.post(f"{address}/wait/", {"fence": 2})
    closed = program.post(f"{address}/close/", {"fence": 2, "outcome": "resolved"})
    again = program.post(f"{address}/close/", {"fence": 3, "outcome": "resolved"})
    reopened = program.post(f"{address}/reopen/")

    assert [one.status_code for one in (waiting, closed, again, reopened)] == [200, 200, 409, 200]
    assert [one.json()["stage"] for one in (waiting, closed, reopened)] == ["waiting", "closed", "assigned"]
    assert again.json()["conversation"]["stage"] == "closed"


def test_a_draft_goes_back_to_what_it_said_before(program, held):
    address = f"conversations/{held.pk}/draft/"
    program.ask("PUT", address, {"body": "We are on our way to your street."})
    program.ask("PUT", address, {"body": "Sorry."})

    kept = program.get(f"{address}versions/").json()["results"]
    restored = program.post(f"{address}versions/{kept[0]['id']}/restore/")
    others = program.post(f"conversations/{held.pk}/draft/versions/{kept[0]['id'] + 99}/restore/")

    assert [version["body"] for version in kept] == ["We are on our way to your street."]
    assert (restored.status_code, restored.json()["body"]) == (200, "We are on our way to your street.")
    assert [version["body"] for version in program.get(f"{address}versions/").json()["results"]] == [
        "Sorry.",
        "We are on our way to your street.",
    ]
    assert others.status_code == 404


def test_a_conversation_is_not_closed_as_if_nobody_had_decided(program, held):
    answer = program.post(f"conversations/{held.pk}/close/", {"fence": 2, "outcome": "no_answer"})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["outcome"]
    held.refresh_from_db()
    assert held.stage == Stage.CLAIMED


def test_a_failed_answer_goes_out_again(program, held, version):
    reply = ReplyFactory(conversation=held, failed=True, policy_version=version)

    answer = program.post(f"replies/{reply.pk}/retry/", {"fence": held.fence})

    assert answer.status_code == 200
    assert answer.json()["state"] == "queued"


@pytest.mark.parametrize(("sent", "status"), [({}, 400), ({"fence": 1}, 409)])
def test_another_try_says_which_pen_it_knows(program, held, version, sent, status):
    reply = ReplyFactory(conversation=held, failed=True, policy_version=version)

    answer = program.post(f"replies/{reply.pk}/retry/", sent)

    assert answer.status_code == status
    reply.refresh_from_db()
    assert reply.state == "failed"
    assert not held.events.exists()


def test_an_uncertain_answer_is_settled_once(program, held, version):
    reply = ReplyFactory(conversation=held, uncertain=True, policy_version=version)

    first = program.post(f"replies/{reply.pk}/settle/", {"verdict": "not_there"})
    second = program.post(f"replies/{reply.pk}/settle/", {"verdict": "there"})

    assert [first.status_code, second.status_code] == [200, 409]
    assert first.json()["state"] == "failed"
    assert second.json()["conversation"]["id"] == held.pk


def test_a_conversation_as_it_stands_is_one_query(django_assert_num_queries):
    endpoint = ConversationEndpoint()
    endpoint.kwargs = {"conversation_id": ConversationFactory(claimed=True).pk}

    with django_assert_num_queries(1):
        told = endpoint.as_it_stands().data

    assert (told["stage"], set(told)) == ("claimed", set(ConversationSerializer.Meta.fields))


def test_what_the_caller_has_brought_back_is_put_aside_again_as_it_was(program, held):
    program.post(f"conversations/{held.pk}/snooze/", {"fence": 2, "reach": 5000})
    program.ask("DELETE", f"conversations/{held.pk}/snooze/")

    again = program.post(f"conversations/{held.pk}/snooze/again/", {"fence": 2})

    assert (again.status_code, again.json()["snoozed_reach"]) == (200, 5000)
    assert program.post(f"conversations/{held.pk}/snooze/again/", {"fence": 2}).status_code == 409
