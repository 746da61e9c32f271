import pytest

from triage.filling import fill

VALUES = {"customer": "Anna Alm", "agent": "Ida", "company": "Tavolund", "channel": "Plaza"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello {customer}, I am {agent} of {company} on {channel}.", "Hello Anna Alm, I am Ida of Tavolund on Plaza."),
        ("Use {code} or {Customer} or { agent }.", "Use {code} or {Customer} or { agent }."),
        ("{{agent}} {} {", "{Ida} {} {"),
        ("No variables.\n\nTwo lines.", "No variables.\n\nTwo lines."),
    ],
)
def test_variables_are_filled_in_and_other_braces_stay(body, expected):
    assert fill(body, VALUES) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello {customer}, thank you.", "Hello, thank you."),
        ("Hello {customer}!", "Hello!"),
        ("{customer}, thank you.", "Thank you."),
        ("Hello.\n{customer}, écris-nous.", "Hello.\nÉcris-nous."),
        ("Hello {customer} {agent}.", "Hello."),
        ("{customer} {agent}, good morning.", "Good morning."),
        ("{customer}", ""),
    ],
)
def test_a_name_that_nobody_knows_leaves_a_sentence_that_reads_well(body, expected):
    assert fill(body, {**VALUES, "customer": " ", "agent": ""}) == expected


def test_what_stands_in_a_name_is_not_filled_in_again():
    assert fill("Hello {customer}.", {**VALUES, "customer": "{agent}"}) == "Hello {agent}."


def test_a_name_stays_on_its_line_and_turns_nothing_around():
    assert (
        fill("Hello {customer}.", {"customer": "Evil\u202e\n\tname\u0007 👩\u200d🔧"}) == "Hello Evil name 👩\u200d🔧."
    )


def test_a_long_name_is_cut():
    assert fill("{customer}", {"customer": "x" * 500}) == "x" * 80
