import pytest

from policies.engine.conditions import read_condition
from policies.engine.facts import Facts, names
from policies.engine.incidents import NO_INCIDENTS, Incidents, OpenIncident, read_belonging, within
from policies.sentences import words_for_condition, words_for_evidence
from socialhub.lib.errors import Invalid

OSLO, BERGEN = OpenIncident(1, "Outage Oslo", 1), OpenIncident(2, "Outage Bergen", 3)


@pytest.fixture
def incidents() -> Incidents:
    return Incidents(
        [
            (OSLO, read_belonging({"words": ["oslo"]})),
            (BERGEN, read_belonging({"any": [{"words": ["bergen"]}, {"stream": ["Bergen"]}]})),
        ]
    )


@pytest.mark.parametrize(
    ("facts", "belonging"),
    [
        (Facts(text="No power in Oslo"), (OSLO,)),
        (Facts(text="Oslo, too", streams=names("bergen")), (BERGEN, OSLO)),
        (Facts(text="No power in Trondheim"), ()),
    ],
)
def test_a_mention_belongs_to_every_incident_whose_condition_holds_the_gravest_first(incidents, facts, belonging):
    assert incidents.of(facts) == belonging


def test_the_gravest_stands_for_all_and_none_for_none():
    known = within(Facts(text="Oslo"), (BERGEN, OSLO))

    assert (known.incident, known.incident_level) == ("Outage Bergen", 3)
    assert within(known, ()) == Facts(text="Oslo")


def test_no_incidents_are_none(incidents):
    assert (bool(NO_INCIDENTS), bool(incidents)) == (False, True)


@pytest.mark.parametrize(
    "condition",
    [
        {"incident": {"at_least": 1}},
        {"priority": [1]},
        {"list": ["press"]},
        {"answer_words": ["x"]},
        {"earlier": {"below": 1}},
    ],
)
def test_what_belongs_depends_on_what_is_heard_alone(condition):
    with pytest.raises(Invalid) as refused:
        read_belonging({"any": [{"words": ["oslo"]}, condition]})

    assert next(iter(condition)) in str(refused.value)


def test_the_term_is_told_in_words_with_its_evidence():
    condition = read_condition({"incident": {"at_least": 2}})

    assert words_for_condition(condition, {}) == "it is part of an open incident, its level at least 2"
    assert words_for_evidence([("incident", "2 Outage Oslo")]) == "part of the incident “Outage Oslo”, level 2"
