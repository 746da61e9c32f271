from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from policies.engine.conditions import read_condition
from policies.engine.conflicts import Conflict, Trouble, find_conflicts
from policies.engine.facts import Facts
from policies.engine.implying import Comparison
from policies.engine.index import Index
from policies.engine.naming import Thing
from policies.engine.outcomes import read_outcome
from policies.engine.rules import Rule, weigh

LISTS = {"money": ["refund", "my order"], "none": []}
# Everything that the conditions below can tell apart.
WORLD = [
    Facts(text=text, language=language, reach=reach, is_private=is_private, local=local, streams=streams)
    for text, language, reach, is_private, local, streams in product(
        ("", "order", "my order", "refund my order"),
        ("", "en", "da"),
        (None, 0, 5, 10),
        (True, False),
        (datetime(2026, 3, 2, 8, 30, tzinfo=UTC), datetime(2026, 3, 3, 0, 30, tzinfo=UTC)),
        (frozenset(), frozenset({"a", "b"})),
    )
]

TERMS = st.sampled_from(
    [
        {"words": ["order"]},
        {"words": ["my order"]},
        {"words": ["Refund!", "order"]},
        {"list": ["money"]},
        {"list": ["none"]},
        {"pattern": "refund.*order"},
        {"language": ["en"]},
        {"language": ["en", "da"]},
        {"reach": {"at_least": 5}},
        {"reach": {"at_least": 1, "below": 10}},
        {"reach": {"below": 5}},
        {"private": True},
        {"private": False},
        {"stream": ["a"]},
        {"stream": ["b", "c"]},
        {"time": {"days": ["mon"], "from": "08:00", "to": "09:00"}},
        {"time": {"days": ["mon"], "from": "08:00", "to": "01:00"}},
        {"time": {"days": ["tue"]}},
    ]
)
CONDITIONS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
PART = st.sampled_from(["", "public_response", "no_response"])
OUTCOMES = st.fixed_dictionaries(
    {
        "priority": st.sampled_from([None, 1, 2]),
        "points": st.sampled_from([0, 0, 5]),
        "disposition": PART,
        "department": st.sampled_from(["", "support"]),
        "tags": st.lists(st.sampled_from(["x", "y"]), max_size=2),
    }
).filter(lambda said: any(said.values()))
RULES = st.lists(st.tuples(CONDITIONS, OUTCOMES), min_size=1, max_size=5)


def rules_of(*written):
    return [
        Rule(number, 1, "1", f"r{number}", read_condition(condition), read_outcome(kind, outcome))
        for number, (condition, outcome, kind) in enumerate(
            (entry if len(entry) == 3 else (*entry, "routing") for entry in written), start=1
        )
    ]


def conflicts(*written, known=None):
    known = {Thing.DEPARTMENT: {"support"}, Thing.LIST: set(LISTS)} if known is None else known
    return find_conflicts(rules_of(*written), known=known, lists=LISTS)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(one=CONDITIONS, other=CONDITIONS)
def test_what_comparing_says_holds_in_the_whole_world(one, other):
    one, other = read_condition(one), read_condition(other)
    comparison = Comparison(LISTS)
    implies, excludes, never = (
        comparison.implies(one, other),
        comparison.excludes(one, other),
        comparison.never_holds(one),
    )
    assume(implies or excludes or never)

    index = Index([(one, 1), (other, 2)], LISTS)
    for facts in WORLD:
        holds = {meant for meant, _evidence in index.matches(facts)}
        assert not (implies and holds == {1})
        assert not (excludes and holds == {1, 2})
        assert not (never and 1 in holds)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(written=RULES)
def test_a_rule_that_is_called_unreachable_never_changes_a_suggestion(written):
    rules = rules_of(*written)
    found = find_conflicts(rules, known={}, lists=LISTS)
    idle = {one.rule.rule_id for one in found if one.trouble in (Trouble.UNREACHABLE, Trouble.NEVER)}
    assume(idle)

    index = Index(((rule.condition, rule) for rule in rules), LISTS)
    for facts in WORLD:
        assert idle.isdisjoint(reason.rule_id for reason in weigh(index.matches(facts)).because)


