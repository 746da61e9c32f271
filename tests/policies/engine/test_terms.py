from datetime import datetime

import pytest

from policies.engine.conditions import InvalidAt, read_condition
from policies.engine.facts import Facts, names
from policies.engine.index import Index


def seen(written, facts, lists=None):
    index = Index([(read_condition(written), "it")], lists)
    return next((evidence for _meant, evidence in index.matches(facts)), None)


@pytest.mark.parametrize(
    ("written", "facts", "evidence"),
    [
        ({"words": ["Refund"]}, Facts(text="I want my REFUND!"), (("words", "refund"),)),
        ({"words": ["money back"]}, Facts(text="Money, back!"), (("words", "money back"),)),
        ({"words": ["money back"]}, Facts(text="back to the money"), None),
        ({"words": ["fund"]}, Facts(text="refund"), None),
        ({"words": ["zebra", "apple"]}, Facts(text="zebra apple"), (("words", "apple"),)),
        ({"pattern": r"order\s+#?\d{5}"}, Facts(text="my ORDER  12345"), (("pattern", "ORDER 12345"),)),
        ({"pattern": r"order\s+#?\d{5}"}, Facts(text="my order 123"), None),
        ({"language": ["EN", "de"]}, Facts(language="en"), (("language", "en"),)),
        ({"language": ["en"]}, Facts(), None),
        ({"sentiment": {"below": -0.5}}, Facts(sentiment=-0.51), (("sentiment", "-0.51"),)),
        ({"sentiment": {"below": -0.5}}, Facts(sentiment=-0.5), None),
        ({"sentiment": {"below": -0.5}}, Facts(), None),
        ({"reach": {"at_least": 1000}}, Facts(reach=58_000), (("reach", "58,000"),)),
        ({"reach": {"at_least": 1000}}, Facts(reach=999), None),
        ({"reach": {"at_least": 10, "below": 20}}, Facts(reach=20), None),
        ({"reach": {"at_least": 10, "below": 20}}, Facts(reach=10), (("reach", "10"),)),
        ({"channel": ["Bluesky"]}, Facts(channel=names("bluesky", "Our  Account")), (("channel", "bluesky"),)),
        ({"channel": ["our account"]}, Facts(channel=names("Our  Account")), (("channel", "our account"),)),
        ({"author": ["press"]}, Facts(author=names("press", "VIP")), (("author", "press"),)),
        ({"earlier": {"at_least": 2}}, Facts(earlier=2), (("earlier", "2"),)),
        ({"days_since": {"below": 7}}, Facts(days_since=None), None),
        ({"office_hours": False}, Facts(is_office_hours=False), (("office_hours", ""),)),
        ({"spike": True}, Facts(), None),
        ({"incident": {"at_least": 1}}, Facts(), None),
        ({"incident": {"at_least": 2}}, Facts(incident="Outage Oslo", incident_level=1), None),
        (
            {"incident": {"at_least": 1}},
            Facts(incident="Outage Oslo", incident_level=2),
            (("incident", "2 Outage Oslo"),),
        ),
        ({"private": True}, Facts(is_private=True), (("private", ""),)),
        ({"priority": [1, 2]}, Facts(priority=2), (("priority", "2"),)),
        ({"answer_words": ["promise"]}, Facts(text="promise", answer="We try."), None),
        ({"answer_length": {"at_least": 280}}, Facts(answer_length=281), (("answer_length", "281"),)),
        ({"answer_lacks": ["#ad", "Advertising"]}, Facts(answer="advertising: buy"), None),
        ({"answer_lacks": ["#ad"]}, Facts(answer="buy"), (("answer_lacks", "#ad"),)),
        ({"answer_lacks": ["#ad"]}, Facts(), None),
        ({"answer_links_outside": ["example.org"]}, Facts(answer="see https://shop.example.org/a"), None),
        (
            {"answer_links_outside": ["example.org"]},
            Facts(answer="see https://badexample.org/a"),
            (("answer_links_outside", "badexample.org"),),
        ),
        ({"answer_capitals": {"at_least": 0.6}}, Facts(answer="WE WILL NOT DO it"), (("answer_capitals", "85%"),)),
        ({"answer_capitals": {"at_least": 0.6}}, Facts(answer="OK"), None),
    ],
)
def test_a_term_holds_exactly_when_its_fact_does(written, facts, evidence):
    assert seen(written, facts) == evidence


