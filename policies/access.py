"""The only doors from a request to a version and its parts."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from policies.models import Clause, PolicyVersion, Rule
from teams.models import User


def get_version_for(user: User, number: int) -> PolicyVersion:
    """Return a version by its number; a draft exists only for those who may edit it.

    :raises Http404: there is none, or not for them.
    """
    version = get_object_or_404(PolicyVersion.objects.select_related("published_by", "created_by"), number=number)
    if version.state == PolicyVersion.State.DRAFT and not user.rights.may("policy.edit"):
        raise Http404
    return version


def get_draft_for(user: User, *, action: str = "policy.edit") -> PolicyVersion:
    """Return the draft, if there is one and ``user`` may do ``action``.

    :raises PermissionDenied: they may not.
    :raises Http404: there is no draft.
    """
    if not user.rights.may(action):
        raise PermissionDenied
    return get_object_or_404(PolicyVersion.objects.select_related("created_by"), state=PolicyVersion.State.DRAFT)


def get_clause_for(user: User, clause_id: int) -> Clause:
    """Return a clause of any version, for somebody who may edit; whether it still can be is the service's question.

    :raises PermissionDenied: they may not edit.
    :raises Http404: there is no such clause.
    """
    if not user.rights.may("policy.edit"):
        raise PermissionDenied
    return get_object_or_404(Clause.objects.select_related("version"), pk=clause_id)


def get_rule_for(user: User, rule_id: int) -> Rule:
    """Return a rule of any version, for somebody who may edit.

    :raises PermissionDenied: they may not edit.
    :raises Http404: there is no such rule.
    """
    if not user.rights.may("policy.edit"):
        raise PermissionDenied
    return get_object_or_404(Rule.objects.select_related("clause__version"), pk=rule_id)
