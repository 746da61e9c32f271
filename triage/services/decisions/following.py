"""Decide as the policy suggests, without changing a word of it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Invalid
from teams.models import Department, User
from triage.models import Conversation, Decision
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.decisions.departing import person_for, suggested_tags
from triage.states import Disposition


class SuggestionChanged(Conflict):
    """The suggestion is another than the one that was seen."""

    code = "suggestion_changed"


class SuggestionIncomplete(Invalid):
    """The suggestion leaves open what a decision must say."""


def seal_of(suggestion: Mapping[str, Any]) -> str:
    """Return a short name of a suggestion as it stands; another suggestion has another."""
    written = json.dumps({name: suggestion.get(name) for name in _PARTS}, sort_keys=True)
    return hashlib.blake2s(written.encode(), digest_size=8).hexdigest()


def missing(suggestion: Mapping[str, Any]) -> str:
    """Return what a suggestion leaves open, in a sentence; empty where it can be followed as it stands."""
    disposition = suggestion.get("disposition", "")
    if not disposition:
        return _("The suggestion does not say what to do. Decide yourself.")
    if disposition == Disposition.NO_RESPONSE:
        return "" if suggestion.get("reason") else _("The suggestion does not say why nobody answers. Choose a reason.")
    if not suggestion.get("department"):
        return _("The suggestion names no department. Choose one.")
    return "" if suggestion.get("visibility") else _("The suggestion does not say whether in public. Choose it.")


def follow(*, conversation_id: int, triage_owner: User, fence: int, seal: str, at: datetime) -> Decision:
    """Record the decision that the policy suggests, if it is still the one that was seen.

    ``seal`` is the name of what was seen. Locks the conversation.

    :raises SuggestionIncomplete: it leaves open what a decision must say.
    :raises SuggestionChanged: it is another by now.
    :raises DecisionNotOpen: as ``deciding.decide``, and what else that raises.
    """
    with transaction.atomic():
        locked = Conversation.objects.select_for_update(of=("self",)).only("suggestion", "learner")
        conversation = locked.get(pk=conversation_id)
        suggestion = conversation.suggestion if conversation.learner_id is None else {}
        if problem := missing(suggestion):
            raise SuggestionIncomplete(problem)
        if seal_of(suggestion) != seal:
            raise SuggestionChanged(_("The suggestion has changed a moment ago. Look at it before you follow it."))
        return deciding.decide(
            conversation_id=conversation_id,
            choice=_choice(suggestion, conversation),
            triage_owner=triage_owner,
            fence=fence,
            at=at,
        )


_PARTS = ("disposition", "reason", "department", "visibility", "priority", "person", "tags")


def _choice(suggestion: Mapping[str, Any], conversation: Conversation) -> Choice:
    disposition = Disposition(suggestion["disposition"])
    priority, tags = int(suggestion["priority"]), suggested_tags(suggestion, conversation)
    if disposition == Disposition.NO_RESPONSE:
        return Choice(disposition, priority, reason=suggestion["reason"], tags=tags)
    slug = suggestion["department"]
    department = Department.objects.active().filter(slug=slug).first()
    if department is None:
        raise SuggestionIncomplete(_("The department that is suggested is closed. Choose another."))
    return Choice(
        disposition,
        priority,
        department=department,
        visibility=suggestion["visibility"],
        offered_to=person_for(suggestion, slug),
        tags=tags,
    )
