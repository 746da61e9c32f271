"""The only doors from a request to a version and its parts."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from policies.models import Clause, PolicyVersion, Question, Rule, WordList
from teams.models import User


def get_version_for(user: User, number: int) -> PolicyVersion:
    """Return a version by its number; before it is scheduled it exists only for editors and its reviewers.

    :raises Http404: there is none, or not for them.
    """
    versions = PolicyVersion.objects.visible_to(user).select_related("published_by", "created_by")
    return get_object_or_404(versions, number=number)


def get_reviewed_for(user: User, number: int) -> PolicyVersion:
    """Return a version on which ``user`` may speak: an editor, or one of its reviewers.

    :raises Http404: there is none, or not for them.
    :raises PermissionDenied: they may only read it.
    """
    version = get_version_for(user, number)
    if not user.rights.may("policy.edit") and not version.reviews.filter(reviewer=user, voided_at=None).exists():
        raise PermissionDenied
    return version


def get_managed_for(user: User, number: int, *, action: str) -> PolicyVersion:
    """Return a version that ``user`` may do ``action`` with (``policy.edit`` or ``policy.publish``).

    :raises PermissionDenied: they may not.
    :raises Http404: there is none.
    """
    if not user.rights.may(action):
        raise PermissionDenied
    return get_version_for(user, number)


def get_draft_for(user: User, *, action: str = "policy.edit") -> PolicyVersion:
    """Return the version that is written or reviewed, if there is one and ``user`` may do ``action``.

    Whether it may still be written on is the service's question.

    :raises PermissionDenied: they may not.
    :raises Http404: there is no draft.
    """
    if not user.rights.may(action):
        raise PermissionDenied
    return get_object_or_404(PolicyVersion.objects.edited().select_related("created_by"))


def get_clause_for(user: User, clause_id: int) -> Clause:
    """Return a clause of any version, for somebody who may edit; whether it still can be is the service's question.

    :raises PermissionDenied: they may not edit.
    :raises Http404: there is no such clause.
    """
    if not user.rights.may("policy.edit"):
        raise PermissionDenied
    return get_object_or_404(Clause.objects.select_related("version"), pk=clause_id)


def get_list_for(user: User, list_id: int) -> WordList:
    """Return a word list of any version, for somebody who may edit; whether it still can be is the service's question.

    :raises PermissionDenied: they may not edit.
    :raises Http404: there is no such list.
    """
    if not user.rights.may("policy.edit"):
        raise PermissionDenied
    return get_object_or_404(WordList.objects.select_related("version"), pk=list_id)


def get_rule_for(user: User, rule_id: int) -> Rule:
    """Return a rule of any version, for somebody who may edit.

    :raises PermissionDenied: they may not edit.
    :raises Http404: there is no such rule.
    """
    if not user.rights.may("policy.edit"):
        raise PermissionDenied
    return get_object_or_404(Rule.objects.select_related("clause__version"), pk=rule_id)


def get_question_for(user: User, question_id: int) -> Question:
    """Return a question of the draft, for somebody who may edit.

    :raises PermissionDenied: they may not edit.
    :raises Http404: there is no such question in the draft.
    """
    if not user.rights.may("policy.edit"):
        raise PermissionDenied
    drafts = Question.objects.filter(clause__version__state=PolicyVersion.State.DRAFT)
    return get_object_or_404(drafts.select_related("clause__version"), pk=question_id)
