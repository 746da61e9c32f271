from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.conditions import InvalidAt
from policies.engine.facts import Facts, names
from policies.engine.guide import Guide, GuideOutcome, Walk, read_guide, unreached

CLAUSE = "7d9c0e52-6d5a-4a58-9a2f-2b8f0c1d3e4f"
DATA = [
    {
        "key": "danger",
        "text": "Is somebody in danger?",
        "help": "Rather too often.",
        "clause": CLAUSE,
        "answers": [
            {"key": "y", "text": "Yes", "when": {"list": ["danger"]}, "then": {"priority": 1, "text": "Escalate now."}},
            {"key": "p", "text": "The press", "when": {"author": ["press"]}, "then": {"department": "press"}},
            {"key": "n", "text": "No", "to": "spam"},
        ],
    },
    {
        "key": "spam",
        "text": "Is it spam?",
        "answers": [
            {
                "key": 1,
                "text": "Yes",
                "when": {"words": ["crypto"]},
                "then": {"disposition": "no_response", "reason": "spam", "tags": ["Spam"]},
            },
            {"key": "2", "text": "No", "then": {"disposition": "customer_service", "visibility": "private"}},
        ],
    },
]
LISTS = {"danger": ["on fire"]}


def guide():
    return Guide(read_guide(DATA), LISTS)


def told(walk):
    return [(step.question.key, step.answer.key, step.evidence, step.is_given) for step in walk.steps]


def questions(*answers):
    """One question for each list of answers, named a, b, c …; an answer is where it leads."""
    return [
        {
            "key": key,
            "text": f"{key}?",
            "answers": [
                {"key": str(number), "text": "So", **({"to": to} if to else {"then": {"text": "Stop."}})}
                for number, to in enumerate(leads)
            ],
        }
        for key, leads in zip("abcdefghijklmnopqrstuvwxyz", answers, strict=False)
    ]


def test_the_first_question_is_asked_first():
    walk = guide().walk(Facts(text="hello"), {})

    assert (told(walk), walk.question.key, walk.outcome) == ([], "danger", None)


def test_what_the_machine_sees_is_filled_in_with_its_evidence():
    walk = guide().walk(Facts(text="The house is on fire"), {})

    assert told(walk) == [("danger", "y", (("list", "on fire"),), False)]
    assert (walk.question, walk.outcome) == (None, GuideOutcome(priority=1, text="Escalate now."))


def test_of_several_answers_of_the_machine_the_first_counts():
    walk = guide().walk(Facts(text="It is on fire", author=names("press")), {})

    assert told(walk) == [("danger", "y", (("list", "on fire"),), False)]


def test_a_given_answer_wins_over_the_machine():
    walk = guide().walk(Facts(text="Crypto is on fire"), {"danger": "n"})

    assert told(walk) == [("danger", "n", None, True), ("spam", "1", (("words", "crypto"),), False)]
    assert walk.outcome == GuideOutcome(disposition="no_response", reason="spam", tags=("spam",))


def test_what_is_not_known_any_more_is_passed_over():
    walk = guide().walk(Facts(), {"gone": "y", "danger": "x", "spam": "2"})

    assert (told(walk), walk.question.key) == ([], "danger")


def test_an_empty_guide_asks_nothing():
    assert not Guide()
    assert Guide().walk(Facts(), {"danger": "y"}) == Walk()


def test_a_list_that_is_missing_holds_nothing():
    assert Guide(read_guide(DATA)).walk(Facts(text="on fire"), {}).question.key == "danger"


@given(st.lists(st.lists(st.integers(0, 8), min_size=2, max_size=6), min_size=1, max_size=9), st.data())
@settings(max_examples=150, deadline=None)
def test_every_walk_ends_at_a_question_or_an_outcome(leads, data):
    # Each leads only further on, so that there is no circle; 0 and what is not there: an outcome.
    count = len(leads)
    listed = read_guide(
        questions(
            *[
                ["abcdefghi"[at + step] if step and at + step < count else "" for step in row]
                for at, row in enumerate(leads)
            ]
        )
    )
    given = data.draw(st.dictionaries(st.sampled_from("abcdefghix"), st.sampled_from("0123456")))

    walk = Guide(listed).walk(Facts(), given)

    asked = [step.question.key for step in walk.steps]
    assert len(asked) == len(set(asked))
    assert all(given[step.question.key] == step.answer.key and step.is_given for step in walk.steps)
    assert (walk.question is None) is (walk.outcome is not None)
    assert walk.question is None or walk.question.answer(given.get(walk.question.key, "")) is None


