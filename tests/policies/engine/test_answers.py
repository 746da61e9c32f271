import pytest

from policies.engine.answers import capitals_in, hosts_in, is_under, personal_data_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to jo.doe@example.org.", {"email": "jo.doe@example.org"}),
        ("Call +45 33 12 34 56!", {"phone": "+45 33 12 34 56"}),
        ("Call (212) 555-0100", {"phone": "(212) 555-0100"}),
        ("card 4111 1111 1111 1111 please", {"card": "4111 1111 1111 1111"}),
        # One digit off: no card number, and too long to be called.
        ("number 4111 1111 1111 1112", {}),
        ("to GB82 WEST 1234 5698 7654 32", {"account": "GB82 WEST 1234 5698 7654 32"}),
        ("to GB83 WEST 1234 5698 7654 32", {}),
        ("Your order 1234567 left in 2026.", {}),
        ("See https://example.org/0123456789", {}),
        ("", {}),
    ],
)
def test_personal_data_is_told_from_other_numbers(text, found):
    assert personal_data_in(text) == found


def test_a_hostile_text_is_read_in_time():
    assert personal_data_in("1-" * 50_000) == {}
    assert personal_data_in("a" * 100_000 + "@") == {}


def test_hosts_are_read_without_their_www():
    text = "https://www.Example.org/x http://a.b.example.com:8000 https://[broken ftp://no.example"

    assert list(hosts_in(text)) == ["example.org", "a.b.example.com"]
    assert is_under("a.b.example.com", frozenset({"example.com"}))
    assert not is_under("badexample.com", frozenset({"example.com"}))


def test_shouting_is_a_share_of_capitals():
    assert capitals_in("THIS IS LOUD indeed") == 10 / 16
    assert capitals_in("OK") == 0.0
