import pytest

from policies.engine.conditions import read_condition
from policies.engine.facts import Facts
from policies.engine.outcomes import read_outcome
from policies.engine.rules import Policy, Rule, priority_of
from socialhub.lib.errors import Invalid


def policy(*written, may_decide=()):
    return Policy(
        version_id=1,
        number=1,
        rules=tuple(
            Rule(
                rule_id=number,
                clause_id=10 + number,
                clause_label=f"{number}",
                name=f"rule {number}",
                condition=read_condition(when),
                outcome=read_outcome("routing", then),
                may_decide=frozenset(may_decide),
            )
            for number, (when, then) in enumerate(written, start=1)
        ),
    )


def gave(suggestion):
    return [(one.rule_id, one.gave, one.points) for one in suggestion.because]


def test_nothing_that_applies_suggests_nothing_but_the_usual_priority():
    suggestion = policy(({"words": ["fire"]}, {"priority": 1})).suggest(Facts(text="hello"))

    assert (suggestion.priority, suggestion.score, suggestion.because) == (3, 25, ())


def test_the_first_rule_that_says_a_part_gives_that_part():
    suggestion = policy(
        ({"words": ["refund"]}, {"disposition": "customer_service", "visibility": "private", "tags": ["Money"]}),
        ({"words": ["late"]}, {"disposition": "public_response", "department": "care", "tags": ["money", "late"]}),
    ).suggest(Facts(text="my refund is late"))

    assert (suggestion.disposition, suggestion.visibility, suggestion.department) == (
        "customer_service",
        "private",
        "care",
    )
    assert suggestion.tags == ("money", "late")
    assert gave(suggestion) == [(1, ("disposition", "visibility", "tags"), 0), (2, ("department", "tags"), 0)]


def test_the_most_urgent_priority_begins_the_score_and_points_are_added():
    rules = policy(
        ({"words": ["order"]}, {"priority": 2}),
        ({"words": ["slow"]}, {"priority": 4}),
        ({"reach": {"at_least": 50_000}}, {"points": 20}),
        ({"author": ["press"]}, {"points": 10}),
    )

    suggestion = rules.suggest(Facts(text="slow order", reach=58_000))
    assert (suggestion.priority, suggestion.score) == (2, 70)
    assert gave(suggestion) == [(1, ("priority",), 0), (3, (), 20)]
    assert suggestion.because[1].evidence == (("reach", "58,000"),)
    louder = rules.suggest(Facts(text="slow order", reach=58_000, author=frozenset({"press"})))
    assert (louder.priority, louder.score) == (1, 80)


@pytest.mark.parametrize(
    ("score", "priority"), [(0, 4), (24, 4), (25, 3), (49, 3), (50, 2), (74, 2), (75, 1), (100, 1)]
)
def test_a_score_has_one_priority(score, priority):
    assert priority_of(score) == priority


def test_a_score_stays_from_0_to_100():
    quiet = policy(({"words": ["a"]}, {"points": -100})).suggest(Facts(text="a"))
    loud = policy(({"words": ["a"]}, {"priority": 1, "points": 100})).suggest(Facts(text="a"))

    assert (quiet.score, quiet.priority, loud.score, loud.priority) == (0, 4, 100, 1)


def test_a_rule_decides_only_what_its_clause_allows():
    spam = ({"words": ["casino"]}, {"disposition": "no_response", "decides": True})

    assert policy(spam, may_decide=["no_response"]).suggest(Facts(text="casino")).decided_by == 1
    assert policy(spam).suggest(Facts(text="casino")).decided_by is None
    earlier = ({"words": ["casino"]}, {"disposition": "public_response"})
    assert policy(earlier, spam, may_decide=["no_response"]).suggest(Facts(text="casino")).decided_by is None


def test_a_reason_is_that_of_the_rule_that_gave_the_disposition():
    spam = ({"words": ["casino"]}, {"disposition": "no_response", "reason": "spam"})
    troll = ({"words": ["casino"]}, {"disposition": "no_response", "reason": "trolling"})
    silent = ({"words": ["casino"]}, {"disposition": "no_response"})

    assert policy(spam, troll).suggest(Facts(text="casino")).reason == "spam"
    assert policy(silent, spam).suggest(Facts(text="casino")).reason == ""


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        ("routing", {}, "A rule has to suggest something."),
        ("routing", {"priority": True}, "The priority must be 1, 2, 3 or 4."),
        ("routing", {"points": 101}, "Points must be a whole number from -100 to 100."),
        ("routing", {"sing": 1}, "A rule does not understand “sing”."),
        ("routing", {"disposition": "no_response", "reason": "whim"}, "The reason is not known."),
        (
            "routing",
            {"disposition": "public_response", "reason": "spam"},
            "A reason is only for conversations that nobody answers.",
        ),
        ("routing", {"reason": "spam"}, "A reason is only for conversations that nobody answers."),
        (
            "routing",
            {"disposition": "public_response", "decides": True},
            "A rule that decides needs a disposition, and for an answer a department and a visibility.",
        ),
        ("approval", {"asked": []}, "Say in “asked” who is meant."),
        ("approval", {"asked": [{"dog": "Rex"}]}, "Name each as a department, a role or a person."),
        ("conduct", {"verdict": "block"}, "Say what whoever writes is told."),
        (
            "conduct",
            {"verdict": "approval", "message": "Ask."},
            "Name who must approve, with the verdict “approval” and with no other.",
        ),
        (
            "escalation",
            {"step": "decide", "minutes": 1.5, "tell": [{"role": "lead"}]},
            "Minutes must be a whole number",
        ),
        ("dance", {}, "There is no kind of rule called “dance”."),
    ],
)
def test_an_outcome_that_no_rule_may_say_is_refused(kind, written, message):
    with pytest.raises(Invalid, match=message.replace("(", r"\(")):
        read_outcome(kind, written)
