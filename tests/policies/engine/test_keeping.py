import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.checking import check_rule
from policies.engine.conditions import InvalidAt, read_condition
from policies.engine.facts import Facts, names
from policies.engine.keeping import TERMS_OF_KEEPING
from policies.engine.outcomes import MOST_DAYS, Retention, What, read_outcome
from policies.engine.rules import Policy, Rule
from policies.engine.terms import TERMS
from policies.sentences import sentence_of_rule
from policies.services.clauses import WrittenRule
from socialhub.lib.errors import Invalid


def policy(*written):
    return Policy(
        version_id=1,
        number=1,
        rules=tuple(
            Rule(number, 10 + number, f"8.{number}", f"rule {number}", read_condition(when), read_outcome(kind, then))
            for number, (kind, when, then) in enumerate(written, start=1)
        ),
    )


def keeps(when, days, what="content"):
    return "retention", when, {"what": what, "keep_days": days}


def kept(found):
    return {what: (days, because.rule_id) for what, (days, because) in found.items()}


def test_the_first_rule_that_applies_decides_for_each():
    rules = policy(
        keeps({"reason": ["spam"]}, 30),
        keeps({"private": False}, 90, "raw"),
        keeps({"private": False}, 730),
        keeps({"private": False}, 10, "raw"),
    )

    assert kept(rules.keeping(Facts(reason="spam"))) == {What.CONTENT: (30, 1), What.RAW: (90, 2)}
    assert kept(rules.keeping(Facts(reason="rant"))) == {What.CONTENT: (730, 3), What.RAW: (90, 2)}


def test_what_no_rule_names_is_kept():
    rules = policy(keeps({"tag": ["Law"]}, 365), ("routing", {"private": False}, {"priority": 1}))

    assert kept(rules.keeping(Facts(tags=names("law")))) == {What.CONTENT: (365, 1)}
    assert kept(rules.keeping(Facts(tags=names("praise")))) == {}


def test_rules_of_retention_have_no_say_in_where_a_mention_goes():
    rules = policy(keeps({"private": False}, 30))

    assert rules.suggest(Facts()).because == ()
    assert rules.findings(Facts(answer="Hello")) == []
    assert list(rules.escalations()) == []


def test_a_policy_tells_after_which_days_something_may_go():
    rules = policy(
        keeps({"private": True}, 30),
        keeps({"spike": True}, 5),
        keeps({"priority": 1}, 30),
        keeps({"priority": 2}, 9, "raw"),
    )

    assert (rules.keep_days(What.CONTENT), rules.keep_days(What.RAW)) == ([5, 30], [9])
    assert policy().keep_days(What.RAW) == []


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1, 365_000, 1.5, "30", True, None])
def test_times_that_make_no_sense_are_refused(days):
    with pytest.raises(Invalid, match="from 1 to 36500"):
        read_outcome("retention", {"what": "content", "keep_days": days})


@pytest.mark.parametrize(
    "said", [{"keep_days": 3}, {"what": "names", "keep_days": 3}, {"what": "raw", "keep_days": 3, "but": 1}]
)
def test_what_is_let_go_is_one_of_two(said):
    with pytest.raises(Invalid):
        read_outcome("retention", said)


def test_the_limits_themselves_may_be_said():
    assert read_outcome("retention", {"what": "raw", "keep_days": 1}) == Retention(What.RAW, 1)
    assert read_outcome("retention", {"what": "raw", "keep_days": MOST_DAYS}) == Retention(What.RAW, MOST_DAYS)


@pytest.mark.parametrize("term", ["words", "pattern", "answer_length"])
def test_a_rule_of_retention_looks_at_no_text(term):
    value = {"words": ["fire"], "pattern": "fire", "answer_length": {"at_least": 3}}[term]
    written = WrittenRule(
        "Old", {"all": [{"private": True}, {term: value}]}, {"what": "raw", "keep_days": 3}, "retention"
    )

    with pytest.raises(InvalidAt, match=f"cannot look at “{term}”") as refused:
        check_rule(written)
    assert refused.value.place == "when"


def test_what_a_rule_of_retention_looks_at_is_known():
    assert set(TERMS) >= TERMS_OF_KEEPING


def test_a_rule_of_retention_is_told_in_words():
    written = WrittenRule("Spam", {"reason": ["spam"]}, {"what": "content", "keep_days": 30}, "retention")

    assert sentence_of_rule(written, {}) == (
        "Spam: when nobody answers because: spam or a bot, then everything that was said, and the names: "
        "erased 30 days after it is closed."
    )


@given(
    st.lists(
        st.tuples(st.sampled_from(list(What)), st.integers(1, MOST_DAYS), st.integers(1, 4), st.booleans()), max_size=12
    ),
    st.integers(1, 4),
    st.booleans(),
)
def test_the_first_match_decides_whatever_the_rules(written, priority, is_private):
    rules = policy(
        *(keeps({"priority": rank, "private": private}, days, what) for what, days, rank, private in written)
    )
    expected = {}
    for number, (what, days, rank, private) in enumerate(written, start=1):
        if (rank, private) == (priority, is_private):
            expected.setdefault(what, (days, number))

    assert kept(rules.keeping(Facts(priority=priority, is_private=is_private))) == expected
