"""What the policy proposes for a conversation, and why, as its page and programs show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from policies.sentences import words_for_evidence
from policies.wording import department_names
from socialhub.lib.labels import inside_sentence
from teams.models import User
from triage.models import Conversation
from triage.services.decisions import following
from triage.states import Disposition, Priority, Reason, Visibility


@dataclass(frozen=True, slots=True)
class ShownReason:
    """One rule that spoke: its clause to read, and what it saw and gave."""

    clause: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownSuggestion:
    """What the policy proposes, with its reasons."""

    title: str
    score: int
    tags: list[str]
    reasons: list[ShownReason]
    # Where it is followed as it stands: under which name, or what it leaves open.
    seal: str = ""
    missing: str = ""
    follow_url: str = ""


def read_suggestion(conversation: Conversation) -> ShownSuggestion | None:
    """Return the suggestion for a page; None where no rule spoke."""
    found: dict[str, Any] = conversation.suggestion
    because = found.get("because") or []
    if not because:
        return None
    departments = department_names()
    parts = [words_for_priority(found["priority"])]
    if found.get("disposition"):
        parts.append(_disposition(found))
    if found.get("department") in departments:
        parts.append(departments[found["department"]])
    if found.get("person"):
        parts.append(_name_of(found["person"]))
    if found.get("visibility"):
        parts.append(inside_sentence(Visibility(found["visibility"]).label))
    url = reverse("policies:in_force")
    reasons = [
        ShownReason(
            str(one["clause_label"]),
            f"{url}#clause-{one['clause_label']}",
            sentence_of_reason(one, found, departments),
        )
        for one in because
    ]
    return ShownSuggestion(
        ", ".join(parts),
        int(found["score"]),
        list(found.get("tags") or ()),
        reasons,
        seal=following.seal_of(found),
        missing=following.missing(found),
        follow_url=reverse("triage:follow", args=[conversation.pk]),
    )


def words_for_priority(priority: int) -> str:
    """Return how urgent something is, inside a list of what is suggested."""
    return _("%(name)s priority") % {"name": inside_sentence(Priority(priority).label)}


def sentence_of_reason(reason: Mapping[str, Any], found: Mapping[str, Any], departments: Mapping[str, str]) -> str:
    """Return what a rule saw and which part of the suggestion it gave, in one sentence."""
    told = {
        "clause": reason["clause_label"],
        "rule": reason["rule"],
        "evidence": words_for_evidence(reason["evidence"], departments),
    }
    text = _("Clause %(clause)s, rule “%(rule)s”, matched %(evidence)s") % told
    if not reason["evidence"]:
        text = _("Clause %(clause)s, rule “%(rule)s”, always applies") % told
    gave = [_PART_WORDS[part](found, departments) for part in reason.get("gave") or () if part in _PART_WORDS]
    points = reason.get("points") or 0
    if points > 0:
        gave.append(ngettext("%(n)d point more", "%(n)d points more", points) % {"n": points})
    elif points < 0:
        gave.append(ngettext("%(n)d point less", "%(n)d points less", -points) % {"n": -points})
    return f"{text}: {get_text_list(gave, _('and'))}." if gave else f"{text}."


def _disposition(found: Mapping[str, Any]) -> str:
    told = inside_sentence(Disposition(found["disposition"]).label)
    if not found.get("reason"):
        return told
    reason = inside_sentence(Reason(found["reason"]).label)
    return _("%(disposition)s (%(reason)s)") % {"disposition": told, "reason": reason}


def _name_of(email: str) -> str:
    return User.objects.filter(email__iexact=email).values_list("name", flat=True).first() or email


_PART_WORDS: Mapping[str, Any] = {
    "priority": lambda _found, _departments: _("the priority it begins with"),
    "disposition": lambda found, _departments: _disposition(found),
    "department": lambda found, departments: departments.get(found["department"], found["department"]),
    "person": lambda found, _departments: str(found["person"]),
    "visibility": lambda found, _departments: inside_sentence(Visibility(found["visibility"]).label),
    "tags": lambda found, _departments: _("tags %(tags)s") % {"tags": get_text_list(list(found["tags"]), _("and"))},
}
