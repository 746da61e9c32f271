import json
from html import unescape

import pytest
from django.http import QueryDict

from policies.editing.editor import RuleEditor
from policies.editing.posted import read_text
from policies.editing.shown import shown
from policies.editing.tree import Leaf, condition_of, tree_of, value_of
from policies.engine.conditions import read_condition
from policies.models import PolicyVersion
from policies.services import drafting
from tests.factories.policies import RuleFactory
from tests.factories.teams import NOON, DepartmentFactory
from tests.support.forms import Page

CONDITIONS = [
    {"words": ["refund", "hello, world"]},
    {"words": "refund", "language": ["en"], "sentiment": {"below": -0.25}, "reach": {"at_least": 0}},
    {"all": [{"words": ["a"]}, {"words": ["b"]}]},
    {"any": [{"list": ["money"]}, {"not": {"private": True}}]},
    {"not": {"any": [{"stream": ["a"]}, {"channel": ["email", "Post box"]}]}},
    {"not": {"words": ["a"], "private": False}},
    {"time": {"days": ["mon", "fri"], "from": "09:00", "to": "17:30"}, "office_hours": False},
    {"time": {"from": "22:00"}, "priority": [1, 2], "pattern": "order (no|#)\\d+"},
    {"priority": 1, "department": ["care", "gone"], "author": ["press"]},
    {"any": [{"all": [{"any": [{"all": [{"words": ["deep"]}, {"words": ["er"]}]}, {"private": True}]}]}]},
    {"any": [{"all": [{"any": [{"all": [{"any": [{"words": ["deep"]}, {"list": ["er"]}]}]}]}]}]},
    {"answer_capitals": {"at_least": 0.5}, "answer_has_personal_data": ["card"], "answer_lacks": ["Kind regards, us"]},
]
OUTCOMES = [
    ("routing", {"priority": 2, "points": -5, "tags": ["a", "b c"], "disposition": "no_response", "decides": True}),
    ("routing", {"department": "gone", "person": "a@example.com", "visibility": "private"}),
    ("approval", {"asked": [{"role": "lead"}, {"department": "care"}, {"person": "a@example.com"}]}),
    ("approval", {"mode": "in_order", "asked": [{"department": "gone"}]}),
    ("conduct", {"message": "No."}),
    ("conduct", {"verdict": "approval", "message": "Ask.", "approval": {"mode": "all", "asked": [{"role": "lead"}]}}),
    ("escalation", {"minutes": -15, "tell": [{"role": "manager"}]}),
    ("escalation", {"step": "resolve", "minutes": 0, "tell": [{"person": "a@example.com"}]}),
    ("retention", {"what": "raw", "keep_days": 90}),
]


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    DepartmentFactory(slug="care", name="Care")
    return drafting.start_draft(editor=editor, at=NOON)


@pytest.fixture
def clause(draft):
    return draft.clauses.get(number=2)


def fields_at(client, address, fields=None):
    """Return the form as a browser would send it."""
    response = client.get(address) if fields is None else client.post(address, fields)
    assert response.status_code == 200
    return Page(response, form="rule-form").fields


@pytest.mark.parametrize("condition", CONDITIONS)
def test_saving_what_nobody_changed_keeps_the_condition(client, editor, clause, condition):
    rule = RuleFactory(clause=clause, condition=condition, outcome={"priority": 1})
    client.force_login(editor)
    address = f"/policy/draft/rules/{rule.pk}/"

    response = client.post(address, fields_at(client, address))

    assert response.status_code == 302
    rule.refresh_from_db()
    assert rule.condition == condition


@pytest.mark.parametrize(("kind", "outcome"), OUTCOMES)
def test_saving_what_nobody_changed_keeps_the_outcome(client, editor, clause, kind, outcome):
    rule = RuleFactory(clause=clause, kind=kind, condition={"private": True}, outcome=outcome)
    client.force_login(editor)
    address = f"/policy/draft/rules/{rule.pk}/"

    response = client.post(address, fields_at(client, address))

    assert response.status_code == 302, Page(response, form="rule-form").errors
    rule.refresh_from_db()
    assert (rule.kind, rule.outcome) == (kind, outcome)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_tree_says_what_the_condition_says_but_for_its_shape(condition):
    root = tree_of(condition)
    again = condition_of(root, read_text)

    assert read_condition(again) == read_condition(condition)
    assert shown(root, {})["is_group"]


