"""The word lists, as a part of a version: each is a file with a word or phrase on every line."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from policies.engine.plain import only, refuse, text
from policies.models import PolicyVersion, WordList
from policies.parts.base import Files, Part
from socialhub.lib.errors import Invalid
from socialhub.lib.moments import grouped

FOLDER = "lists"
MOST_LISTS = 200
MOST_WORDS = 100_000
LONGEST_WORD = 100
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")


def read(data: Any, files: Files) -> dict[str, dict[str, Any]]:
    """Check the lists, and read the words of each from its file."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise refuse(_("Give each list under the name that rules use."))
    if len(data) > MOST_LISTS:
        raise refuse(_("A policy takes at most %(count)d word lists.") % {"count": MOST_LISTS})
    found: dict[str, dict[str, Any]] = {}
    for slug, entry in data.items():
        if not isinstance(slug, str) or not _SLUG.match(slug) or len(slug) > 60:
            raise refuse(_("Name a list by small letters, digits and hyphens."), slug)
        row = only(entry, ("name", "file"), slug)
        name = text(row, "name", slug, most=80)
        words = files.read(row.get("file"), below=FOLDER, place=f"{slug}.file")
        try:
            found[slug] = {"name": name, "words": read_words(words, path=str(row["file"]))}
        except Invalid as refusal:
            raise refuse(str(refusal), slug, "file") from None
    return found


def write(data: Mapping[str, Mapping[str, Any]] | None) -> tuple[Any, Mapping[str, str]]:
    """Return the lists with a file for the words of each."""
    listed, files = {}, {}
    for slug, entry in (data or {}).items():
        path = f"{FOLDER}/{slug}.csv"
        listed[slug] = {"name": entry["name"], "file": path}
        files[path] = write_words(entry["words"])
    return listed, files


def take(version: PolicyVersion) -> dict[str, dict[str, Any]]:
    """Return the lists of a version."""
    rows = version.word_lists.order_by("slug")
    return {row.slug: {"name": row.name, "words": list(row.words)} for row in rows}


def put(version: PolicyVersion, data: Mapping[str, Mapping[str, Any]]) -> None:
    """Give a draft exactly these lists."""
    kept = {row.slug: row for row in version.word_lists.all()}
    version.word_lists.exclude(slug__in=data).delete()
    for slug, entry in data.items():
        row = kept.get(slug) or WordList(version=version, slug=slug)
        row.name, row.words = entry["name"], list(entry["words"])
        if row.pk is None:
            row.save()
        else:
            row.save(update_fields=["name", "words"])


def lines(data: Mapping[str, Mapping[str, Any]] | None) -> list[str]:
    """Tell each word of each list, so that what came and went shows."""
    told = []
    for slug, entry in sorted((data or {}).items()):
        words = entry["words"]
        count = ngettext("%(count)d word", "%(count)d words", len(words)) % {"count": len(words)}
        told.append(_("List “%(slug)s” (%(name)s): %(count)s.") % {"slug": slug, "name": entry["name"], "count": count})
        told += [f"{slug}: {word}" for word in words]
    return told


def read_words(written: str, *, path: str) -> list[str]:
    """Return the words of a file: one on a line, or the first column. What differs in case alone is one word.

    :raises Invalid: a line is too long or has nothing to look for, there are too many, or it is no such file.
    """
    words: dict[str, str] = {}
    told: dict[str, object] = {"path": path}
    try:
        for number, row in enumerate(csv.reader(io.StringIO(written)), start=1):
            word = " ".join(row[0].split()) if row else ""
            told["line"] = number
            if not word:
                continue
            if len(word) > LONGEST_WORD:
                told["count"] = LONGEST_WORD
                raise Invalid(_("Line %(line)d of %(path)s is longer than %(count)d characters.") % told)
            if not re.search(r"\w", word):
                raise Invalid(_("Line %(line)d of %(path)s has nothing in it to look for.") % told)
            words.setdefault(word.casefold(), word)
            if len(words) > MOST_WORDS:
                told["count"] = grouped(MOST_WORDS)
                raise Invalid(_("%(path)s has more than %(count)s words: a list takes at most so many.") % told)
    except csv.Error as error:
        raise Invalid(_("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error}) from None
    return list(words.values())


def write_words(words: Iterable[str]) -> str:
    """Return words as such a file."""
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows([word] for word in words)
    return rows.getvalue()


PART = Part(
    "lists",
    gettext_lazy("Word lists"),
    read=read,
    write=write,
    lines=lines,
    take=take,
    put=put,
)
