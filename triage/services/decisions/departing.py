"""Where a decision departs from what the policy suggested, and which rules that counts against."""

from collections.abc import Collection, Mapping, Set
from typing import Any

from policies.models import RuleCount
from teams.models import Department, User
from triage.models import Conversation, Decision, DecisionCheck

PARTS = ("priority", "disposition", "department", "visibility", "person", "tags")


def parts_departed(suggestion: Mapping[str, Any], chosen: Mapping[str, Any]) -> set[str]:
    """Return the parts that were suggested and not chosen; of the tags, one that was taken away is enough.

    ``chosen`` has the parts by the names of the suggestion. Nobody departs from a
    person who could not take the conversation, nor from one where nobody answers.
    """
    departed = set()
    for part in PARTS:
        suggested = suggestion.get(part)
        if not suggested:
            continue
        if part == "tags":
            is_kept = set(suggested) <= set(chosen["tags"])
        elif part == "person":
            is_kept = (
                suggested.casefold() == chosen["person"].casefold()
                or person_for(suggestion, chosen["department"]) is None
            )
        else:
            is_kept = suggested == chosen[part]
        if not is_kept:
            departed.add(part)
    return departed


def suggested_tags(suggestion: Mapping[str, Any], conversation: Conversation) -> tuple[str, ...]:
    """Return the tags of a suggestion; before the first decision also those that people have added by hand."""
    by_hand = () if conversation.decided_at else conversation.tags
    return tuple(dict.fromkeys([*(suggestion.get("tags") or ()), *by_hand]))


def person_for(suggestion: Mapping[str, Any], department_slug: str) -> User | None:
    """Return the person who was suggested, if they answer for the department."""
    email = suggestion.get("person")
    department = Department.objects.filter(slug=department_slug).first() if email and department_slug else None
    if department is None:
        return None
    person = User.objects.active().filter(email__iexact=email).first()
    return person if person is not None and person.rights.may("conversation.claim", department.pk) else None


def verdicts(
    suggestion: Mapping[str, Any], *, departed: Set[str], departure: str
) -> list[tuple[int, RuleCount.Verdict]]:
    """Return for which rules a person's decision counts, and against which that gave what was departed from.

    A rule that moved the score gave a part of the priority.
    """
    found = []
    for reason in suggestion.get("because") or ():
        gave = set(reason["gave"]) | ({"priority"} if reason["points"] else set())
        verdict = RuleCount.Verdict(departure) if gave & departed else RuleCount.Verdict.FOLLOWED
        found.append((int(reason["rule_id"]), verdict))
    return found


def counted(decision: Decision) -> list[tuple[int, RuleCount.Verdict]]:
    """Return what a person's first decision on what was suggested counted."""
    chosen = {
        "priority": decision.priority,
        "disposition": decision.disposition,
        "department": decision.department.slug if decision.department else "",
        "visibility": decision.visibility,
        "person": decision.offered_to.email if decision.offered_to else "",
        "tags": decision.tags,
    }
    suggestion = decision.conversation.suggestion
    return verdicts(suggestion, departed=parts_departed(suggestion, chosen), departure=decision.departure)


def judged(decision_ids: Collection[int | None]) -> dict[int, str]:
    """Return of decisions of rules why they were found wrong, where somebody has looked at them and said so."""
    asked = [pk for pk in decision_ids if pk is not None]
    if not asked:
        return {}
    checks = DecisionCheck.objects.filter(decision__in=asked).exclude(departure="")
    return dict(checks.values_list("decision", "departure"))
