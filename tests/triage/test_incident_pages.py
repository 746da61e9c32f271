from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from listening.models import Mention
from policies.models import Incident
from policies.services import incidents
from policies.services.incidents import Said
from teams.roles import Role
from tests.factories.policies import AttestationFactory, IncidentFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory
from tests.factories.triage import ConversationFactory, last_heard
from tests.support.ruling import asks, put_in_force
from triage.finding.suggestions import suggest
from triage.models import Conversation, Draft, IncidentPart
from triage.services.arriving import searching_incidents
from triage.showing import incidents as showing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

FORM = {
    "name": "Outage Oslo",
    "level": "2",
    "holding_text": "We are on it.",
    "c.1.is": "all",
    "c.1.1.is": "words",
    "c.1.1.lines": "outage",
}
LIST = "/policy/incidents/"


@pytest.fixture
def policy():
    DepartmentFactory(slug="press", name="Press office")
    return put_in_force(("approval", {"incident": {"at_least": 1}}, asks({"department": "press"})))


@pytest.fixture(autouse=True)
def _read_anew():
    showing.forget()
    yield
    showing.forget()


@pytest.fixture
def mia(client, manager):
    client.force_login(manager)
    return manager


@pytest.fixture
def outage(held, manager) -> Incident:
    Mention.objects.filter(pk=last_heard(held).pk).update(text="An outage")
    incident = incidents.declare(
        said=Said("Outage Oslo", 2, {"words": ["outage"]}, "We are on it."), actor=manager, at=NOON
    )
    searching_incidents.run_bout(incident_id=incident.pk, at=NOON)
    showing.forget()
    return incident


