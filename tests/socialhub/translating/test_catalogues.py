import gettext

import polib
import pytest

from socialhub.translating import catalogues
from socialhub.translating.faults import faults
from socialhub.translating.messages import Key, Message, Messages


@pytest.fixture
def messages():
    found = Messages()
    found.note(Key("Save"), "", "triage/b.py", 7)
    found.note(Key("Save"), "", "triage/a.py", 3)
    found.note(Key("%(n)d day"), "%(n)d days", "triage/a.py", 1)
    found.note(Key("Open", "verb"), "", "templates/x.html", 2)
    return found


def test_a_new_catalogue_has_every_message_sorted_and_without_lines(messages, tmp_path):
    catalogues.write("de", catalogues.renewed("de", messages, polib.POFile()), tmp_path)

    text = catalogues.path_of("de", tmp_path).read_text()
    assert [catalogues.key_of(entry) for entry in catalogues.read("de", tmp_path)] == [
        Key("%(n)d day"),
        Key("Open", "verb"),
        Key("Save"),
    ]
    assert "#: triage/a.py triage/b.py\n" in text
    assert "POT-Creation-Date" not in text


def test_renewing_keeps_translations_and_drops_what_is_not_used(messages):
    old = polib.POFile()
    old.append(polib.POEntry(msgid="Save", msgstr="Speichern"))
    old.append(polib.POEntry(msgid="%(n)d day", msgid_plural="%(n)d days", msgstr_plural={0: "a", 1: "b"}))
    old.append(polib.POEntry(msgid="Open", msgstr="another context"))
    old.append(polib.POEntry(msgid="Gone", msgstr="Weg"))

    found = {catalogues.key_of(entry): entry for entry in catalogues.renewed("de", messages, old)}

    assert sorted(found) == sorted(messages)
    assert found[Key("Save")].msgstr == "Speichern"
    assert found[Key("%(n)d day")].msgstr_plural == {0: "a", 1: "b"}
    assert found[Key("Open", "verb")].msgstr == ""


def test_renewing_twice_changes_nothing(messages, tmp_path):
    catalogues.write("fr", catalogues.renewed("fr", messages, polib.POFile()), tmp_path)
    first = catalogues.path_of("fr", tmp_path).read_bytes()

    catalogues.write("fr", catalogues.renewed("fr", messages, catalogues.read("fr", tmp_path)), tmp_path)

    assert catalogues.path_of("fr", tmp_path).read_bytes() == first


def test_what_is_written_is_compiled_for_python(messages, tmp_path):
    catalogue = catalogues.renewed("fr", messages, polib.POFile())
    for entry in catalogue:
        entry.msgstr, entry.msgstr_plural = (
            ("", {0: "%(n)d jour", 1: "%(n)d jours"}) if entry.msgid_plural else ("Oui", {})
        )
    catalogues.write("fr", catalogue, tmp_path)

    found = gettext.translation("django", tmp_path / "locale", ["fr"])

    assert found.gettext("Save") == "Oui"
    assert found.pgettext("verb", "Open") == "Oui"
    assert [found.ngettext("%(n)d day", "%(n)d days", n) for n in (0, 1, 2)] == [
        "%(n)d jour",
        "%(n)d jour",
        "%(n)d jours",
    ]


@pytest.mark.parametrize(
    ("text", "translation", "found"),
    [
        ("Hello %(name)s.", "Hallo %(name)s.", []),
        ("Hello %(name)s.", "Hallo %(nmae)s.", ["its placeholders differ: %(nmae)s for %(name)s"]),
        ("50%% of %d", "%d: 50%%", []),
        ("50%% off", "50% weniger", ["its placeholders differ: none for %%"]),
        ("{n} left", "{n} übrig", []),
        ("<b>Now</b>", "<b>Jetzt<b>", ["its tags differ"]),
        ("Not read: ", "Ungelesen:", ["it ends with other white space"]),
        ("It is done.", "Fertig", ["it ends with no mark, the text with ."]),
        ("Search", "Suche…", ["it ends with …, the text with no mark"]),
        ("Why?", "Pourquoi\u202f?", []),
        ("Save", "", ["it is empty"]),
    ],
)
def test_a_wrong_translation_is_told(text, translation, found):
    assert faults(Message(Key(text)), [translation]) == found


def test_the_form_for_one_may_leave_the_number_out():
    message = Message(Key("One day"), plural="%(n)d days")

    assert faults(message, ["Ein Tag", "%(n)d Tage"]) == []
    assert faults(message, ["%(n)d Tag", "%(n)d Tage"]) == []
    assert faults(message, ["Ein Tag", "%(m)d Tage"]) == ["its placeholders differ: %(m)d for %(n)d"]