def test_a_rule_is_built_with_buttons_alone(client, editor, clause):
    client.force_login(editor)
    address = f"/policy/draft/clauses/{clause.pk}/rules/add/"
    fields = fields_at(client, address)

    fields["name"] = "Money"
    fields["c.1.new"], fields["act"] = "words", "add:1"
    fields = fields_at(client, address, fields)
    fields["c.1.1.lines"] = "refund, my  order\r\nrefund"
    fields["act"] = "group:1"
    fields = fields_at(client, address, fields)
    fields["c.1.2.is"], fields["c.1.2.new"], fields["act"] = "none", "reach", "add:1.2"
    fields = fields_at(client, address, fields)
    fields["c.1.2.1.at_least"], fields["c.1.2.1.below"] = "", "10.5"
    fields["c.1.2.new"], fields["act"] = "priority", "add:1.2"
    fields = fields_at(client, address, fields)
    assert fields["c.1.2.2.is"] == ["priority"]
    fields["act"] = "remove:1.2.2"
    fields = fields_at(client, address, fields)
    fields |= {"o-priority": "2", "o-department": "care", "o-points": "5", "o-tags": "a, b,a"}
    response = client.post(address, fields)

    assert response.status_code == 302
    rule = clause.rules.get(name="Money")
    assert rule.condition == {"words": ["refund", "my order"], "not": {"reach": {"below": 10.5}}}
    assert rule.outcome == {"priority": 2, "points": 5, "department": "care", "tags": ["a", "b"]}


def test_another_kind_of_rule_has_other_fields(client, editor, clause):
    client.force_login(editor)
    address = f"/policy/draft/clauses/{clause.pk}/rules/add/"

    shown = fields_at(client, address, {"kind": "escalation", "act": "more", "o-who_3": "role:lead", "c.1.is": "all"})
    fields = {
        "name": "Late",
        "kind": "escalation",
        "c.1.is": "all",
        "c.1.1.is": "priority",
        "c.1.1.names": ["1"],
        "o-step": "claim",
        "o-minutes": "10",
        "o-who_1": "role:manager",
        "o-who_2": "",
        "o-person_2": "x@example.com",
    }
    response = client.post(address, fields)

    assert (shown["o-who_3"], shown["o-who_4"]) == (["role:lead"], [""])
    assert response.status_code == 302
    rule = clause.rules.get(name="Late")
    assert (rule.kind, rule.condition) == ("escalation", {"priority": [1]})
    assert rule.outcome == {
        "step": "claim",
        "minutes": 10,
        "tell": [{"role": "manager"}, {"person": "x@example.com"}],
    }


def test_a_condition_is_edited_as_text_and_back(client, editor, clause):
    rule = RuleFactory(clause=clause, condition={"words": ["a"]}, outcome={"priority": 1})
    client.force_login(editor)
    address = f"/policy/draft/rules/{rule.pk}/"
    fields = fields_at(client, address)

    fields["act"] = "text"
    fields = fields_at(client, address, fields)
    assert json.loads(fields["text"][0]) == {"words": ["a"]}
    fields["text"], fields["act"] = "any:\n- words: [b]\n- private: true\n", "menus"
    fields = fields_at(client, address, fields)
    assert (fields["c.1.is"], fields["c.1.1.lines"], fields["c.1.2.flag"]) == (["any"], ["b"], ["true"])
    assert client.post(address, fields).status_code == 302

    rule.refresh_from_db()
    assert rule.condition == {"any": [{"words": ["b"]}, {"private": True}]}


