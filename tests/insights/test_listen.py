import pytest

from teams.roles import Role
from tests.factories.teams import AppointmentFactory, MembershipFactory, OrganisationFactory, UserFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from triage.models import Concern, Conversation
from triage.states import Outcome

pytestmark = pytest.mark.django_db


def shown(response):
    return [row.pk for row in response.context["rows"]]


@pytest.mark.parametrize("conversation_count", [1, 3])
def test_the_stream_costs_the_same_however_many_conversations(
    client, listener, care, conversation_count, django_assert_num_queries
):
    concerns = ConcernFactory.create_batch(conversation_count, department=care)
    client.force_login(listener)

    with django_assert_num_queries(7):  # organisation, person, rights, department, which, what, tabs
        response = client.get("/listen/care/")

    assert shown(response) == [concern.conversation_id for concern in reversed(concerns)]


def test_listening_begins_at_ones_own_department(client, listener, press):
    client.force_login(listener)

    assert client.get("/listen/").url == "/listen/care/"


def test_who_sees_everything_may_pick_any_department(client, manager, care, press):
    ConcernFactory(department=press)
    client.force_login(manager)

    response = client.get("/listen/press/")

    assert response.status_code == 200
    assert [tab["label"] for tab in response.context["tabs"]] == ["Customer service", "Press"]
    assert response.context["can_take_away"] is False
    assert len(shown(response)) == 1


def test_a_stream_has_only_what_concerns_the_department(client, listener, care, press):
    mine = ConcernFactory(department=care)
    ConcernFactory(department=press)
    client.force_login(listener)

    assert shown(client.get("/listen/care/")) == [mine.conversation_id]


def test_the_stream_of_another_department_is_closed(client, listener, press):
    ConcernFactory(department=press, conversation__snippet="Secret")
    client.force_login(listener)

    response = client.get("/listen/press/")

    assert response.status_code == 403
    assert "Secret" not in response.content.decode()


def test_a_department_that_is_not_there_is_not_found(client, listener):
    client.force_login(listener)

    assert client.get("/listen/nowhere/").status_code == 404


@pytest.mark.parametrize("person", ["policy_editor", "nobody"])
def test_who_listens_nowhere_is_refused(client, care, person):
    user = AppointmentFactory(role=Role.POLICY_EDITOR).user if person == "policy_editor" else UserFactory()
    client.force_login(user)

    assert client.get("/listen/").status_code == 403
    assert client.get("/listen/care/").status_code == 403


def test_a_stranger_is_sent_to_the_sign_in_page(client, care):
    assert client.get("/listen/care/").url == "/accounts/login/?next=/listen/care/"


def test_a_company_without_departments_has_a_page(client):
    OrganisationFactory()
    client.force_login(AppointmentFactory(role=Role.MANAGER).user)

    response = client.get("/listen/")

    assert response.status_code == 200
    assert "There is no department yet" in response.content.decode()


def test_who_answers_is_said(client, listener, care, press):
    holder = MembershipFactory(department=press, user__name="Nadia Rossi").user
    conversations = [
        ConversationFactory(),
        ConversationFactory(assigned=True, department=care),
        ConversationFactory(assigned=True, department=press),
        ConversationFactory(claimed=True, department=press, holder=holder),
        ConversationFactory(closed=True, department=press),
    ]
    for conversation in conversations:
        Concern.objects.get_or_create(conversation=conversation, department=care, defaults={"because": "heard"})
    client.force_login(listener)

    response = client.get("/listen/care/")

    assert [row.who for row in reversed(response.context["rows"])] == [
        "Nobody has decided yet who answers.",
        "Lies in this department's queue.",
        "Press answers.",
        "Nadia Rossi answers, for Press.",
        "Closed: Solved.",
    ]


def test_what_was_joined_to_another_is_not_shown_twice(client, listener, care):
    concern = ConcernFactory(department=care, conversation__closed=True)
    Conversation.objects.update(outcome=Outcome.MERGED)
    client.force_login(listener)

    assert shown(client.get("/listen/care/")) == []
    assert Concern.objects.filter(pk=concern.pk).exists()


def test_pages_go_on_where_the_last_one_ended(client, listener, care, monkeypatch):
    monkeypatch.setattr("insights.views.listen.PAGE_SIZE", 2)
    ids = [concern.conversation_id for concern in ConcernFactory.create_batch(5, department=care)]
    client.force_login(listener)

    seen, address = [], "/listen/care/"
    while address:
        response = client.get(address)
        seen += shown(response)
        address = response.context["next_url"]

    assert seen == ids[::-1]
    assert response.context["previous_url"] == "/listen/care/"


@pytest.mark.parametrize("cursor", ["-1", "x", "1.5", "9" * 30, "9223372036854775808", "%00", "²"])
def test_a_place_that_is_none_is_not_found(client, listener, cursor):
    client.force_login(listener)

    assert client.get(f"/listen/care/?before={cursor}").status_code == 404
