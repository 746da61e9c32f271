"""A text from a folder, put in the place of the draft's."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.document import ClauseText, Document
from policies.folder.reading import read_files
from policies.folder.writing import write_files
from policies.models import Clause, PolicyVersion, Rule, Upload
from policies.parts import PARTS
from policies.services.documents import fingerprint_of_text
from policies.services.drafting import ChangedMeanwhile, lock_draft
from policies.services.publishing import name_of
from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import User
from teams.services import audit


class NothingBrought(Conflict):
    """There is no text that this person brought."""

    code = "nothing_brought"


def bring(*, version_id: int, files: Mapping[str, str], editor: User, at: datetime) -> Document:
    """Keep a text for the draft until its editor has seen what it changes and takes it.

    :raises BadFolder: it cannot be taken; names every problem.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    document = read_files(files)
    with transaction.atomic():
        draft = lock_draft(version_id)
        # Written anew, so that what had no key keeps the one that it was given now.
        written = write_files(document)
        Upload.objects.update_or_create(
            version=draft, brought_by=editor, defaults={"brought_at": at, "document": written}
        )
    return document


def brought(*, version: PolicyVersion, editor: User) -> Document:
    """Return the text that somebody brought and has not taken yet.

    :raises NothingBrought: there is none.
    """
    upload = Upload.objects.filter(version=version, brought_by=editor).first()
    if upload is None:
        raise NothingBrought(_("You have not brought a text, or you took it already."))
    return read_files(upload.document)


def take_brought(*, version_id: int, editor: User, seen: str, at: datetime) -> None:
    """Put the text that somebody brought in the place of the draft's.

    :raises NothingBrought: there is none.
    :raises ChangedMeanwhile: somebody changed the draft since ``seen`` was taken of its text.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        draft = lock_draft(version_id)
        document = brought(version=draft, editor=editor)
        if fingerprint_of_text(draft) != seen:
            raise ChangedMeanwhile(_("Somebody changed the draft meanwhile. Look again at what would change."))
        replace_text(draft, document)
        Upload.objects.filter(version=draft, brought_by=editor).delete()
        audit.note(actor=editor, verb=Verb.POLICY_IMPORTED, subject=name_of(draft), at=at, version=draft.pk)


def take_folder(*, version_id: int, document: Document, editor: User | None, at: datetime) -> None:
    """Put a text in the place of the draft's without a look before, for a command.

    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        draft = lock_draft(version_id)
        replace_text(draft, document)
        audit.note(actor=editor, verb=Verb.POLICY_IMPORTED, subject=name_of(draft), at=at, version=draft.pk)


def replace_text(draft: PolicyVersion, document: Document) -> None:
    """Let a locked draft say exactly what a document says; what keeps its key keeps its row and its comments."""
    draft.title, draft.summary = document.title, document.summary
    draft.save(update_fields=["title", "summary"])
    kept = {clause.key: clause for clause in draft.clauses.all()}
    draft.clauses.exclude(key__in=[clause.key for clause in document.clauses]).delete()
    labels = document.labels()
    for number, (text, label) in enumerate(zip(document.clauses, labels, strict=True), start=1):
        clause = kept.get(text.key) or Clause(version=draft, key=text.key)
        clause.number, clause.label, clause.level = number, label, text.level
        clause.title, clause.body = text.title, text.body
        clause.may_decide, clause.is_substantial = list(text.may_decide), text.is_substantial
        if clause.pk is None:
            Clause.objects.bulk_create([clause])
        else:
            clause.save(update_fields=["number", "label", "level", "title", "body", "may_decide", "is_substantial"])
        _replace_rules(clause, text)
    for part in PARTS:
        part.put(draft, document.parts[part.name])


def _replace_rules(clause: Clause, text: ClauseText) -> None:
    kept = {rule.key: rule for rule in clause.rules.all()}
    clause.rules.exclude(key__in=[rule.key for rule in text.rules]).delete()
    for position, written in enumerate(text.rules, start=1):
        rule = kept.get(written.key) or Rule(clause=clause, key=written.key)
        rule.position, rule.kind, rule.name = position, written.kind, written.name
        rule.condition, rule.outcome = dict(written.condition), dict(written.outcome)
        if rule.pk is None:
            Rule.objects.bulk_create([rule])
        else:
            rule.save(update_fields=["position", "kind", "name", "condition", "outcome"])
