import re

import pytest

from socialhub.settings import base
from socialhub.translating import catalogues
from socialhub.translating.checking import problems

LANGUAGES = [code for code, _name in base.LANGUAGES if code != "en"]
WORDS, PLACEHOLDERS = re.compile(r"[^\W\d]{2,}"), re.compile(r"%\(\w+\)\w")


@pytest.fixture(scope="module")
def messages():
    return catalogues.messages_of_the_code()


def test_every_language_that_is_offered_has_a_catalogue():
    found = sorted(path.parent.parent.name for path in (catalogues.ROOT / "locale").rglob("django.po"))

    assert found == sorted(LANGUAGES) == sorted(catalogues.PLURALS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_of_the_code_translated_and_no_other(language, messages):
    assert problems(language, messages) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_as_the_command_writes_it(language, messages, tmp_path):
    catalogues.write(language, catalogues.renewed(language, messages, catalogues.read(language)), tmp_path)

    assert catalogues.path_of(language).read_text() == catalogues.path_of(language, tmp_path).read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_few_texts_stay_english(language, messages):
    # A catalogue that was filled with its own originals has hundreds of them.
    same = [entry.msgid for entry in catalogues.read(language) if entry.msgstr == entry.msgid]

    assert [text for text in same if len(WORDS.findall(PLACEHOLDERS.sub("", text))) > 3] == []
