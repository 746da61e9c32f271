import polib
import pytest

from socialhub.translating import catalogues
from socialhub.translating.checking import problems
from socialhub.translating.messages import Key, Messages


@pytest.fixture
def messages():
    found = Messages()
    found.note(Key("Save"), "", "triage/a.py", 3)
    found.note(Key("%(n)d day"), "%(n)d days", "triage/a.py", 1)
    return found


@pytest.fixture
def catalogue(messages):
    made = catalogues.renewed("de", messages, polib.POFile())
    made.find("Save").msgstr = "Speichern"
    made.find("%(n)d day").msgstr_plural = {0: "%(n)d Tag", 1: "%(n)d Tage"}
    return made


def found(catalogue, messages, folder):
    catalogues.write("de", catalogue, folder)
    return problems("de", messages, folder)


def test_a_complete_catalogue_has_no_problem(catalogue, messages, tmp_path):
    assert found(catalogue, messages, tmp_path) == []


def test_a_missing_catalogue_lacks_everything(messages, tmp_path):
    assert problems("de", messages, tmp_path) == [
        "'Save' is not in the catalogue.",
        "'%(n)d day' is not in the catalogue.",
    ]


def test_a_text_that_is_not_translated_is_a_problem(catalogue, messages, tmp_path):
    catalogue.find("Save").msgstr = ""

    assert found(catalogue, messages, tmp_path) == ["'Save': it is empty."]


def test_a_plural_that_lacks_a_form_is_a_problem(catalogue, messages, tmp_path):
    catalogue.find("%(n)d day").msgstr_plural = {0: "%(n)d Tag", 1: ""}

    assert found(catalogue, messages, tmp_path) == ["'%(n)d day': it is empty."]


def test_a_text_that_nothing_uses_is_a_problem(catalogue, messages, tmp_path):
    catalogue.append(polib.POEntry(msgid="Gone", msgstr="Weg"))
    catalogue.append(polib.POEntry(msgid="Long gone", msgstr="Weg", obsolete=True))

    assert found(catalogue, messages, tmp_path) == ["'Gone' is not used.", "'Long gone' is not used."]


def test_an_uncertain_translation_is_a_problem(catalogue, messages, tmp_path):
    catalogue.find("Save").flags.append("fuzzy")

    assert found(catalogue, messages, tmp_path) == ["'Save' is marked as uncertain."]


def test_a_compiled_catalogue_that_is_not_that_of_the_text_is_a_problem(catalogue, messages, tmp_path):
    catalogues.write("de", catalogue, tmp_path)
    path = catalogues.path_of("de", tmp_path)
    path.write_text(path.read_text().replace("Speichern", "Sichern"))

    assert problems("de", messages, tmp_path) == [
        "The compiled catalogue is not that of the text: run `python3 manage.py translations update`."
    ]
