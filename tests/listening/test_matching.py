import random
import re

import pytest

from listening.matching import Query, QueryIndex, is_usable_term


def hears(text: str, *any_terms: str, language: str = "", channel: int = 0, **query) -> bool:
    index = QueryIndex([Query(7, any_terms=any_terms, **query)])
    return index.match(text, language=language, channel=channel) == [7]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("Tavolund", "i love TAVOLUND!", True),
        ("tavolund", "Tavolund’s lamps", True),
        ("tavolund", "https://tavolund.example/lamps", True),
        ("tavolund", "tavolunds", False),
        ("tavolund", "subtavolund", False),
        ("tavolund", "tavolund_app", False),
        ("STRASSE", "die Straße", True),
        ("café", "the cafe", False),
        ("cafe\u0301", "the CAFÉ", True),
        ("istanbul", "İSTANBUL", True),
        ("ＡＣＭＥ", "acme", True),
        ("tavolund", "tavo\u00adlund", True),
        ("हिन", "हिन्दी", False),
        ("हिन्दी", "हिन्दी में", True),
        ("power outage", "Power,\noutage again", True),
        ("power outage", "power and outage", False),
        ("power outage", "outage power", False),
        ("power outage", "power 電 outage", False),
        ("e-mail", "by e mail", True),
        ("C++", "c is a letter", True),
        ("@tavolund", "thanks @Tavolund", True),
    ],
)
def test_words_and_phrases_are_found_as_whole_words(term, text, expected):
    assert hears(text, term) is expected


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("#Tavolund", "so nice #tavolund!", True),
        ("#tavolund", "so nice tavolund", False),
        ("#tavolund", "#tavolunds", False),
        ("#tavolund", "a#tavolund", False),
        ("#tavolund", "https://example.com/#tavolund", False),
        ("#tavolund", "&#tavolund", False),
        ("tavolund", "#tavolund", True),
        ("#東京", "＃東京 へ", True),
        ("#東京", "#東京タワー", False),
        ("#größe", "#grosse", False),
        ("#straße", "#STRASSE", True),
    ],
)
def test_hashtags_are_found_exactly(term, text, expected):
    assert hears(text, term) is expected


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("電力", "東京電力会社", True),
        ("電力", "電気", False),
        ("タヴォルンド", "昨日タヴォルンドで買った", True),
        ("tavolund", "昨日Tavolundで買った", True),
        ("tavolund", "昨日Tavolundsで買った", False),
        ("테슬라", "테슬라가 좋다", True),
        ("Nordlys電力", "OpenNordlys電力", False),
        ("Nordlys電力", "NORDLYS電力の", True),
        ("ไฟดับ", "วันนี้ไฟดับอีกแล้ว", True),
        ("☕", "a ☕️ please", True),
        ("☕", "a tea please", False),
    ],
)
def test_terms_without_spaces_are_found_anywhere(term, text, expected):
    assert hears(text, term) is expected


def test_all_terms_must_be_there_and_none_of_the_others():
    query = {"all_terms": ["lamp", "broken"], "no_terms": ["job offer"]}

    assert hears("a broken Tavolund lamp", "tavolund", **query)
    assert not hears("a Tavolund lamp", "tavolund", **query)
    assert not hears("a broken Tavolund lamp, a job offer", "tavolund", **query)
    assert not hears("a broken lamp", "tavolund", **query)


def test_a_query_may_name_no_term_of_which_one_is_enough():
    assert hears("a broken lamp", all_terms=["lamp", "broken"])
    assert not hears("a lamp", all_terms=["lamp", "broken"])


def test_languages_and_channels_restrict():
    query = {"languages": {"de", "en"}, "channels": {3}}

    assert hears("Tavolund", "tavolund", language="de", channel=3, **query)
    assert not hears("Tavolund", "tavolund", language="fr", channel=3, **query)
    assert not hears("Tavolund", "tavolund", language="", channel=3, **query)
    assert not hears("Tavolund", "tavolund", language="de", channel=4, **query)


def test_a_text_names_every_query_once():
    index = QueryIndex([Query(2, ["lamp", "lamps", "#lamp"]), Query(1, ["a lamp"]), Query(3, ["chair"])])

    assert index.match("A lamp, #lamp and lamps") == [1, 2]
    assert index.match("") == []


def test_an_index_without_a_term_is_empty():
    assert not QueryIndex([Query(1, ["!!!"]), Query(2)])
    assert QueryIndex([Query(1, ["lamp"])])


@pytest.mark.parametrize(("term", "expected"), [("lamp", True), ("☕", True), ("…", True), ("&!", False), ("", False)])
def test_a_term_is_usable_when_there_is_something_to_look_for(term, expected):
    assert is_usable_term(term) is expected


WORDS = ["lamp", "lamps", "Lamp", "broken", "straße", "#lamp", "#deal", "電力", "の", "café", "a"]


def naively(text: str, term: str) -> bool:
    plain, wanted = text.casefold(), term.casefold()
    if wanted.startswith("#"):
        return any(word == wanted for word in plain.split())
    if "電" in wanted or "の" in wanted:
        return wanted in plain
    words = re.findall(r"[^\W電力の]+|[電力の]+", plain)
    parts = wanted.split()
    return any(words[n : n + len(parts)] == parts for n in range(len(words)))


@pytest.mark.parametrize("seed", range(20))
def test_many_queries_together_find_what_each_finds_alone(seed):
    chance = random.Random(seed)
    plain = [word for word in WORDS if not word.startswith("#")]

    def term() -> str:
        if chance.random() < 0.6:
            return chance.choice(WORDS)
        # Phrases are of words with spaces between them.
        return " ".join(chance.choices([word for word in plain if word not in "電力の"], k=chance.randint(2, 3)))

    queries = [
        Query(
            key,
            any_terms=[term() for _ in range(chance.randint(0, 3))] or [term()],
            all_terms=[term() for _ in range(chance.choice([0, 0, 1]))],
            no_terms=[term() for _ in range(chance.choice([0, 0, 1]))],
        )
        for key in range(30)
    ]
    index = QueryIndex(queries)
    for _ in range(100):
        text = chance.choice([" ", "\n", " – "]).join(chance.choices(WORDS, k=chance.randint(0, 8)))
        expected = [
            query.key
            for query in queries
            if any(naively(text, one) for one in query.any_terms)
            and all(naively(text, one) for one in query.all_terms)
            and not any(naively(text, one) for one in query.no_terms)
        ]

        assert index.match(text) == expected, text