@pytest.mark.parametrize(
    ("one", "other", "implies"),
    [
        ({"words": ["my order"]}, {"words": ["order"]}, True),
        ({"words": ["order"]}, {"words": ["my order"]}, False),
        ({"words": ["refund"]}, {"list": ["money"]}, True),
        ({"list": ["money"]}, {"words": ["refund", "order"]}, True),
        ({"list": ["gone"]}, {"words": ["refund"]}, False),
        ({"reach": {"at_least": 5, "below": 9}}, {"reach": {"at_least": 5}}, True),
        ({"reach": {"below": 9}}, {"reach": {"at_least": 0}}, False),
        ({"stream": ["A "]}, {"stream": ["a", "b"]}, True),
        ({"language": ["en"]}, {"not": {"language": ["da"]}}, True),
        ({"stream": ["a"]}, {"not": {"stream": ["b"]}}, False),
        ({"words": ["x"], "private": True}, {"any": [{"private": True}, {"words": ["y"]}]}, True),
        ({"any": [{"words": ["x"]}, {"private": True}]}, {"words": ["x"]}, False),
        ({"not": {"words": ["x", "y"]}}, {"not": {"words": ["x"]}}, True),
        ({"time": {"days": ["fri"], "from": "22:00", "to": "02:00"}}, {"time": {"days": ["fri", "sat"]}}, True),
        ({"answer_links_outside": ["a.dk", "b.dk"]}, {"answer_links_outside": ["a.dk"]}, True),
        ({"answer_has_personal_data": ["card"]}, {"answer_has_personal_data": ["card", "email"]}, True),
        ({"answer_capitals": {"at_least": 0.5}}, {"answer_capitals": {"at_least": 0.4}}, True),
        ({"answer_lacks": ["x"]}, {"answer_lacks": ["y"]}, False),
        ({"pattern": "a+"}, {"pattern": "a"}, False),
    ],
)
def test_a_wider_condition_is_known(one, other, implies):
    assert Comparison(LISTS).implies(read_condition(one), read_condition(other)) is implies


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [{"reach": {"at_least": 10}}, {"reach": {"below": 10}}]},
        {"private": True, "not": {"private": True}},
        {"language": ["en"], "any": [{"language": ["da"]}, {"language": ["de"]}]},
        {"any": [{"all": [{"spike": True}, {"spike": False}]}]},
        {"all": [{"time": {"days": ["mon"]}}, {"time": {"days": ["tue"]}}]},
    ],
)
def test_a_condition_that_excludes_itself_is_told(condition):
    assert [one.trouble for one in conflicts((condition, {"priority": 1}))] == [Trouble.NEVER]


def test_a_rule_behind_wider_ones_that_give_all_its_parts_is_told():
    written = (
        ({"words": ["refund"]}, {"department": "support"}),
        ({"list": ["money"]}, {"disposition": "public_response", "priority": 2, "tags": ["x"]}),
        (
            {"words": ["refund"], "private": True},
            {"department": "support", "disposition": "no_response", "priority": 3, "tags": ["x"]},
        ),
    )
    first, second, third = rules_of(*written)

    assert conflicts(*written) == [
        Conflict(Trouble.UNREACHABLE, third, (first, second), ("priority", "disposition", "department", "tags"))
    ]


@pytest.mark.parametrize(
    "outcome",
    [
        {"disposition": "no_response", "points": 1},
        {"disposition": "no_response", "department": "support"},
        {"disposition": "no_response", "priority": 1},
        {"disposition": "no_response", "tags": ["z"]},
    ],
)
def test_a_rule_that_still_gives_something_is_let_be(outcome):
    assert (
        conflicts(
            ({"words": ["x"]}, {"disposition": "public_response", "priority": 2, "tags": ["y"]}),
            ({"words": ["x"], "private": True}, outcome),
        )
        == []
    )


