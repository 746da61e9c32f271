"""The catalogues in ``locale``: brought up to date with the code, and compiled without any tool but Python."""

from pathlib import Path

import polib
from django.template import engines

from socialhub.translating.messages import Key, Message, Messages
from socialhub.translating.pages import note_template
from socialhub.translating.sources import note_python

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("socialhub", "teams", "policies", "listening", "triage", "insights")
# What each language calls many, as gettext counts it.
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}
_FORMATTED = ("%(", "%s", "%d")


def messages_of_the_code(root: Path = ROOT) -> Messages:
    """Return every text that Python files and templates mark.

    :raises UnclearText: a place marks something that no catalogue can hold.
    """
    messages = Messages()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                note_python(messages, path.read_text(), str(path.relative_to(root)))
    engine = engines["django"].engine  # type: ignore[attr-defined]
    for path in sorted((root / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            note_template(messages, path.read_text(), str(path.relative_to(root)), engine)
    return messages


def path_of(language: str, root: Path = ROOT) -> Path:
    """Return where the catalogue of a language stands."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str, root: Path = ROOT) -> polib.POFile:
    """Return the catalogue of a language, empty when there is none yet."""
    path = path_of(language, root)
    return polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)


def key_of(entry: polib.POEntry) -> Key:
    """Return what a line of a catalogue is looked up by."""
    return Key(entry.msgid, entry.msgctxt or None)


def renewed(language: str, messages: Messages, old: polib.POFile) -> polib.POFile:
    """Return the catalogue that the code needs, with every translation of ``old`` that is still used."""
    kept = {key_of(entry): entry for entry in old if not entry.obsolete}
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Project-Id-Version": "Socialhub",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    for key in sorted(messages, key=lambda key: (key.singular.casefold(), key.singular, key.context or "")):
        catalogue.append(_entry(messages[key], kept.get(key)))
    return catalogue


def _entry(message: Message, former: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(
        msgid=message.key.singular,
        msgctxt=message.key.context,
        msgid_plural=message.plural,
        occurrences=[(file, "") for file in message.files],
    )
    if any(mark in message.key.singular + message.plural for mark in _FORMATTED):
        entry.flags.append("python-format")
    if former is not None and former.msgid_plural == message.plural:
        entry.msgstr, entry.msgstr_plural = former.msgstr, dict(former.msgstr_plural)
    elif former is not None and former.msgstr and message.plural:
        entry.msgstr_plural = {0: former.msgstr, 1: ""}
    if message.plural and not entry.msgstr_plural:
        entry.msgstr_plural = {0: "", 1: ""}
    return entry


def write(language: str, catalogue: polib.POFile, root: Path = ROOT) -> None:
    """Keep a catalogue, as text and compiled."""
    path = path_of(language, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{catalogue}\n".rstrip("\n") + "\n")
    path.with_suffix(".mo").write_bytes(catalogue.to_binary())