BASE = {
    "name": "Refund",
    "kind": "routing",
    "c.1.is": "all",
    "c.1.1.is": "words",
    "c.1.1.lines": "x",
    "o-priority": "2",
}


@pytest.mark.parametrize(
    ("change", "place", "sentence"),
    [
        ({"name": ""}, "id_name", "This field is required."),
        ({"c.1.1.is": ""}, "c.1", "Add at least one condition."),
        ({"c.1.1.lines": "!!!"}, "c.1.1", "“!!!” has nothing in it to look for."),
        ({"c.1.1.lines": ""}, "c.1.1", "Nothing is entered or chosen yet."),
        ({"c.1.1.lines": "x" * 101}, "c.1.1", "is too long."),
        ({"c.1.2.is": "any"}, "c.1.2", "Add at least one condition."),
        ({"c.1.2.is": "language", "c.1.2.lines": "english!"}, "c.1.2", "“english!” is not the code of a language."),
        ({"c.1.2.is": "sentiment", "c.1.2.below": "1.5"}, "c.1.2", "A limit must be a number from -1 to 1."),
        ({"c.1.2.is": "sentiment", "c.1.2.below": "nan"}, "c.1.2", "A limit must be a number from -1 to 1."),
        (
            {"c.1.2.is": "reach", "c.1.2.at_least": "5", "c.1.2.below": "5"},
            "c.1.2",
            "Nothing lies from 5 to below 5.",
        ),
        ({"c.1.2.is": "pattern", "c.1.2.text": "("}, "c.1.2", "The pattern “(” cannot be used"),
        ({"c.1.2.is": "text", "c.1.2.text": "words: &a [x]"}, "c.1.2", "Anchors and aliases"),
        ({"c.1.2.is": "text", "c.1.2.text": "any: [{wrods: [x]}]"}, "c.1.2", "any.1.wrods: A rule does not understand"),
        ({"view": "text", "text": "words: ["}, "rule-text-", "This is no YAML"),
        ({"view": "text", "text": "any:\n- words: [x]\n- reach: 5"}, "rule-text-", "any.2.reach: Give “at least”"),
        ({"o-priority": ""}, "", "A rule has to suggest something."),
        ({"o-priority": "9"}, "id_o-priority", "Select a valid choice."),
        ({"o-department": "choir"}, "id_o-department", "Select a valid choice."),
        ({"o-decides": "on"}, "", "A rule that decides needs a disposition"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_place(client, editor, clause, change, place, sentence):
    rule = RuleFactory(clause=clause, name="Outage")
    client.force_login(editor)

    for address in (f"clauses/{clause.pk}/rules/add/", f"rules/{rule.pk}/"):
        response = client.post(f"/policy/draft/{address}", {**BASE, **change})
        told = Page(response, form="rule-form").errors
        assert response.status_code == 422
        assert [where for where, text in told.items() if sentence in text and where.startswith(place)]

    assert clause.rules.get().name == "Outage"


@pytest.mark.parametrize(
    "posted",
    [
        "c.1.is=all&c.1.1.is=words&c.1.1.1.is=words&c.1.9999.is=words&c.x.is=all&c.1.2.is=nothing&c.2.is=all",
        "c.1.is=words&c.1.lines=x",
        "c.1.1.is=words&c.1.1.lines=x",
        "&".join(["c.1.is=all", *(f"c.1.{n}.is=words" for n in range(1, 999))]),
        "view=text&text=" + "[" * 5000,
        "view=text&text=" + "x" * 200_000,
        "c.1.is=all&c.1.1.is=words&c.1.1.was=" + "[" * 100_000,
        "c.1.is=all&c.1.1.is=flag&act=add:1&c.1.new=flag",
        "kind=nothing&act=group:1.1.1.1.1&o-who_99999999999999999999=1",
    ],
)
@pytest.mark.django_db
def test_what_no_page_sends_is_taken_for_what_it_is(posted):
    fields = QueryDict(posted)

    assert RuleEditor.saved(None, fields).written is None
    assert RuleEditor.acted(None, fields).written is None


def test_rules_are_moved_within_their_clause(client, editor, clause):
    first, second, third = (RuleFactory(clause=clause, position=n, name=f"R{n}") for n in (1, 2, 3))
    client.force_login(editor)

    for rule, direction in ((third, "up"), (first, "up"), (second, "down"), (first, "sideways"), (third, "up")):
        response = client.post(f"/policy/draft/rules/{rule.pk}/move/", {"direction": direction})
        assert response.headers["Location"] == "/policy/draft/#clause-2"

    assert list(clause.rules.order_by("position").values_list("name", "position")) == [("R3", 1), ("R1", 2), ("R2", 3)]
    assert client.post("/policy/draft/rules/9999/move/", {"direction": "up"}).status_code == 404


def test_the_draft_tells_what_is_wrong_with_its_rules(client, editor, clause):
    RuleFactory(clause=clause, position=1, name="Wide", condition={"words": ["x"]}, outcome={"priority": 1})
    narrow = RuleFactory(
        clause=clause, position=2, name="Narrow", condition={"words": ["x y"]}, outcome={"priority": 2}
    )
    client.force_login(editor)

    told = "It never gives anything: 2 “Wide” always comes before it."
    assert f"Narrow: {told}" in unescape(client.get("/policy/draft/").content.decode())
    assert told in unescape(client.get(f"/policy/draft/rules/{narrow.pk}/").content.decode())


def test_a_rule_that_no_machine_reads_is_refused_and_not_our_fault(client, editor, clause):
    deep = {"words": ["x"]}
    for _level in range(3):
        deep = {"all": [{"any": [deep]}]}
    rule = RuleFactory(clause=clause, condition=deep, outcome={"priority": 1})
    broken = RuleFactory(clause=clause, position=9, condition={"all": 5, "wrods": ["y"]}, outcome={"priority": 1})
    client.force_login(editor)

    saved = client.post(f"/policy/draft/rules/{rule.pk}/", fields_at(client, f"/policy/draft/rules/{rule.pk}/"))
    address = f"/policy/draft/rules/{broken.pk}/"
    refused = client.post(address, fields_at(client, address))

    assert (saved.status_code, refused.status_code) == (422, 422)
    assert "A rule does not understand “wrods”." in refused.content.decode()


RETENTION = {
    "name": "Old",
    "kind": "retention",
    "o-what": "content",
    "o-keep_days": "30",
    "c.1.is": "all",
    "c.1.1.is": "private",
    "c.1.1.flag": "true",
}


def test_a_rule_of_retention_is_written_with_menus(client, editor, clause):
    client.force_login(editor)

    response = client.post(f"/policy/draft/clauses/{clause.pk}/rules/add/", RETENTION)

    assert response.status_code == 302
    rule = clause.rules.get(name="Old")
    assert (rule.kind, rule.condition, rule.outcome) == (
        "retention",
        {"private": True},
        {"what": "content", "keep_days": 30},
    )


@pytest.mark.parametrize("days", ["0", "-3", "36501", "365000", ""])
def test_days_that_make_no_sense_are_refused_at_their_field(client, editor, clause, days):
    client.force_login(editor)

    response = client.post(f"/policy/draft/clauses/{clause.pk}/rules/add/", RETENTION | {"o-keep_days": days})

    assert response.status_code == 422
    assert 'id="id_o-keep_days_error"' in response.content.decode()
    assert not clause.rules.filter(name="Old").exists()


def test_a_rule_of_retention_that_looks_at_words_is_refused(client, editor, clause):
    client.force_login(editor)

    response = client.post(
        f"/policy/draft/clauses/{clause.pk}/rules/add/", RETENTION | {"c.1.2.is": "words", "c.1.2.lines": "refund"}
    )

    assert response.status_code == 422
    assert "cannot look at “words”" in response.content.decode()
    assert not clause.rules.filter(name="Old").exists()


def test_what_is_no_priority_is_passed_over():
    assert value_of(Leaf("priority", {"names": ["1", "²", "9" * 5000, "x", "4"]})) == [1, 4]
