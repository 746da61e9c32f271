"""Author lists: added, renamed, filled and deleted, and what a file of them may hold."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from listening.models import AuthorList, AuthorListEntry
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.moments import grouped
from teams.changes import Verb
from teams.models import User
from teams.services import audit

MOST_ENTRIES = 200_000
LONGEST_VALUE = 255
# With room for what stands beside the value in a row.
LARGEST_FILE = 32 * 2**20
BATCH = 5_000
COLUMNS = ("author", "handle", "value", "email", "address")


class AuthorListNameTaken(Conflict):
    """Another list has that name."""

    code = "author_list_name_taken"


class AuthorListGone(Conflict):
    """Somebody deleted the list."""

    code = "author_list_gone"


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of entries: how many are new, and how many stood there before."""

    added: int
    known: int


def add_list(*, name: str, kind: str, actor: User, at: datetime) -> AuthorList:
    """Begin a list of authors.

    :raises AuthorListNameTaken: another has that name.
    """
    try:
        with transaction.atomic():
            made = AuthorList.objects.create(name=name, kind=kind)
            audit.note(actor=actor, verb=Verb.AUTHOR_LIST_ADDED, subject=name, at=at)
    except IntegrityError as error:
        raise AuthorListNameTaken(_("Another list has this name.")) from error
    return made


def change_list(*, list_id: int, name: str, kind: str, actor: User, at: datetime) -> None:
    """Give a list another name or kind; rules that name it by its old name do not find it any more.

    Harmless to call twice.

    :raises AuthorListNameTaken: another has that name.
    :raises AuthorListGone: somebody deleted it.
    """
    try:
        with transaction.atomic():
            before = _locked(list_id)
            if (before.name, before.kind) == (name, kind):
                return
            AuthorList.objects.filter(pk=list_id).update(name=name, kind=kind)
            audit.note(actor=actor, verb=Verb.AUTHOR_LIST_CHANGED, subject=name, at=at, before=before.name)
    except IntegrityError as error:
        raise AuthorListNameTaken(_("Another list has this name.")) from error


def delete_list(*, list_id: int, actor: User, at: datetime) -> None:
    """Delete a list with its entries. Harmless to call twice."""
    with transaction.atomic():
        found = AuthorList.objects.select_for_update().filter(pk=list_id).first()
        if found is None:
            return
        count = found.entries.count()
        found.entries.all().delete()
        found.delete()
        audit.note(actor=actor, verb=Verb.AUTHOR_LIST_DELETED, subject=found.name, at=at, count=count)


def add_entries(*, list_id: int, values: Sequence[str], actor: User, at: datetime) -> Filled:
    """Put authors on a list; those that stand on it already stay. ``values`` as ``read_values`` returns them.

    :raises Invalid: the list would grow too long; nothing is added.
    :raises AuthorListGone: somebody deleted it.
    """
    with transaction.atomic():
        found = _locked(list_id)
        before = found.entries.count()
        for start in range(0, len(values), BATCH):
            rows = (AuthorListEntry(author_list=found, value=value) for value in values[start : start + BATCH])
            AuthorListEntry.objects.bulk_create(rows, ignore_conflicts=True)
        after = found.entries.count()
        if after > MOST_ENTRIES:
            raise Invalid(
                _("A list takes at most %(most)s authors; this would make it %(count)s.")
                % {"most": grouped(MOST_ENTRIES), "count": grouped(after)},
                field="entries",
            )
        if after > before:
            audit.note(actor=actor, verb=Verb.AUTHOR_LIST_FILLED, subject=found.name, at=at, count=after - before)
    return Filled(after - before, len(values) - (after - before))


def remove_entries(*, list_id: int, values: Iterable[str], actor: User, at: datetime) -> int:
    """Take authors off a list; return how many stood on it.

    :raises AuthorListGone: somebody deleted it.
    """
    with transaction.atomic():
        found = _locked(list_id)
        count, _each = found.entries.filter(value__in=list(values)).delete()
        if count:
            audit.note(actor=actor, verb=Verb.AUTHOR_LIST_EMPTIED, subject=found.name, at=at, count=count)
    return count


def read_values(lines: Iterable[str]) -> list[str]:
    """Return authors as they are stored, each once, in their order; empty lines are passed over.

    :raises Invalid: one cannot be an author; the message names its line.
    """
    found: dict[str, None] = {}
    for line, text in enumerate(lines, start=1):
        if value := _value(text, line):
            found[value] = None
        if len(found) > MOST_ENTRIES:
            raise _refuse(_("At most %(most)s authors can be added at once.") % {"most": grouped(MOST_ENTRIES)})
    if not found:
        raise _refuse(_("There is no author in it."))
    return list(found)


def read_csv(data: bytes) -> list[str]:
    """Return the authors of a file: its first column, or the one headed author, handle, value, email or address.

    :raises Invalid: it is no such file; the message says where.
    """
    if len(data) > LARGEST_FILE:
        raise _refuse(_("The file is larger than %(size)d MB.") % {"size": LARGEST_FILE // 2**20})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refuse(_("Line %(line)d: the file is not in UTF-8.") % {"line": line}) from None
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        return read_values(_column(rows))
    except csv.Error as error:
        raise _refuse(
            _("Line %(line)d: this is no CSV (%(reason)s).") % {"line": rows.line_num, "reason": error}
        ) from None


def _column(rows: Iterable[list[str]]) -> Iterable[str]:
    place = 0
    for number, row in enumerate(rows):
        if number == 0:
            heads = [cell.strip().casefold() for cell in row]
            place = next((heads.index(name) for name in COLUMNS if name in heads), 0)
            if any(name in heads for name in COLUMNS):
                yield ""
                continue
        yield row[place] if place < len(row) else ""


def _value(text: str, line: int) -> str:
    value = text.strip().casefold()
    is_domain = value.startswith("@") and "." in value and "@" not in value[1:]
    # A handle is known with and without its sign; the sign alone before a domain means everybody there.
    value = value if is_domain else value.removeprefix("@")
    if len(value) > LONGEST_VALUE:
        raise _refuse(_("Line %(line)d: “%(start)s…” is too long.") % {"line": line, "start": value[:30]})
    if any(letter.isspace() or not letter.isprintable() for letter in value):
        raise _refuse(
            _("Line %(line)d: “%(value)s” is neither a handle nor an address.") % {"line": line, "value": text[:60]}
        )
    return value


def _refuse(message: str) -> Invalid:
    return Invalid(message, field="entries")


def _locked(list_id: int) -> AuthorList:
    found = AuthorList.objects.select_for_update().filter(pk=list_id).first()
    if found is None:
        raise AuthorListGone(_("Somebody deleted this list a moment ago."))
    return found