def test_the_same_condition_twice_is_told_with_the_parts():
    written = (
        ({"words": ["x", "y"]}, {"disposition": "public_response"}),
        ({"words": ["Y!", "x"]}, {"disposition": "no_response", "department": "support"}),
    )
    first, second = rules_of(*written)

    assert conflicts(*written) == [Conflict(Trouble.SAME, second, (first,), ("disposition",))]


def test_a_rule_of_conduct_written_twice_is_told_once():
    rule = ({"answer_words": ["x"]}, {"verdict": "warn", "message": "No."}, "conduct")
    first, second, third = rules_of(rule, rule, rule)

    assert conflicts(rule, rule, rule) == [
        Conflict(Trouble.SAME, second, (first,)),
        Conflict(Trouble.SAME, third, (first,)),
    ]


def test_one_rule_can_be_asked_about_alone():
    rules = rules_of(*[({"words": ["x"]}, {"priority": 1})] * 3)

    found = find_conflicts(rules, known={}, lists={}, about=3)

    assert found == [Conflict(Trouble.UNREACHABLE, rules[2], (rules[0],), ("priority",))]


@pytest.mark.parametrize(
    ("decides", "may_decide", "told"),
    [
        (True, {"customer_service", "public_response"}, [Trouble.NOT_ALLOWED]),
        (True, {"no_response"}, []),
        (False, set(), []),
    ],
)
def test_deciding_what_its_clause_does_not_let_it_is_told(decides, may_decide, told):
    said = {"disposition": "no_response", "priority": 1, "decides": decides}
    (rule,) = rules_of(({"words": ["x"]}, said))
    rule = replace(rule, may_decide=frozenset(may_decide))

    assert find_conflicts([rule], known={}, lists={}) == [Conflict(trouble, rule) for trouble in told]


def test_what_is_named_and_gone_is_told():
    asked = [{"department": "legal"}, {"role": "lead"}]
    found = conflicts(
        ({"department": ["press"], "list": ["money", "away"]}, {"department": "sales"}),
        ({"answer_list": ["away"]}, {"mode": "any", "asked": asked}, "approval"),
        ({"private": True}, {"verdict": "approval", "message": "No.", "approval": {"asked": asked}}, "conduct"),
        ({"private": True}, {"step": "decide", "minutes": 5, "tell": asked}, "escalation"),
    )

    assert [(one.rule.rule_id, one.thing, one.names) for one in found] == [
        (1, Thing.DEPARTMENT, ("press", "sales")),
        (1, Thing.LIST, ("away",)),
        (2, Thing.DEPARTMENT, ("legal",)),
        (2, Thing.LIST, ("away",)),
        (3, Thing.DEPARTMENT, ("legal",)),
        (4, Thing.DEPARTMENT, ("legal",)),
    ]


def test_names_that_nothing_has_are_told_where_it_is_known_what_there_is():
    rules = (
        ({"channel": ["email", "Old shop"], "stream": "lost"}, {"person": "Ada@example.com"}),
        (
            {"author": ["press", "friends"], "tag": ["money"]},
            {"step": "decide", "tell": [{"person": "b@x"}]},
            "escalation",
        ),
    )
    known = {
        Thing.CHANNEL: {"email"},
        Thing.STREAM: {"found"},
        Thing.AUTHOR_LIST: {"press"},
        Thing.PERSON: {"ada@example.com"},
        Thing.TAG: set(),
    }

    assert [(one.rule.rule_id, one.trouble, one.thing, one.names) for one in conflicts(*rules, known=known)] == [
        (1, Trouble.UNKNOWN, Thing.CHANNEL, ("old shop",)),
        (1, Trouble.UNKNOWN, Thing.STREAM, ("lost",)),
        (2, Trouble.UNKNOWN, Thing.AUTHOR_LIST, ("friends",)),
        (2, Trouble.UNKNOWN, Thing.PERSON, ("b@x",)),
        (2, Trouble.UNKNOWN, Thing.TAG, ("money",)),
    ]
    assert conflicts(*rules, known={}) == []
