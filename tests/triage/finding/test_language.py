from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.finding.language import LONGEST, Asked, NotUnderstood, Said, Sought, Term, read
from triage.finding.values import Days, Hours, Value
from triage.finding.vocabulary import VOCABULARY

PIECES = st.sampled_from(
    [
        "refund", "-late", '"on time"', '-"never again"', "OR", "AND", "or", "-", "--x", '"', ",", ":",
        "http://a.example/b", "10:30", "Hello:", "stage:new,closed", "-stage:open",
        'from:"Anna Berg",bo', "dept:mine", "before:2026-01-31",
        "on:7d", "due:<2h", "opened:2026-01-01..today", "reach:>10k", "reach:1..5", "sentiment:-0.5",
        "sentiment:positive", "priority:urgent,3", "lang:DE,none", "has:note", "tag:a,,b", "  ", "\x00", "“curly”", "é",
        "مرحبا", "🎉", "a\"b", "reach:1.1234567m",
    ]
)  # fmt: skip
WRITTEN = st.lists(PIECES, max_size=12).map(" ".join) | st.lists(PIECES, max_size=12).map("".join)


def refusal_of(text):
    try:
        read(text)
    except NotUnderstood as error:
        return error
    return None


def said(text, *, is_phrase=False, is_excluded=False):
    return (Term(Said(text, is_phrase), is_excluded),)


def asked(name, *values, is_excluded=False):
    return (Term(Asked(name, values), is_excluded),)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", ()),
        ("  \x00 ", ()),
        ("late refund", (said("late"), said("refund"))),
        ("late late", (said("late"),)),
        ('"on   time"', (said("on time", is_phrase=True),)),
        ("“on time”", (said("on time", is_phrase=True),)),
        ('"not closed', (said("not closed", is_phrase=True),)),
        ("-late", (said("late", is_excluded=True),)),
        ('-"on time"', (said("on time", is_phrase=True, is_excluded=True),)),
        ("late OR slow parcel", ((*said("late"), *said("slow")), said("parcel"))),
        ("OR late OR", (said("late"),)),
        ("late AND slow", (said("late"), said("slow"))),
        ("late or slow", (said("late"), said("or"), said("slow"))),
        ("- :-) !!! 🎉", ()),
        ("http://a.example/b 10:30 Re: so", (said("http://a.example/b"), said("10:30"), said("Re:"), said("so"))),
        ("STAGE:New,closed", (asked("stage", Value("new"), Value("closed")),)),
        ("-stage:open", (asked("stage", Value("open"), is_excluded=True),)),
        ('from:"Anna  Berg",@bo', (asked("from", Value("Anna Berg"), Value("@bo")),)),
        ("disposition:no_response", (asked("disposition", Value("no-response")),)),
        ("priority:urgent,2", (asked("priority", Value("urgent", (("=", 1.0),)), Value("2", (("=", 2.0),))),)),
        ("reach:>10k", (asked("reach", Value(">10000", ((">", 10_000.0),))),)),
        ("reach:1..2.5k", (asked("reach", Value("1..2500", ((">=", 1.0), ("<=", 2500.0)))),)),
        ("sentiment:<=-0.50", (asked("sentiment", Value("<=-0.5", (("<=", -0.5),))),)),
        ("before:2026-01-31", (asked("before", Value("2026-01-31", (("<", date(2026, 1, 31)),))),)),
        ("on:Yesterday", (asked("on", Value("yesterday", (("=", Days(-1)),))),)),
        ("after:2w", (asked("after", Value("2w", ((">", Hours(-336)),))),)),
        ("opened:7d", (asked("opened", Value(">7d", ((">", Hours(-168)),))),)),
        ("due:2h", (asked("due", Value("<2h", (("<", Hours(2)),))),)),
        ("closed:2026-01-01..today", (
            asked("closed", Value("2026-01-01..today", ((">=", date(2026, 1, 1)), ("<=", Days(0))))),
        )),
        ("lang:DE,none", (asked("lang", Value("de"), Value("none")),)),
        ('stage:new"on time"', (asked("stage", Value("new")), said("on time", is_phrase=True))),
    ],
)  # fmt: skip
def test_read_understands(text, groups):
    assert read(text) == Sought(groups)