def page_of(client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def conversation_url(held: Conversation) -> str:
    return reverse("triage:open", args=["everything", held.pk])


def test_an_incident_is_declared_and_shown_on_every_page(client, mia):
    response = client.post(f"{LIST}declare/", FORM)

    incident = Incident.objects.get()
    assert response.headers["Location"] == f"{LIST}{incident.pk}/"
    assert (incident.name, incident.level, incident.condition) == ("Outage Oslo", 2, {"words": ["outage"]})
    assert (incident.holding_text, incident.declared_by) == ("We are on it.", mia)
    assert 'class="banner tone-warn"' in page_of(client, "/inbox/everything/")
    assert "Outage Oslo" in page_of(client, LIST)


def test_what_is_wrong_is_said_at_its_place_and_nothing_is_declared(client, mia):
    response = client.post(f"{LIST}declare/", {**FORM, "name": "", "c.1.1.lines": ""})

    page = response.content.decode()
    assert response.status_code == 422
    assert ("This field is required." in page, "Nothing is entered or chosen yet." in page) == (True, True)
    assert not Incident.objects.exists()


def test_what_cannot_say_what_belongs_is_not_offered_and_refused(client, mia):
    form = page_of(client, f"{LIST}declare/")
    posted = {**FORM, "view": "text", "text": "priority: [1]"}
    response = client.post(f"{LIST}declare/", posted)

    assert ('value="stream"' in form, 'value="priority"' in form, 'value="list"' in form) == (True, False, False)
    assert response.status_code == 422
    assert "cannot depend on “priority”" in response.content.decode()
    assert not Incident.objects.exists()


def test_conditions_are_added_without_losing_what_was_entered(client, mia):
    posted = {**FORM, "act": "add:1", "c.1.new": "stream"}

    page = client.post(f"{LIST}declare/", posted).content.decode()

    assert ("Outage Oslo" in page, 'name="c.1.2.is" value="stream"' in page) == (True, True)
    assert not Incident.objects.exists()


def test_the_same_form_sent_twice_is_one_incident(client, mia):
    key = {"once": "7f0a35ce-52f4-4d9c-8f33-2f9a5f5f3d11"}

    first, second = (client.post(f"{LIST}declare/", {**FORM, **key}) for _turn in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert Incident.objects.count() == 1


def test_of_two_who_change_it_the_second_sees_what_the_first_wrote(client, mia, outage):
    url = f"{LIST}{outage.pk}/change/"
    client.post(url, {**FORM, "level": "3", "seen": "1"})

    response = client.post(url, {**FORM, "name": "Darkness", "seen": "1"})

    page = response.content.decode()
    assert response.status_code == 409
    assert ("It is now called “Outage Oslo”, Level 3" in page, 'value="Darkness"' in page) == (True, True)
    assert 'name="seen" value="2"' in page
    assert Incident.objects.get().name == "Outage Oslo"


def test_ending_an_incident_takes_its_banner_away(client, mia, outage):
    response = client.post(f"{LIST}{outage.pk}/end/")
    again = client.post(f"{LIST}{outage.pk}/end/")

    assert (response.status_code, again.status_code) == (302, 409)
    assert 'class="banner tone-warn"' not in page_of(client, LIST)
    assert "ended by Mia Manager" in page_of(client, f"{LIST}{outage.pk}/")
    assert client.get(f"{LIST}{outage.pk}/change/").status_code == 302


def test_the_page_tells_how_many_belong_that_the_reader_may_see(client, outage, manager):
    elsewhere = ConversationFactory(claimed=True)
    IncidentPart.objects.create(incident=outage, conversation=elsewhere, at=NOON)
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user
    AttestationFactory(user=editor)
    url = f"{LIST}{outage.pk}/"

    client.force_login(manager)
    seen = page_of(client, url)
    client.force_login(elsewhere.holder)
    nothing = client.get(url)
    client.force_login(editor)
    none = page_of(client, url)

    assert "2 conversations that you may see belong to it." in seen
    assert "q=incident%3A%22Outage+Oslo%22" in seen
    assert nothing.status_code == 403
    assert "that you may see" not in none


def test_what_was_merged_into_another_is_listed_and_counted_in_its_place(client, mia, care, outage, held):
    emptied = ConversationFactory(closed=True, outcome="merged", department=care)
    IncidentPart.objects.create(incident=outage, conversation=emptied, at=NOON)
    lists = {
        query: page_of(client, f"/inbox/everything/?q={query}") for query in ('incident:"outage oslo"', "is:incident")
    }

    assert "1 conversation that you may see belongs to it." in page_of(client, f"{LIST}{outage.pk}/")
    assert all(f"/{held.pk}/" in page and f"/{emptied.pk}/" not in page for page in lists.values())


def test_the_search_shows_how_far_it_has_come(client, mia, held):
    incident = incidents.declare(said=Said("Outage", 1, {"words": ["outage"]}), actor=mia, at=NOON)
    url = f"{LIST}{incident.pk}/progress/"

    with CaptureQueriesContext(connection) as asked:
        before = page_of(client, url)
    searching_incidents.run_bout(incident_id=incident.pk, at=NOON)
    after = page_of(client, url)

    assert ("hx-trigger" in before, "hx-trigger" in after) == (True, False)
    assert ("that you may see" in before, "that you may see" in after) == (False, True)
    assert "List what is found so far" in before
    assert not any("triage_conversation" in query["sql"] for query in asked.captured_queries)


@pytest.mark.parametrize(("words", "told"), [("hello", True), ("outage", False)])
def test_the_form_warns_of_what_nearly_everything_that_is_open_would_belong_to(client, mia, words, told):
    for text in ("Hello", "Hello you", "Hello", "Oh, hello", "Hello, an outage"):
        mention = last_heard(ConversationFactory(claimed=True))
        Mention.objects.filter(pk=mention.pk).update(text=text)
    Mention.objects.filter(pk=last_heard(ConversationFactory(closed=True)).pk).update(text="Hello")

    response = client.post(f"{LIST}preview/", {**FORM, "c.1.1.lines": words}, headers={"HX-Request": "true"})

    page = response.content.decode()
    warning = "Nearly everything that is open would belong to it: 5 of 5 conversations."
    assert (warning in page, "Of those that are open: 1 of 5." in page) == (told, not told)


def test_incidents_that_bore_one_name_are_found_apart(client, mia, outage, held):
    incidents.end(incident_id=outage.pk, actor=mia, at=NOON)
    other = ConversationFactory(claimed=True)
    again = incidents.declare(said=Said("outage oslo", 1, {"words": ["x"]}), actor=mia, at=NOON + timedelta(days=1))
    IncidentPart.objects.create(incident=again, conversation=other, at=NOON)
    showing.forget()

    def found(query: str) -> list[bool]:
        page = page_of(client, f"/inbox/everything/?{urlencode({'q': query})}")
        return [f"/{one.pk}/" in page for one in (held, other)]

    first, second = 'incident:"Outage Oslo 2026-03-04 12:00"', 'incident:"outage oslo 2026-03-05 12:00"'
    assert [found('incident:"Outage Oslo"'), found(first), found(second)] == [[True] * 2, [True, False], [False, True]]
    assert [each.text.strip() for each in suggest("incident:outage", reader=mia)] == [second, first]
    assert "There is no incident" not in page_of(client, f"/inbox/everything/?{urlencode({'q': second})}")
    assert f'value="{second}"' in unescape(page_of(client, "/inbox/everything/"))


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ('incident:"outage oslo"', True),
        ("incident:bergen", False),
        ("is:incident", True),
        ("-is:incident", False),
    ],
)
def test_lists_are_filtered_by_incidents(client, mia, outage, held, query, is_found):
    page = page_of(client, f"/inbox/everything/?q={query}")

    assert (f"conversation-{held.pk}" in page or f"/{held.pk}/" in page) is is_found


def test_what_has_ended_is_found_by_its_name_alone(client, mia, outage, held):
    incidents.end(incident_id=outage.pk, actor=mia, at=NOON)

    assert f"/{held.pk}/" in page_of(client, '/inbox/everything/?q=incident:"Outage Oslo"')
    assert f"/{held.pk}/" not in page_of(client, "/inbox/everything/?q=is:incident")


