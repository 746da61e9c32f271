"""Whether a catalogue has every text of the code, translated, and nothing else."""

from pathlib import Path

from socialhub.translating import catalogues
from socialhub.translating.faults import faults
from socialhub.translating.messages import Messages


def problems(language: str, messages: Messages, root: Path = catalogues.ROOT) -> list[str]:
    """Return what is wrong with a catalogue, one sentence each; nothing when it is complete."""
    catalogue = catalogues.read(language, root)
    entries = {catalogues.key_of(entry): entry for entry in catalogue if not entry.obsolete}
    found = [f"{key.singular!r} is not in the catalogue." for key in messages if key not in entries]
    found += [f"{key.singular!r} is not used." for key in entries if key not in messages]
    found += [f"{entry.msgid!r} is not used." for entry in catalogue.obsolete_entries()]
    for key, entry in entries.items():
        if key not in messages:
            continue
        message = messages[key]
        if entry.msgid_plural != message.plural:
            found.append(f"{key.singular!r} has another plural.")
            continue
        if "fuzzy" in entry.flags:
            found.append(f"{key.singular!r} is marked as uncertain.")
        forms = [entry.msgstr_plural.get(at, "") for at in range(2)] if message.plural else [entry.msgstr]
        found += [f"{key.singular!r}: {fault}." for fault in faults(message, forms)]
    compiled = catalogues.path_of(language, root).with_suffix(".mo")
    if entries and (not compiled.exists() or compiled.read_bytes() != catalogue.to_binary()):
        found.append("The compiled catalogue is not that of the text: run `python3 manage.py translations update`.")
    return found