@pytest.mark.parametrize(
    ("text", "message", "place", "nearest"),
    [
        ("a stge:new", "There is no field “stge”. Did you mean “stage”?", "stge", "stage"),
        ("since:7d", "There is no field “since”. Did you mean “after”?", "since", "after"),
        ("Status:new", "There is no field “Status”. Did you mean “stage”?", "Status", "stage"),
        ("qqq:new", "There is no field “qqq”. To look for it as a text, put it in quotes.", "qqq", ""),
        ("a stage: b", "Say what “stage:” is to be, for example stage:new,assigned.", "stage:", ""),
        ("stage:,", "Say what “stage:” is to be, for example stage:new,assigned.", "stage:,", ""),
        ("stage:new,clsed", "“stage:” cannot be “clsed”. Did you mean “closed”?", "clsed", "closed"),
        ("visibility:xyz", "“visibility:” cannot be “xyz”. It can be public, private.", "xyz", ""),
        ("priority:urgnt", "“priority:” cannot be “urgnt”. Did you mean “urgent”?", "urgnt", "urgent"),
        ("priority:5", "“5” is no number from 1 to 4. Write for example priority:1,2.", "5", ""),
        (
            "reach:many",
            "“many” is no number from 0 to 1,000,000,000,000. Write for example reach:>10k.",
            "many",
            "",
        ),
        (
            "before:2026-02-30",
            "“2026-02-30” is no day. Write 2026-01-31, today, yesterday, or a time like 7d or 12h.",
            "2026-02-30",
            "",
        ),
        (
            "after:>today",
            "“>today” is no day. Write 2026-01-31, today, yesterday, or a time like 7d or 12h.",
            ">today",
            "",
        ),
        ("lang:german", "“german” is no code of a language. Write for example de, en or none.", "german", ""),
    ],
)
def test_read_says_what_it_does_not_understand_and_where(text, message, place, nearest):
    with pytest.raises(NotUnderstood) as refused:
        read(text)

    error = refused.value
    assert (str(error), text[error.start : error.end], error.nearest) == (message, place, nearest)


def test_read_refuses_ten_thousand_characters():
    with pytest.raises(NotUnderstood) as refused:
        read("a " * 5_000)

    assert str(refused.value) == "A search has at most 1,000 characters; this one has 10,000."
    assert (refused.value.start, refused.value.end) == (LONGEST, 10_000)


def test_read_refuses_more_words_than_anybody_looks_for():
    with pytest.raises(NotUnderstood) as refused:
        read(" ".join(f"w{number}" for number in range(61)))

    assert str(refused.value) == "A search has at most 60 words."


@given(WRITTEN)
def test_what_is_read_is_written_back_as_the_same(text):
    try:
        sought = read(text)
    except NotUnderstood:
        return

    assert read(sought.text()) == sought
    assert read(sought.text()).text() == sought.text()


@given(st.text(max_size=1_100) | WRITTEN)
def test_any_text_is_read_or_refused_with_its_place(text):
    error = refusal_of(text)

    if error is not None:
        assert 0 <= error.start <= error.end <= len(text)
        assert str(error).endswith((".", "?"))


@pytest.mark.parametrize("name", VOCABULARY)
def test_every_example_and_every_option_is_understood(name):
    field = VOCABULARY[name]

    for text in [field.example, *(f"{name}:{word}" for word in [*field.options, *field.named])]:
        assert read(text).fields() == {name}


def test_sought_tells_what_is_said_from_what_is_asked():
    sought = read("late stage:new slow OR has:note -again")

    assert sought.said().text() == "late -again"
    assert sought.asked().text() == "stage:new slow OR has:note"
    assert sought.words() == ("late", "slow")
    assert sought.fields() == {"stage", "has"}
