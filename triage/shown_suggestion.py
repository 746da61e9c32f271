"""What the policy proposes for a conversation, as its page shows it."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from policies.sentences import words_for_evidence
from teams.models import Department
from triage.models import Conversation
from triage.states import Disposition, Priority, Visibility


@dataclass(frozen=True, slots=True)
class ShownSuggestion:
    """What the policy proposes, with its reasons."""

    title: str
    reasons: list[str]
    clause_url: str


def read_suggestion(conversation: Conversation) -> ShownSuggestion | None:
    """Return the suggestion for a page; None where no rule spoke."""
    found: dict[str, Any] = conversation.suggestion
    because = found.get("because") or []
    if not because:
        return None
    parts = [str(Priority(found["priority"]).label)]
    if found.get("disposition"):
        parts.append(str(Disposition(found["disposition"]).label))
    department = Department.objects.filter(slug=found.get("department") or "").first()
    if department is not None:
        parts.append(department.name)
    if found.get("visibility"):
        parts.append(str(Visibility(found["visibility"]).label))
    reasons = [
        _("Clause %(clause)s, rule “%(rule)s”, saw %(evidence)s.")
        % {"clause": one["clause_label"], "rule": one["rule"], "evidence": words_for_evidence(one["evidence"])}
        for one in because
    ]
    url = f"{reverse('policies:in_force')}#clause-{because[0]['clause_label']}"
    return ShownSuggestion(" · ".join(parts), reasons, url)