@pytest.mark.parametrize(
    ("hours", "moment", "holds"),
    [
        ({"days": ["mon"], "from": "09:00", "to": "17:00"}, "2026-11-23 09:00", True),
        ({"days": ["mon"], "from": "09:00", "to": "17:00"}, "2026-11-23 17:00", False),
        ({"days": ["tue"], "from": "09:00", "to": "17:00"}, "2026-11-23 09:00", False),
        # Past midnight it is still the day on which it began.
        ({"days": ["sun"], "from": "22:00", "to": "06:00"}, "2026-11-23 05:59", True),
        ({"days": ["mon"], "from": "22:00", "to": "06:00"}, "2026-11-23 05:59", False),
        ({"days": ["mon"]}, "2026-11-23 23:59", True),
    ],
)
def test_times_are_those_of_the_company(hours, moment, holds):
    facts = Facts(local=datetime.fromisoformat(moment))

    assert (seen({"time": hours}, facts) is not None) is holds


def test_a_list_holds_the_words_of_the_version():
    lists = {"insults": ["idiots", "rip off"]}

    assert seen({"list": ["Insults"]}, Facts(text="what a RIP-OFF"), lists) == (("list", "rip off"),)
    assert seen({"list": ["missing"]}, Facts(text="idiots"), lists) is None


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ({}, "", "A rule needs at least one condition."),
        ([], "", "Write conditions as names with values."),
        ({"moon": "full"}, "moon", "moon: A rule does not understand “moon”."),
        ({"words": []}, "words", "words: Nothing is entered or chosen yet."),
        ({"words": ["!!!"]}, "words", "words: “!!!” has nothing in it to look for."),
        ({"all": [{"words": ["a"]}, {"reach": {}}]}, "all.2.reach", "all.2.reach: Give “at least”, “below” or both."),
        ({"not": {"any": []}}, "not.any", "not.any: Give a list of conditions."),
        ({"pattern": "(a"}, "pattern", "pattern: The pattern “(a” cannot be used: missing ): (a."),
        ({"pattern": "a*"}, "pattern", "pattern: The pattern “a*” matches every text."),
        (
            {"pattern": r"(a)\1"},
            "pattern",
            r"pattern: The pattern “(a)\1” cannot be used: invalid escape sequence: \1.",
        ),
        ({"language": ["english"]}, "language", "language: “english” is not the code of a language."),
        ({"sentiment": {"below": 2}}, "sentiment", "sentiment: A limit must be a number from -1 to 1."),
        ({"reach": {"at_least": 9, "below": 9}}, "reach", "reach: Nothing lies from 9 to below 9."),
        ({"time": {"from": "9"}}, "time", "time: Write times like 09:00."),
        ({"spike": "yes"}, "spike", "spike: Say true or false."),
        ({"priority": [5]}, "priority", "priority: The priority must be 1, 2, 3 or 4."),
        ({"words": ["x" * 101]}, "words", f"words: “{'x' * 30}…” is too long."),
    ],
)
def test_what_no_rule_understands_is_refused_at_its_place(written, place, message):
    with pytest.raises(InvalidAt) as refusal:
        read_condition(written)

    assert (refusal.value.place, str(refusal.value)) == (place, message)


def test_conditions_nest_and_count_only_so_far():
    deep = {"words": ["a"]}
    for _level in range(6):
        deep = {"not": deep}

    with pytest.raises(InvalidAt, match="Conditions nest at most 6 deep"):
        read_condition(deep)
    with pytest.raises(InvalidAt, match="A rule takes at most 60 conditions"):
        read_condition({"any": [{"words": [f"w{number}"]} for number in range(61)]})


def test_a_pattern_takes_linear_time_whatever_it_is_given():
    # This one takes a backtracking engine longer than the age of the universe.
    assert seen({"pattern": r"(x+x+)+y"}, Facts(text="x" * 50_000)) is None
