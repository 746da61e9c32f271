"""Word lists of a draft: added, renamed, filled from a file, deleted."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from policies.checking import lists_in_guide, lists_of
from policies.engine.conditions import read_condition
from policies.fingerprints import fingerprint
from policies.models import PolicyVersion, Rule, WordList
from policies.parts.lists import MOST_LISTS
from policies.services.drafting import ChangedMeanwhile, lock_draft
from socialhub.lib.errors import Conflict, Invalid


class ListInUse(Conflict):
    """A rule or the guide looks into the list."""

    code = "list_in_use"


class ListGone(Conflict):
    """Somebody has deleted the list meanwhile."""

    code = "list_gone"


def add_list(*, version_id: int, name: str, words: Sequence[str]) -> WordList:
    """Add a list to the draft; rules know it by a short name, made of ``name`` for good.

    :raises Invalid: there is one of that name, or there are too many.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    slug = slugify(name)[:60].strip("-_")
    if not slug:
        raise Invalid(_("Give the list a name with a letter or a digit."), field="name")
    with transaction.atomic():
        draft = lock_draft(version_id)
        if draft.word_lists.filter(slug=slug).exists():
            raise Invalid(_("There is a list of that name already."), field="name")
        if draft.word_lists.count() >= MOST_LISTS:
            raise Invalid(_("A policy takes at most %(count)d word lists.") % {"count": MOST_LISTS}, field="name")
        return WordList.objects.create(version=draft, slug=slug, name=name, words=list(words))


def change_list(*, list_id: int, version_id: int, name: str, words: Sequence[str] | None, seen: str) -> None:
    """Rename a list of the draft, and give it other words where some are given.

    :raises ListGone: somebody has deleted it.
    :raises ChangedMeanwhile: somebody else changed it since ``seen`` was taken.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        found = _locked(list_id, version_id)
        if fingerprint_of_list(found) != seen:
            raise ChangedMeanwhile(_("Somebody else changed this list a moment ago. It is shown as it is now."))
        found.name = name
        if words is not None:
            found.words = list(words)
        found.save(update_fields=["name", "words"])


def delete_list(*, list_id: int, version_id: int) -> None:
    """Take a list out of the draft. One that is gone already is no trouble.

    :raises ListInUse: a rule or the guide looks into it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        try:
            found = _locked(list_id, version_id)
        except ListGone:
            return
        rules = rules_looking_into(found)
        if rules:
            told = {"rule": rules[0].name, "clause": rules[0].clause.label}
            raise ListInUse(
                _("The rule “%(rule)s” of clause %(clause)s looks into this list. Change the rule first.") % told
            )
        question = lists_in_guide(found.version.guide).get(found.slug)
        if question is not None:
            told = {"question": question}
            raise ListInUse(_("The guide looks into this list for “%(question)s”. Change the guide first.") % told)
        found.delete()


def rules_looking_into(words: WordList) -> list[Rule]:
    """Return the rules of the same version that look into a list, in the order of the document."""
    rules = Rule.objects.filter(clause__version=words.version_id).select_related("clause")
    return [rule for rule in rules.order_by("clause__number", "position") if words.slug in _lists_in(rule)]


def fingerprint_of_list(words: WordList) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(words.name, words.words)


def _lists_in(rule: Rule) -> set[str]:
    try:
        return lists_of(read_condition(rule.condition))
    except Invalid:
        return set()


def _locked(list_id: int, version_id: int) -> WordList:
    draft: PolicyVersion = lock_draft(version_id)
    found = draft.word_lists.filter(pk=list_id).first()
    if found is None:
        raise ListGone(_("Somebody has deleted this list meanwhile."))
    return found
