import pytest
from django.utils.translation import override

from socialhub.lib.labels import inside_sentence, quoted
from triage.states import Disposition


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "respond as customer service"),
        ("de", "Als Kundendienst antworten"),
        ("es", "responder como atención al cliente"),
        ("fr", "répondre en tant que service client"),
    ],
)
def test_a_label_inside_a_sentence_is_written_as_its_language_writes_it(language, told):
    with override(language):
        assert inside_sentence(Disposition.CUSTOMER_SERVICE.label) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "“fire”"), ("de", "„fire“"), ("es", "«fire»"), ("fr", "«\N{NO-BREAK SPACE}fire\N{NO-BREAK SPACE}»")],
)
def test_words_are_quoted_as_the_language_does(language, told):
    with override(language):
        assert quoted("fire") == told
