from html import unescape
from re import findall

import pytest

from policies.services import guides
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.support.guiding import DANGER, GUIDE, SEEN, said_by_person
from tests.support.hearing import hear, said
from tests.support.ruling import put_in_force
from tests.support.visiting import HTMX, browser, get
from triage.models import Conversation, Decision
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

TYPED = {"fence": 0, "disposition": "public_response", "priority": 3, "visibility": "public", "tags": "Grid, late"}


@pytest.fixture
def guided(owner):
    version = put_in_force(guide=GUIDE)
    AttestationFactory(user=owner, version=version)
    return version


@pytest.fixture
def heard(guided, care) -> Conversation:
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))
    return conversation


def walk(user, conversation, *, status=200, headers=HTMX, **sent):
    response = browser(user, **headers).post(f"/conversations/{conversation.pk}/guide/", sent)
    assert response.status_code == status
    return response, unescape(response.content.decode())


def keys(page):
    return findall(r'value="([a-z-]+:[a-z0-9])" formnovalidate', page)


def chosen(page):
    return findall(r'<input type="radio" name="\w+" value="(\w+)"[^>]*checked', page)


def test_a_closed_guide_costs_nothing(owner, heard, django_assert_num_queries, django_assert_max_num_queries):
    client = browser(owner)
    address = f"/inbox/everything/{heard.pk}/"
    client.get(address)
    with django_assert_max_num_queries(100) as closed:
        page = client.get(address).content.decode()
        cost = len(closed)
    client.cookies["guide"] = "open"
    client.get(address)

    with django_assert_num_queries(cost + 1):  # what was said
        opened = client.get(address).content.decode()

    assert 'id="guide"' in page
    assert "Is it about us?" not in page
    assert "Is it about us?" in opened
    assert 'data-guide-key="n"' in opened
    assert "autofocus" not in opened


def test_without_a_guide_there_is_nothing_to_open(owner, care, policy):
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))

    assert 'id="guide"' not in get(owner, f"/inbox/everything/{conversation.pk}/")


def test_opening_shows_what_the_machine_saw_and_what_to_answer(owner, heard):
    _response, page = walk(owner, heard, **TYPED)

    assert page.count("<details") == 2
    assert "Is it about us?" in page
    assert "Filled in" in page
    assert "saw “outage”" in page
    assert "Is somebody in danger?" in page
    assert "Then every minute counts." in page
    assert keys(page) == ["about-us:y", "about-us:n", "danger:y", "danger:n"]
    assert "data-guide-back" not in page
    assert "data-touched" not in page


def test_each_answer_leads_to_the_next_question_and_can_be_taken_back(owner, heard):
    _response, answered = walk(owner, heard, guide="", answer="danger:n")
    _response, back = walk(owner, heard, guide=["", "danger:n"], back="danger")

    assert 'name="guide" value="danger:n"' in answered
    assert "Would an answer help?" in answered
    assert 'name="back" value="danger"' in answered
    assert "data-touched" in answered
    assert keys(back) == ["about-us:y", "about-us:n", "danger:y", "danger:n"]
    assert 'name="guide" value="danger:n"' not in back


def test_a_person_changes_what_the_machine_answered(owner, heard):
    response, page = walk(owner, heard, **TYPED, guide=["", "danger:n"], answer="about-us:n")

    assert response["HX-Retarget"] == "#decision"
    assert "Filled in" not in page
    assert 'name="guide" value="danger:n"' not in page
    assert chosen(page) == ["no_response", "public"]
    assert '<option value="off_topic" selected>' in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_an_outcome_fills_in_the_decision_and_keeps_what_it_leaves_open(owner, care, heard, headers):
    sent = {**TYPED, "note": "Sounds tired.", "department": DepartmentFactory().pk, "guide": ""}

    response, page = walk(owner, heard, headers=headers, **sent, answer="danger:y")

    assert response.get("HX-Reselect") == ("#decision" if headers else None)
    assert "urgent priority, respond as customer service, Customer care, in private, tags danger." in page
    assert "Call the officer on duty." in page
    assert chosen(page) == ["customer_service", "private"]
    assert f'<option value="{care.pk}" selected>' in page
    assert '<option value="1" selected>' in page
    assert 'value="Grid, late, danger"' in page
    assert 'value="Sounds tired."' in page
    assert not Decision.objects.exists()
    heard.refresh_from_db()
    assert (heard.stage, heard.fence) == (Stage.NEW, 0)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_the_answers_are_recorded_with_the_decision(owner, care, heard, headers):
    sent = {**TYPED, "department": care.pk, "guide": ["", "danger:n", "worth:1"]}

    response = browser(owner, **headers).post(f"/conversations/{heard.pk}/decide/", sent)

    assert response.status_code == (200 if headers else 302)
    assert Decision.objects.get().guide == [SEEN, said_by_person("danger", "n"), said_by_person("worth", "1")]
    page = unescape(get(owner, f"/inbox/everything/{heard.pk}/"))
    assert page.count("<li>Is it about us? Yes (filled in: “outage”).</li><li>Is somebody in danger? No.</li>") == 2


