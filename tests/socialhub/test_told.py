import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from socialhub.lib.told import Told, ToldFailure, as_kept, read, retold, told


def test_kept_words_are_read_in_the_language_of_the_reader():
    kept = Told("%(cmd)s %(what)s", {"cmd": "a", "what": 3}).kept()

    assert kept == {"text": "%(cmd)s %(what)s", "words": {"cmd": "a", "what": 3}}
    assert str(read(kept)) == "a 3"


@pytest.mark.parametrize(("language", "month"), [("en", "March"), ("de", "März"), ("fr", "mars")])
def test_a_text_of_ours_is_told_in_the_active_language(language, month):
    with translation.override(language):
        assert str(Told("March")) == month
        assert retold("March") == month
        assert as_kept(Told("March")) == "March"
        assert as_kept(gettext_lazy("March")) == "March"


def test_what_is_not_ours_stays_as_it_is():
    with translation.override("de"):
        assert retold("550 5.1.1 No such user") == "550 5.1.1 No such user"
        assert retold("") == ""


def test_a_text_with_a_percent_sign_and_no_names_in_it_is_told_as_it_is():
    assert str(Told("100% of 3 %(things)s")) == "100% of 3 %(things)s"


def test_words_inside_words_are_kept_and_told_in_the_language_of_the_reader():
    sentence = told("%(n)d in %(month)s, %(error)s") % {"n": 3, "month": told("March"), "error": ValueError("odd")}

    kept = sentence.kept()

    words = {"n": 3, "month": {"text": "March", "words": {}}, "error": "odd"}
    assert kept == {"text": "%(n)d in %(month)s, %(error)s", "words": words}
    assert sentence.in_columns("why") == {"why": kept["text"], "why_words": words}
    with translation.override("de"):
        assert str(read(kept)) == "3 in März, odd"


def test_a_change_reaches_every_word_and_neither_numbers_nor_our_text():
    sentence = told("%(n)d %(host)s: %(reason)s") % {"n": 1, "host": "host", "reason": told("%(a)s!") % {"a": "host"}}

    changed = sentence.changed(lambda word: word.replace("host", "•••"))

    assert (changed.text, str(changed)) == (sentence.text, "1 •••: •••!")
    assert str(told("host").changed(str.upper)) == "HOST"


def test_a_failure_speaks_the_language_of_whoever_asks():
    failure = ToldFailure(told("March"))

    with translation.override("de"):
        assert str(failure) == "März"
    assert (str(failure), str(ToldFailure("Busy."))) == ("March", "Busy.")
