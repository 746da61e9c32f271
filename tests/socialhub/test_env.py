import pytest
from django.core.exceptions import ImproperlyConfigured

from socialhub.settings import env


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("ten", "SEND_UNDO_SECONDS must be a whole number, not 'ten'."),
        ("-1", "SEND_UNDO_SECONDS must be at least 0, not -1."),
        ("121", "SEND_UNDO_SECONDS must be at most 120, not 121."),
    ],
)
def test_a_number_that_cannot_be_is_named(monkeypatch, value, sentence):
    monkeypatch.setenv("SEND_UNDO_SECONDS", value)

    with pytest.raises(ImproperlyConfigured) as refused:
        env.number("SEND_UNDO_SECONDS", 10, least=0, most=120)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(("value", "number"), [(None, 10), ("0", 0), ("120", 120)])
def test_a_number_is_read_up_to_its_bounds(monkeypatch, value, number):
    monkeypatch.delenv("SEND_UNDO_SECONDS", raising=False)
    if value is not None:
        monkeypatch.setenv("SEND_UNDO_SECONDS", value)

    assert env.number("SEND_UNDO_SECONDS", 10, least=0, most=120) == number
