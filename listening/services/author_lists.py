"""Which lists an author stands on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from listening.models import AuthorListEntry
from socialhub.lib.bulk import any_text_of

# What is asked about an author: the handle, and what the network calls them.
Author = tuple[str, str]


def keys_of(handle: str, external_id: str) -> set[str]:
    """Return under which values an entry means this author."""
    keys = {name.strip().casefold().removeprefix("@") for name in (handle, external_id)} - {""}
    return keys | {f"@{key.rpartition('@')[2]}" for key in keys if "@" in key}


def lists_of(authors: Mapping[int, Author]) -> dict[int, frozenset[str]]:
    """Return the names and kinds of the lists of authors, by what they were asked for: one query."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for number, (handle, external_id) in authors.items():
        for key in keys_of(handle, external_id):
            wanted[key].append(number)
    found: dict[int, set[str]] = defaultdict(set)
    entries = AuthorListEntry.objects.filter(value__in=any_text_of(wanted))
    for value, name, kind in entries.values_list("value", "author_list__name", "author_list__kind"):
        for number in wanted[value]:
            found[number] |= _named((name, kind))
    return {number: frozenset(names) for number, names in found.items()}


def _named(names: Iterable[str]) -> set[str]:
    return {" ".join(name.casefold().split()) for name in names}
