from html import unescape

import pytest

from listening.models import Channel
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.rules_decide import deciding_version
from tests.factories.teams import AppointmentFactory
from tests.support.api import Program
from tests.support.hearing import hear, said
from tests.support.visiting import browser, get
from triage.models import Conversation, DecidingStop, Decision, DecisionCheck
from triage.states import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(db):
    return deciding_version()


@pytest.fixture
def channel(portal) -> Channel:
    return ChannelFactory()


def test_what_a_rule_decided_is_shown_with_its_reasons(channel, owner):
    hear(channel, said("1", "Win at the casino"))

    page = unescape(get(owner, "/decided-by-rules/"))

    assert "1 waits to be looked at" in page
    assert "Clause 4.5, rule “Advertising”, decided under policy version" in page
    assert "Clause 4.5, rule “Advertising”, matched “casino”" in page


def test_a_decision_is_confirmed_on_the_page_once(channel, owner):
    hear(channel, said("1", "casino"))
    address = f"/decided-by-rules/{DecisionCheck.objects.get().pk}/confirm/"

    assert browser(owner).post(address).headers["Location"] == "/decided-by-rules/"
    assert browser(owner).post(address).status_code == 409
    assert "Nothing waits." in get(owner, "/decided-by-rules/")


def test_a_decision_is_reversed_on_the_page(channel, owner):
    (conversation,) = hear(channel, said("1", "casino"))
    address = f"/decided-by-rules/{DecisionCheck.objects.get().pk}/reverse/"

    assert browser(owner).post(address, {"departure": "x"}).headers["Location"] == "/decided-by-rules/"
    assert Conversation.objects.get().stage == Stage.CLOSED
    response = browser(owner).post(address, {"departure": "wrong"})

    assert response.headers["Location"] == f"/conversations/{conversation.pk}/"
    assert Conversation.objects.get().stage == Stage.NEW
    assert browser(owner).post(address, {"departure": "wrong"}).status_code == 409


def test_a_rule_is_stopped_and_let_go_on_the_page(channel, owner, policy):
    rule = policy.clauses.get().rules.get()
    form = {"rule": str(rule.key), "reason": "It closes complaints."}

    assert browser(owner).post("/decided-by-rules/", {**form, "reason": ""}).status_code == 422
    assert browser(owner).post("/decided-by-rules/", {**form, "rule": "x"}).status_code == 422
    assert browser(owner).post("/decided-by-rules/", form).status_code == 302
    assert browser(owner).post("/decided-by-rules/", form).status_code == 409
    page = unescape(get(owner, "/decided-by-rules/"))
    assert "The rule “Advertising”" in page
    assert "Sending is stopped" not in page
    assert "No rule of the policy in force" not in page

    stop = DecidingStop.objects.get()
    assert browser(owner).post(f"/decided-by-rules/stops/{stop.pk}/lift/").status_code == 302
    assert browser(owner).post(f"/decided-by-rules/stops/{stop.pk}/lift/").status_code == 409


def test_a_policy_editor_stops_rules_and_sees_no_conversations(channel):
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user
    hear(channel, said("1", "Win at the casino"))

    page = get(editor, "/decided-by-rules/")

    assert "casino" not in page
    assert browser(editor).post("/decided-by-rules/", {"rule": "every", "reason": "Bad."}).status_code == 302
    assert DecidingStop.objects.get().rule_key is None


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_costs_the_same_however_many_wait(channel, owner, count, django_assert_num_queries):
    hear(channel, *(said(str(n), "casino", author=f"a{n}") for n in range(count)))
    client = browser(owner)
    client.get("/decided-by-rules/")

    with django_assert_num_queries(8):
        client.get("/decided-by-rules/")


def test_programs_read_which_rule_decided(channel, owner):
    (conversation,) = hear(channel, said("1", "casino"))

    (told,) = Program(owner).get(f"conversations/{conversation.pk}/").json()["decisions"]

    assert (told["decided_by"], told["decided_by_rule"]["name"], told["reverses"]) == (None, "Advertising", None)
    assert told["id"] == Decision.objects.get().pk


@pytest.mark.parametrize(
    ("sent", "kept", "stage"),
    [
        ({"verdict": "confirmed"}, ("confirmed", ""), Stage.CLOSED),
        ({"verdict": "reversed"}, ("reversed", "other"), Stage.NEW),
        ({"verdict": "reversed", "departure": "wrong"}, ("reversed", "wrong"), Stage.NEW),
    ],
)
def test_programs_look_at_what_rules_decided(channel, owner, sent, kept, stage):
    (conversation,) = hear(channel, said("1", "casino"))
    program = Program(owner)

    (waiting,) = program.get("rule-decisions/").json()["results"]
    assert (waiting["conversation"], waiting["verdict"]) == (conversation.pk, "")
    answer = program.post(f"rule-decisions/{waiting['id']}/", sent)

    assert (answer.status_code, answer.json()["verdict"], answer.json()["departure"]) == (200, *kept)
    assert Conversation.objects.get().stage == stage
    assert program.post(f"rule-decisions/{waiting['id']}/", sent).status_code == 409
    assert program.get("rule-decisions/").json()["results"] == []


def test_a_verdict_that_there_is_not_names_the_field(channel, owner):
    hear(channel, said("1", "casino"))

    answer = Program(owner).post(f"rule-decisions/{DecisionCheck.objects.get().pk}/", {"verdict": "maybe"})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["verdict"])
    assert DecisionCheck.objects.get().verdict == ""
