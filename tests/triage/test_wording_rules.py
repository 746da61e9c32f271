import pytest

from socialhub.lib.errors import Invalid
from triage.services.writing import wording_rules

FINE = ["On our way.", "One\nTwo\r\n\tThree", "👩‍👧‍👦 שלום\u200f!", "Ünïcödé", ""]
CONTROL = [
    ("a\x07b", "Line 1, character 2 is a control character (U+0007). Delete it."),
    ("One\r\nTwo\x00", "Line 2, character 4 is a control character (U+0000). Delete it."),
    ("\x85", "Line 1, character 1 is a control character (U+0085). Delete it."),
    ("a\rb", "Line 1, character 2 is a control character (U+000D). Delete it."),
    ("\ud800", "Line 1, character 1 is a control character (U+D800). Delete it."),
]
TURNING = [f"pay {chr(code)}me" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("text", FINE)
def test_what_people_write_may_go_out_and_be_noted(text):
    wording_rules.check_answer(text)
    wording_rules.check_note(text)


@pytest.mark.parametrize(("text", "sentence"), CONTROL)
def test_control_characters_are_refused_where_they_stand(text, sentence):
    for check in (wording_rules.check_answer, wording_rules.check_note):
        with pytest.raises(Invalid) as refusal:
            check(text)

        assert (str(refusal.value), refusal.value.field) == (sentence, "body")


@pytest.mark.parametrize("text", TURNING)
def test_signs_that_turn_the_direction_stay_in_notes_and_do_not_go_out(text):
    wording_rules.check_note(text)

    with pytest.raises(Invalid) as refusal:
        wording_rules.check_answer(text)

    code = f"U+{ord(text[4]):04X}"
    assert str(refusal.value) == f"Line 1, character 5 turns the direction of writing unseen ({code}). Delete it."


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("http://10.0.0.5/admin", "10.0.0.5"),
        ("https://192.168.1.1", "192.168.1.1"),
        ("http://[::1]:8000/", "::1"),
        ("http://[fd00::1]/", "fd00::1"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("HTTP://LOCALHOST:8000/", "localhost"),
        ("https://wiki/Refunds", "wiki"),
        ("https://wiki.nordlys.internal/Refunds.", "wiki.nordlys.internal"),
        ("https://user@printer.local./", "printer.local"),
        ("http://[broken", "http://[broken"),
    ],
)
def test_a_link_that_only_works_inside_does_not_go_out(link, host):
    text = f"Hello\nlook: {link} now"
    wording_rules.check_note(text)

    with pytest.raises(Invalid) as refusal:
        wording_rules.check_answer(text)

    assert str(refusal.value) == f"Line 2 links to {host}, which nobody outside can open. Delete the link."
    assert refusal.value.field == "body"


@pytest.mark.parametrize(
    "text",
    [
        "https://nordlys.example/status",
        "http://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "See 10.0.0.5 or wiki/x.",
    ],
)
def test_a_link_that_others_can_open_goes_out(text):
    wording_rules.check_answer(text)
