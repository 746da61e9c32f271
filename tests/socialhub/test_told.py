import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from socialhub.lib.told import Told, as_kept, read, retold


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