def changed(place, value):
    """The usual questions with something else at a place."""
    data = deepcopy(DATA)
    *steps, last = place
    at = data
    for step in steps:
        at = at[step]
    at[last] = value
    return data


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        ("danger", "", "Give a list of questions."),
        (["danger"], "0", "Write names with values here: key, text, help, clause, answers."),
        (changed((0, "kind"), 1), "0.kind", "“kind” is not known here. Known are: key, text, help, clause, answers."),
        (changed((0, "key"), "Danger!"), "0.key", "The key of a question has small letters, digits and hyphens."),
        (changed((0, "text"), " "), "0.text", "“text” must be a text of 1 to 200 characters."),
        (changed((0, "clause"), "4.2"), "0.clause", "Give the key of the clause that it stands on."),
        (changed((0, "answers"), []), "0.answers", "A question has 2 to 6 answers."),
        (changed((1, "answers", 0, "key"), "yes"), "1.answers.0.key", "The key to press is one small letter or digit."),
        (changed((1, "answers", 0, "key"), True), "1.answers.0.key", "The key to press is one small letter or digit."),
        (changed((1, "answers", 0, "key"), 2), "1.answers.1.key", "Another answer has the key “2”."),
        (changed((1, "key"), "danger"), "1.key", "Another question has the key “danger”."),
        (changed((0, "answers", 2, "to"), "gone"), "0.answers.2.to", "There is no question “gone”."),
        (changed((0, "answers", 2, "to"), 1), "0.answers.2.to", "Give the key of the next question."),
        (
            changed((0, "answers", 0, "to"), "spam"),
            "0.answers.0",
            "An answer leads either to a question or to an outcome.",
        ),
        (
            changed((0, "answers", 2, "to"), ""),
            "0.answers.2",
            "An answer leads either to a question or to an outcome.",
        ),
        (
            changed((0, "answers", 0, "then"), {}),
            "0.answers.0.then",
            "Say what the outcome is, or give advice.",
        ),
        (
            changed((0, "answers", 0, "then"), {"points": 5}),
            "0.answers.0.then.points",
            "“points” is not known here. Known are: disposition, department, person, visibility, priority, reason, "
            "tags, text.",
        ),
        (changed((0, "answers", 0, "then"), {"priority": 9}), "0.answers.0.then", "The priority must be 1, 2, 3 or 4."),
        (
            changed((0, "answers", 0, "then"), {"reason": "spam"}),
            "0.answers.0.then",
            "A reason is only for conversations that nobody answers.",
        ),
        (
            changed((0, "answers", 0, "when"), {"any": [{"words": ["a"]}, {"wrods": ["b"]}]}),
            "0.answers.0.when.any.1.wrods",
            "A rule does not understand “wrods”.",
        ),
        (
            changed((0, "answers", 0, "when"), {"answer_words": ["a"]}),
            "0.answers.0.when",
            "While the guide is walked there is no answer of ours to look at.",
        ),
    ],
)
def test_what_cannot_be_used_is_told_at_its_place(data, place, message):
    with pytest.raises(InvalidAt) as refusal:
        read_guide(data)

    assert (refusal.value.place, refusal.value.bare) == (place, message)


def test_a_circle_is_told_with_its_questions():
    with pytest.raises(InvalidAt) as refusal:
        read_guide(questions(["b", ""], ["c", ""], ["", "b"]))

    assert refusal.value.place == "2.answers.1.to"
    assert refusal.value.bare == "This goes round in a circle: “b?” → “c?” → “b?”."


def test_a_circle_is_told_at_the_question_that_was_changed():
    with pytest.raises(InvalidAt) as refusal:
        read_guide(questions(["b", ""], ["c", ""], ["", "b"]), about="b")

    assert refusal.value.place == "1.answers.0.to"
    assert refusal.value.bare == "This goes round in a circle: “c?” → “b?” → “c?”."


def test_there_are_not_too_many_questions():
    many = [
        {**question, "key": f"{question['key']}{copy}"}
        for copy in range(26)
        for question in questions(["", ""], ["", ""])
    ]

    assert len(read_guide(many[:50])) == 50
    with pytest.raises(InvalidAt, match="at most 50 questions"):
        read_guide(many[:51])


def test_paths_are_not_too_long():
    letters = "abcdefghijklmnopqrstuvwxyz"
    chain = [[following, ""] for following in letters[1:20]] + [["", ""]]

    assert len(read_guide(questions(*chain))) == 20
    with pytest.raises(InvalidAt, match="At most 20 questions"):
        read_guide(questions(*[[following, ""] for following in letters[1:21]], ["", ""]))


def test_questions_that_nothing_leads_to_are_told_apart():
    listed = read_guide(questions(["c", ""], ["c", ""], ["", ""]))

    assert [question.key for question in unreached(listed)] == ["b"]
    assert unreached(()) == []