def test_the_conversation_says_so_and_offers_the_holding_text(client, agent, held, outage):
    client.force_login(agent)

    page = page_of(client, conversation_url(held))

    assert "Part of the incident “Outage Oslo”, level 2" in page
    assert "Holding text of “Outage Oslo”" in page
    assert "The conversation became part of the incident “Outage Oslo”, level 2." in page
    assert "Press office" in page


def test_the_holding_text_comes_behind_what_is_written(client, agent, held, outage):
    client.force_login(agent)
    url = reverse("triage:insert_holding_text", args=[held.pk, outage.pk])

    for _turn in range(2):
        response = client.post(url, {"body": "Hello Cy,"})

    assert response.status_code == 302
    assert Draft.objects.get().body == "Hello Cy,\n\nWe are on it."


def test_the_holding_text_of_what_is_over_is_refused(client, agent, held, outage, manager):
    incidents.end(incident_id=outage.pk, actor=manager, at=NOON)
    client.force_login(agent)
    url = reverse("triage:insert_holding_text", args=[held.pk, outage.pk])

    response = client.post(url, {"body": "Hello"}, headers={"HX-Request": "true"})

    assert (response.status_code, Draft.objects.exists()) == (409, False)
    other = IncidentFactory(holding_text="No.")
    assert client.post(reverse("triage:insert_holding_text", args=[held.pk, other.pk])).status_code == 404


def test_open_pages_hear_of_incidents_where_they_hear_of_stops(client, agent, outage):
    client.force_login(agent)

    assert "Outage Oslo" in page_of(client, reverse("triage:standing_stops"))


@pytest.mark.parametrize("is_open", [False, True])
def test_the_banner_costs_no_query_while_nothing_changes(
    client, agent, held, manager, is_open, django_assert_num_queries
):
    if is_open:
        incidents.declare(said=Said("Outage", 1, {"words": ["x"]}), actor=manager, at=NOON - timedelta(hours=1))
    client.force_login(agent)
    page_of(client, "/inbox/everything/")

    with django_assert_num_queries(4):
        page = page_of(client, "/inbox/everything/")

    assert ('class="banner tone-warn"' in page) is is_open


def test_programs_declare_change_and_end_incidents(client, mia):
    said = {"name": "Outage Oslo", "level": 2, "condition": {"words": ["outage"]}}
    made = client.post("/api/incidents/", said, content_type="application/json")
    url = f"/api/incidents/{made.json()['id']}/"

    changed = client.patch(url, {"level": 3, "revision": 1}, content_type="application/json")
    late = client.patch(url, {"level": 1, "revision": 1}, content_type="application/json")
    ended = client.delete(url)

    assert (made.status_code, made.json()["is_open"], made.json()["is_searched"]) == (201, True, False)
    assert (changed.status_code, changed.json()["level"], changed.json()["name"]) == (200, 3, "Outage Oslo")
    assert (late.status_code, late.json()["code"]) == (409, "incident_changed")
    assert (ended.status_code, ended.json()["is_open"]) == (200, False)
    assert [one["level"] for one in client.get("/api/incidents/").json()["results"]] == [3]


def test_a_condition_that_programs_cannot_give_is_refused(client, mia):
    said = {"name": "Outage Oslo", "level": 2, "condition": {"priority": [1]}}

    response = client.post("/api/incidents/", said, content_type="application/json")

    assert (response.status_code, Incident.objects.exists()) == (400, False)


def test_a_person_takes_one_out_and_puts_it_back(client, mia, held, outage):
    page = page_of(client, conversation_url(held))
    leave = reverse("triage:leave_incident", args=[held.pk, outage.pk])
    out = client.post(leave, headers={"HX-Request": "true"}).content.decode()
    again = client.post(leave, headers={"HX-Request": "true"})
    attach = reverse("triage:attach_incident", args=[held.pk, outage.pk])

    assert (leave in page, attach in page) == (True, False)
    assert "Mia Manager took the conversation out of the incident “Outage Oslo”." in out
    assert (f'action="{attach}?from=' in out, again.status_code) == (True, 409)
    assert client.post(f"{attach}?from=everything", {"undo": "1"}).status_code == 302
    assert IncidentPart.objects.filter(conversation=held).exists()


def test_who_answers_does_not_decide_which_rules_hold(client, agent, held, outage):
    client.force_login(agent)
    leave = reverse("triage:leave_incident", args=[held.pk, outage.pk])

    assert leave not in page_of(client, conversation_url(held))
    assert client.post(leave).status_code == 403
    assert IncidentPart.objects.filter(conversation=held).exists()


def test_the_menus_of_the_filter_offer_what_is_open(client, mia, outage):
    option = '<option value="incident:&quot;Outage Oslo&quot;">'
    offered = page_of(client, "/inbox/everything/")
    incidents.end(incident_id=outage.pk, actor=mia, at=NOON)
    showing.forget()

    assert option in offered
    assert "is:incident" not in page_of(client, "/inbox/everything/")
