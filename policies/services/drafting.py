"""The draft as a whole: begun from what is in force, described, discarded."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from policies.fingerprints import fingerprint
from policies.models import Clause, PolicyVersion, Question, Rule, Target, WordList
from policies.models.version import USUAL_PASS_MARK
from policies.parts import targets
from policies.parts.checked import USUAL_SHARE
from policies.services.publishing import NotADraft, name_of
from policies.starter import starter_document
from socialhub.lib.errors import Conflict
from socialhub.lib.locks import Lock, take
from teams.changes import Verb
from teams.models import User
from teams.services import audit


class DraftExists(Conflict):
    """There is a draft already; everybody works on the same one."""

    code = "draft_exists"


class ChangedMeanwhile(Conflict):
    """Somebody else changed the same text since it was loaded."""

    code = "changed_meanwhile"


def start_draft(*, editor: User | None, at: datetime) -> PolicyVersion:
    """Begin the next version as a copy of the one that comes before it: the last one scheduled, or the one in force.

    :raises DraftExists: somebody has begun one.
    """
    with transaction.atomic():
        take(Lock.PUBLISH_POLICY)
        if PolicyVersion.objects.edited().exists():
            raise DraftExists(_("Somebody has begun a draft already. Work on that one."))
        former = PolicyVersion.objects.former_of(None)
        highest = PolicyVersion.objects.aggregate(highest=Max("number"))["highest"] or 0
        draft = PolicyVersion.objects.create(
            number=highest + 1,
            title=former.title if former else starter_document().title,
            passes_over_thanks=former is None or former.passes_over_thanks,
            grace_days=former.grace_days if former else 0,
            checked_share=former.checked_share if former else USUAL_SHARE,
            pass_mark=former.pass_mark if former else USUAL_PASS_MARK,
            guide=former.guide if former else [],
            created_by=editor,
            created_at=at,
        )
        if former is None:
            targets.put(draft, starter_document().parts[targets.PART.name])
        else:
            _copy_parts(former, draft)
        audit.note(actor=editor, verb=Verb.POLICY_DRAFTED, subject=name_of(draft), at=at, version=draft.pk)
    return draft


def describe_draft(*, version_id: int, title: str, summary: str, seen: str) -> None:
    """Change the draft's title and what it says about itself.

    :raises ChangedMeanwhile: somebody else did since ``seen`` was taken.
    :raises NotADraft: it was published or discarded.
    """
    with transaction.atomic():
        draft = lock_draft(version_id)
        if fingerprint_of_description(draft) != seen:
            raise ChangedMeanwhile(_("Somebody else changed this a moment ago."))
        draft.title, draft.summary = title, summary
        draft.save(update_fields=["title", "summary"])


def discard_draft(*, version_id: int, editor: User, at: datetime) -> None:
    """Throw a draft away, with all its parts.

    :raises NotADraft: it was published or discarded.
    """
    with transaction.atomic():
        take(Lock.PUBLISH_POLICY)
        draft = lock_draft(version_id)
        name = name_of(draft)
        draft.delete()
        audit.note(actor=editor, verb=Verb.POLICY_DISCARDED, subject=name, at=at)


def lock_draft(version_id: int) -> PolicyVersion:
    """Lock a draft for a change of any of its parts: two changes, or a change and the publishing, take turns.

    :raises NotADraft: it was sent to its reviewers, published or discarded.
    """
    version = PolicyVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is not None and version.state == PolicyVersion.State.DRAFT:
        return version
    if version is not None and version.state == PolicyVersion.State.IN_REVIEW:
        raise NotADraft(_("This version is before its reviewers. Take it back first to write on it."))
    raise NotADraft(_("This draft was published or discarded a moment ago."))


def fingerprint_of_description(version: PolicyVersion) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(version.title, version.summary)


def _copy_parts(former: PolicyVersion, draft: PolicyVersion) -> None:
    for clause in former.clauses.prefetch_related("rules", "questions").order_by("number"):
        rules, questions = list(clause.rules.all()), list(clause.questions.all())
        clause.pk, clause.version, clause.is_substantial = None, draft, False
        Clause.objects.bulk_create([clause])
        for rule in rules:
            rule.pk, rule.clause = None, clause
        for question in questions:
            question.pk, question.clause = None, clause
        Rule.objects.bulk_create(rules)
        Question.objects.bulk_create(questions)
    times, lists = list(former.targets.all()), list(former.word_lists.all())
    for target in times:
        target.pk, target.version = None, draft
    for words in lists:
        words.pk, words.version = None, draft
    Target.objects.bulk_create(times)
    WordList.objects.bulk_create(lists)
