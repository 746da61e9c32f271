from html import unescape

import pytest

from policies.models import RuleCount
from tests.factories.listening import ChannelFactory
from tests.support.api import Program
from tests.support.hearing import hear, said
from tests.support.visiting import HTMX, browser, get
from triage.models import Conversation, Decision
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def heard(policy, owner) -> Conversation:
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))
    return conversation


def decision(care, **change: object) -> dict[str, object]:
    answer = {"disposition": "customer_service", "department": care.pk, "visibility": "public", "tags": "Grid, late"}
    return {"fence": 0, "priority": 3, **answer, **change}


def test_a_suggestion_explains_itself(owner, heard):
    page = unescape(get(owner, f"/inbox/everything/{heard.pk}/"))

    assert "Suggested: urgent priority" in page
    assert "Clause 1, rule “Outage”, matched “outage”: the priority it begins with." in page
    assert 'href="/policy/#clause-1">Read clause 1</a>' in page
    assert "Score 75 of 100." in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_decision_that_departs_is_asked_for_one_key(owner, care, heard, headers):
    response = browser(owner, **headers).post(f"/conversations/{heard.pk}/decide/", decision(care))

    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert "This departs from what the policy suggests. Say why." in page
    assert 'name="departure" value="broad" data-shortcut="2"' in page
    assert 'value="Grid, late"' in page
    assert not Decision.objects.exists()

    sent = browser(owner, **headers).post(f"/conversations/{heard.pk}/decide/", decision(care, departure="broad"))

    heard.refresh_from_db()
    assert sent.status_code == (200 if headers else 302)
    assert (heard.stage, heard.tags) == (Stage.ASSIGNED, ["grid", "late"])
    assert Decision.objects.get().departure == "broad"
    assert list(RuleCount.objects.values_list("verdict", "n")) == [("broad", 1)]


def test_the_history_says_why_a_decision_departs(owner, care, heard):
    browser(owner).post(f"/conversations/{heard.pk}/decide/", decision(care, departure="broad"))

    page = get(owner, f"/inbox/everything/{heard.pk}/")

    assert "Not as the policy suggested: the rule is too broad." in page


def test_a_decision_that_follows_asks_for_nothing_more(owner, care, heard):
    response = browser(owner).post(f"/conversations/{heard.pk}/decide/", decision(care, priority=1))

    assert response.status_code == 302
    assert list(RuleCount.objects.values_list("verdict", "n")) == [("followed", 1)]


@pytest.mark.parametrize("tags", [",".join(map(str, range(21))), "x" * 41])
def test_tags_beyond_measure_are_refused(owner, care, heard, tags):
    response = browser(owner).post(f"/conversations/{heard.pk}/decide/", decision(care, priority=1, tags=tags))

    assert response.status_code == 422
    assert not Decision.objects.exists()


def test_the_policy_tells_how_its_rules_are_followed(owner, care, heard):
    browser(owner).post(f"/conversations/{heard.pk}/decide/", decision(care, departure="wrong"))

    page = unescape(get(owner, "/policy/"))

    assert "Followed 0 of 1. Departed from: 1 wrong." in page


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({}, "other"), ({"departure": "special"}, "special"), ({"priority": 1, "departure": "wrong"}, "")],
)
def test_programs_may_say_why_they_depart(owner, care, heard, sent, kept):
    body = {"fence": 0, "disposition": "customer_service", "priority": 3, "department": "care", "visibility": "public"}

    response = Program(owner).post(f"conversations/{heard.pk}/decisions/", {**body, "tags": ["Late "], **sent})

    assert response.status_code == 201, response.json()
    assert (response.json()["departure"], response.json()["tags"]) == (kept, ["late"])


def test_programs_read_the_reasons_in_words(owner, heard):
    told = Program(owner).get(f"conversations/{heard.pk}/").json()

    (because,) = told["suggestion"]["because"]
    assert because["sentence"] == "Clause 1, rule “Outage”, matched “outage”: the priority it begins with."
    assert told["tags"] == []
