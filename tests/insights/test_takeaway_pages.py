import pytest

from insights.models import Takeaway
from teams.roles import Role
from tests.factories.insights import TakeawayFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from triage.models import Event

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(care):
    return ConcernFactory(department=care).conversation


def address(conversation):
    return f"/conversations/{conversation.pk}/takeaways/"


def written():
    return list(Takeaway.objects.order_by("pk").values_list("department__slug", "kind", "text"))


def test_a_listener_writes_for_their_only_department_without_naming_it(client, listener, conversation):
    client.force_login(listener)

    response = client.post(address(conversation), {"kind": "idea", "text": "Draw a map."})

    assert response.status_code == 302
    assert response.url == address(conversation)
    assert written() == [("care", "idea", "Draw a map.")]
    assert Event.objects.get().kind == "takeaway"


def test_htmx_gets_the_part_as_it_now_stands(client, listener, conversation):
    client.force_login(listener)

    response = client.post(address(conversation), {"kind": "risk", "text": "It smoulders."}, headers=HTMX)

    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert "It smoulders." in text
    assert "HX-Request" in response["Vary"]


def test_the_part_and_the_page_show_what_others_wrote(client, listener, conversation, press):
    TakeawayFactory(conversation=conversation, department=press, text="They <b>like</b> us.")
    client.force_login(listener)

    page = client.get(address(conversation)).content.decode()
    part = client.get(address(conversation), headers=HTMX).content.decode()

    assert "They &lt;b&gt;like&lt;/b&gt; us." in page
    assert "They &lt;b&gt;like&lt;/b&gt; us." in part
    assert "<html" in page
    assert "<html" not in part


@pytest.mark.parametrize("sent", [{"kind": "idea", "text": " "}, {"kind": "song", "text": "La"}, {}, {"text": "\x00"}])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_cannot_be_written_comes_back_with_the_reason(client, listener, conversation, sent, headers):
    client.force_login(listener)

    response = client.post(address(conversation), sent, headers=headers)

    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert written() == []
    assert not Event.objects.exists()


def test_who_belongs_to_two_departments_says_for_which(client, listener, conversation, press):
    MembershipFactory(user=listener, department=press, role=Role.RESPONDER)
    client.force_login(listener)

    unsaid = client.post(address(conversation), {"kind": "idea", "text": "Draw a map."})
    said = client.post(address(conversation), {"kind": "idea", "text": "Draw a map.", "department": "press"})

    assert (unsaid.status_code, said.status_code) == (422, 302)
    assert written() == [("press", "idea", "Draw a map.")]


def test_nobody_writes_for_a_department_that_is_not_theirs(client, listener, conversation, press):
    client.force_login(listener)

    response = client.post(address(conversation), {"kind": "idea", "text": "Draw.", "department": "press"})

    assert response.status_code == 403
    assert written() == []
    assert not Event.objects.exists()


def test_who_sees_everything_reads_but_does_not_write(client, manager, conversation):
    client.force_login(manager)

    shown = client.get(address(conversation))
    response = client.post(address(conversation), {"kind": "idea", "text": "Draw.", "department": "care"})

    assert shown.status_code == 200
    assert shown.context["form"] is None
    assert response.status_code == 403
    assert written() == []


def test_what_does_not_concern_them_is_not_there(client, listener):
    hidden = ConversationFactory(assigned=True)
    client.force_login(listener)

    assert client.get(address(hidden)).status_code == 404
    assert client.post(address(hidden), {"kind": "idea", "text": "Draw."}).status_code == 404
    assert written() == []


def test_a_policy_editor_is_refused(client, conversation):
    client.force_login(AppointmentFactory(role=Role.POLICY_EDITOR).user)

    assert client.get(address(conversation)).status_code == 403
    assert client.get("/takeaways/").status_code == 403
    assert client.get("/takeaways/takeaways.csv").status_code == 403


def test_another_way_of_asking_is_refused(client, listener, conversation):
    client.force_login(listener)

    assert client.delete(address(conversation)).status_code == 405


def listed(response):
    return [takeaway.pk for takeaway in response.context["takeaways"]]


@pytest.mark.parametrize("takeaway_count", [1, 3])
def test_the_list_costs_the_same_however_many_takeaways(
    client, listener, care, conversation, takeaway_count, django_assert_num_queries
):
    takeaways = TakeawayFactory.create_batch(takeaway_count, conversation=conversation, department=care)
    client.force_login(listener)

    with django_assert_num_queries(5):  # organisation, person, rights, departments, takeaways
        response = client.get("/takeaways/")

    assert listed(response) == [takeaway.pk for takeaway in reversed(takeaways)]


def test_the_list_is_narrowed_by_department_and_kind(client, manager, care, press):
    idea = TakeawayFactory(department=care, kind="idea")
    risk = TakeawayFactory(department=care, kind="risk")
    TakeawayFactory(department=press, kind="idea")
    client.force_login(manager)

    assert listed(client.get("/takeaways/?department=care")) == [risk.pk, idea.pk]
    assert listed(client.get("/takeaways/?department=care&kind=idea")) == [idea.pk]
    assert client.get("/takeaways/?kind=song").status_code == 422


def test_the_list_and_the_file_hide_what_is_hidden(client, listener, care, conversation):
    shown = TakeawayFactory(conversation=conversation, department=care)
    TakeawayFactory(conversation=ConversationFactory(assigned=True), department=care, text="Secret")
    client.force_login(listener)

    assert listed(client.get("/takeaways/")) == [shown.pk]
    assert "Secret" not in b"".join(client.get("/takeaways/takeaways.csv")).decode()


def test_pages_keep_the_filter(client, manager, care, press, monkeypatch):
    monkeypatch.setattr("insights.views.takeaways.PAGE_SIZE", 1)
    older, newer = TakeawayFactory.create_batch(2, department=care)
    TakeawayFactory(department=press)
    client.force_login(manager)

    first = client.get("/takeaways/?department=care")
    second = client.get(first.context["next_url"])

    assert first.context["next_url"] == f"/takeaways/?department=care&before={newer.pk}"
    assert (listed(first), listed(second)) == ([newer.pk], [older.pk])
    assert (second.context["previous_url"], second.context["next_url"]) == ("/takeaways/?department=care", "")
    assert client.get("/takeaways/?before=x").status_code == 404


def test_the_file_is_in_the_readers_hours_and_runs_nothing(client, manager, care):
    manager.time_zone = "Europe/Copenhagen"
    manager.save(update_fields=["time_zone"])
    TakeawayFactory(
        department=care,
        text="=HYPERLINK(1)",
        at=NOON,
        author__name="Mia Krüger",
        conversation__author_name="@anna",
        conversation__snippet="The power is out.",
    )
    client.force_login(manager)

    response = client.get("/takeaways/takeaways.csv?department=care")

    assert b"".join(response).decode("utf-8-sig").splitlines() == [
        "When,Department,What it is,Takeaway,Written by,About,Conversation",
        "2026-03-04 13:00,Customer service,Product idea,'=HYPERLINK(1),Mia Krüger,'@anna,The power is out.",
    ]