def test_a_decision_that_is_refused_keeps_the_answers_on_the_page(owner, heard):
    response = browser(owner, **HTMX).post(f"/conversations/{heard.pk}/decide/", {**TYPED, "guide": ["", "danger:n"]})

    page = response.content.decode()
    assert response.status_code == 422
    assert 'name="guide" value="danger:n"' in page
    assert "data-guide-now autofocus" not in page
    assert not Decision.objects.exists()


def test_who_does_not_open_the_guide_decides_without_it(owner, care, heard):
    browser(owner).post(f"/conversations/{heard.pk}/decide/", {**TYPED, "department": care.pk})

    assert Decision.objects.get().guide == []
    assert "Is it about us?" not in get(owner, f"/inbox/everything/{heard.pk}/")


def test_an_outcome_for_another_department_lets_the_person_go(owner, care, heard):
    elsewhere = MembershipFactory().user

    _response, page = walk(owner, heard, **TYPED, person=elsewhere.pk, guide="", answer="danger:y")

    assert f'<option value="{elsewhere.pk}" selected>' not in page


def test_an_outcome_names_the_person_who_answers_for_the_department(owner, care):
    anna = MembershipFactory(department=care).user
    then = {"disposition": "customer_service", "department": "care", "person": anna.email}
    question = {
        **DANGER,
        "answers": [{"key": "y", "text": "Yes", "then": then}, {"key": "n", "text": "No", "then": then}],
    }
    AttestationFactory(user=owner, version=put_in_force(guide=[question]))
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))

    _response, page = walk(owner, conversation, **TYPED, guide="", answer="danger:y")

    assert f'<option value="{anna.pk}" selected>' in page


@pytest.mark.parametrize(
    "sent",
    [
        {"answer": "nothing"},
        {"answer": "danger:"},
        {"answer": "danger:ü"},
        {"guide": ["", "danger:n" * 500, "\x00:y"], "back": "elsewhere"},
        {"guide": [f"question-{number}:y" for number in range(300)]},
        {"department": "x", "priority": "high", "fence": "-", "answer": "danger:n"},
    ],
)
def test_what_says_nothing_is_passed_over(owner, heard, sent):
    _response, page = walk(owner, heard, **{"guide": "", **sent})

    assert "Is it about us?" in page


def test_an_outcome_takes_a_form_that_is_filled_in_wrongly(owner, care, heard):
    _response, page = walk(owner, heard, department="x", priority="high", person="y", fence="-", answer="danger:y")

    assert f'<option value="{care.pk}" selected>' in page


def test_a_conversation_that_is_claimed_meanwhile_says_so(owner, held, guided):
    _response, page = walk(owner, held, status=409)

    assert "Somebody has claimed or closed this conversation a moment ago." in page


def test_the_guide_is_for_those_who_decide(heard, care):
    manager = AppointmentFactory(role=Role.MANAGER).user
    outsider = MembershipFactory().user

    walk(manager, heard, status=403)
    walk(outsider, heard, status=404)
    assert 'id="guide"' not in get(manager, f"/inbox/everything/{heard.pk}/")


def test_what_a_version_asked_is_read_once(guided, django_assert_num_queries):
    guides.questions_of(guided.pk)

    with django_assert_num_queries(0):
        asked = guides.questions_of(guided.pk)

    assert (asked["danger"].text, dict(asked["danger"].answers)) == ("Is somebody in danger?", {"y": "Yes", "n": "No"})
