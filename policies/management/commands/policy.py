"""The policy as a folder, on the command line: check and diff work without a database, in a team's CI."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from policies import wording
from policies.comparing import Change, Comparison, Piece, compare_documents
from policies.document import Document
from policies.folder import packing
from policies.folder.naming import unknown_names
from policies.folder.problems import BadFolder, Problem
from policies.folder.reading import read_files
from policies.folder.writing import write_files
from policies.models import PolicyVersion
from policies.services import documents, drafting, importing
from socialhub.lib.errors import Refusal
from teams.models import User

MARKS = {Change.SAME: "  ", Change.ADDED: "+ ", Change.REMOVED: "- "}
NAMED = "a folder, a zip file, a number, “in-force” or “draft”"


class Command(BaseCommand):
    """Check, compare, export and import the policy as a folder."""

    help = "Check, compare, export and import the policy as a folder of readable files."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one of four subcommands."""
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser("check", help="Say what is wrong with a folder. Needs no database.")
        check.add_argument("folder", type=Path)
        check.add_argument(
            "--names",
            action="store_true",
            help="Also say which names nothing here has: channels, streams, people. Asks the database.",
        )
        diff = acts.add_parser("diff", help="Say what changes from one text to another. Folders need no database.")
        diff.add_argument("old", help=NAMED)
        diff.add_argument("new", help=NAMED)
        diff.add_argument("--exit-code", action="store_true", help="End with 1 where anything differs.")
        export = acts.add_parser("export", help="Write a version into a folder, or into a zip file.")
        export.add_argument("folder", type=Path)
        export.add_argument("--version-number", default="in-force", help="a number, “in-force” or “draft”")
        bring = acts.add_parser("import", help="Put the text of a folder in the draft; begins one where there is none.")
        bring.add_argument("folder", type=Path)
        bring.add_argument("--by", help="the e-mail address of the editor who brings it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked for.

        :raises CommandError: it cannot be done; the message says why.
        """
        acts = {"check": self._check, "diff": self._diff, "export": self._export, "import": self._import}
        try:
            acts[options["act"]](options)
        except BadFolder as refusal:
            for problem in refusal.problems:
                self.stderr.write(str(problem))
            count = len(refusal.problems)
            raise CommandError(f"{count} problem{'' if count == 1 else 's'} found.") from None
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None

    def _check(self, options: dict[str, Any]) -> None:
        files = _files(options["folder"])
        document = read_files(files)
        if options["names"]:
            for problem in _unknown(files, document):
                self.stderr.write(str(problem))
        rule_count = sum(len(clause.rules) for clause in document.clauses)
        self.stdout.write(f"Nothing is wrong. Clauses: {len(document.clauses)}, rules: {rule_count}.")

    def _diff(self, options: dict[str, Any]) -> None:
        old, new = _document(options["old"]), _document(options["new"])
        needs_database = not all(_is_path(options[side]) for side in ("old", "new"))
        comparison = compare_documents(old, new, wording.department_names() if needs_database else {})
        for line in _told(comparison):
            self.stdout.write(line)
        if options["exit_code"] and not _is_same(comparison):
            raise CommandError("They differ.", returncode=1)

    def _export(self, options: dict[str, Any]) -> None:
        files = write_files(documents.document_of(_version(options["version_number"])))
        target: Path = options["folder"]
        if target.suffix == ".zip":
            target.write_bytes(packing.write_zip(files, name=target.stem))
        else:
            packing.write_directory(files, target)
        self.stdout.write(f"{len(files)} files written to {target}.")

    def _import(self, options: dict[str, Any]) -> None:
        document = read_files(_files(options["folder"]))
        editor = None
        if options["by"]:
            editor = User.objects.active().filter(email__iexact=options["by"]).first()
            if editor is None or not editor.rights.may("policy.edit"):
                raise CommandError(f"{options['by']} is nobody who may edit the policy.")
        at = timezone.now()
        draft = PolicyVersion.objects.edited().first() or drafting.start_draft(editor=editor, at=at)
        importing.take_folder(version_id=draft.pk, document=document, editor=editor, at=at)
        self.stdout.write(f"The draft of version {draft.number} now says what {options['folder']} says.")


def _unknown(files: Mapping[str, str], document: Document) -> list[Problem]:
    try:
        return list(unknown_names(files, document))
    except DatabaseError as error:
        raise CommandError(f"The database cannot be asked: {error}") from error


def _is_path(named: str) -> bool:
    return named not in ("in-force", "draft") and not named.isdecimal()


def _document(named: str) -> Document:
    if _is_path(named):
        return read_files(_files(Path(named)))
    return documents.document_of(_version(named))


def _version(named: str) -> PolicyVersion:
    versions = PolicyVersion.objects.all()
    try:
        if named == "in-force":
            found = versions.in_force().first()
        elif named == "draft":
            found = versions.edited().first()
        else:
            found = versions.filter(number=int(named)).first() if named.isdecimal() and len(named) < 10 else None
    except DatabaseError as error:
        raise CommandError(f"The database cannot be asked: {error}") from error
    if found is None:
        raise CommandError(f"There is no version {named}.")
    return found


def _files(path: Path) -> dict[str, str]:
    if path.is_dir():
        return packing.read_directory(path)
    if not path.is_file():
        raise CommandError(f"{path} is neither a folder nor a file.")
    with path.open("rb") as packed:
        return packing.read_zip(packed)


def _is_same(comparison: Comparison) -> bool:
    about = (*comparison.title, *comparison.summary)
    return comparison.is_empty and all(piece.change == Change.SAME for piece in about)


def _told(comparison: Comparison) -> list[str]:
    if _is_same(comparison):
        return ["Nothing differs."]
    told = []
    for name, pieces in (("Title", comparison.title), ("Summary", comparison.summary)):
        if any(piece.change != Change.SAME for piece in pieces):
            told += [f"{name}:", _inline(pieces)]
    for clause in comparison.clauses:
        if clause.is_same:
            continue
        label = clause.new_label or clause.old_label
        moved = f" (was {clause.old_label})" if clause.has_moved else ""
        told.append(f"Clause {label}{moved}, {clause.change}: {_inline(clause.title)}")
        if clause.change != Change.SAME:
            told.append(_inline(clause.body))
            told += [f"  {MARKS[piece.change]}{piece.text}" for piece in clause.rules]
    for part in comparison.parts:
        if not part.is_same:
            told.append(f"{part.title}:")
            told += [f"  {MARKS[piece.change]}{piece.text}" for piece in part.lines if piece.change != Change.SAME]
    return told


def _inline(pieces: Any) -> str:
    shown = {Change.SAME: "{}", Change.ADDED: "{{+{}+}}", Change.REMOVED: "[-{}-]"}

    def show(piece: Piece) -> str:
        return shown[piece.change].format(piece.text)

    return "".join(show(piece) for piece in pieces)
