"""What a page sends of the guide, and the form of the decision as an outcome fills it in."""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from policies.engine.guide import MOST_QUESTIONS, GuideOutcome
from teams.models import Department
from triage.forms.conversation import DecisionForm
from triage.services.decisions.departing import person_for
from triage.states import Disposition

_ID = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Walked:
    """What a person has answered so far, keys by keys; ``is_asking`` where the page is to go on with the guide."""

    given: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False
    is_asking: bool = False


def walked_in(sent: QueryDict) -> Walked:
    """Return what a form sends of the guide: ``guide`` for each answer, then ``answer`` or ``back`` to take one back.

    What says nothing is passed over: whoever walks knows what there is to answer.
    """
    said = [*sent.getlist("guide")[: MOST_QUESTIONS + 1], sent.get("answer", "")]
    given = {question: answer for question, _, answer in (one.partition(":") for one in said) if answer}
    given.pop(sent.get("back", ""), None)
    return Walked(given, is_open="guide" in sent)


def typed_in(sent: QueryDict) -> dict[str, Any]:
    """Return what stands in the form of the decision, to show it again without judging it."""
    return {name: sent[name] for name in DecisionForm().fields if name in sent}


def fill_in(values: MutableMapping[str, Any], outcome: GuideOutcome) -> None:
    """Fill the form of the decision in from an outcome; what that leaves open stays as it was.

    Tags come together. With another department the person goes, unless the outcome names one who answers for it.
    """
    for part in ("disposition", "visibility", "priority"):
        value = getattr(outcome, part)
        if value:
            values[part] = value
    if outcome.disposition == Disposition.NO_RESPONSE and outcome.reason:
        values["reason"] = outcome.reason
    department = Department.objects.active().filter(slug=outcome.department).first() if outcome.department else None
    if department is not None and str(department.pk) != str(values.get("department")):
        values["department"] = department.pk
        values["person"] = None
    if outcome.person:
        person = person_for({"person": outcome.person}, _slug_of(values.get("department")))
        if person is not None:
            values["person"] = person.pk
    if outcome.tags:
        before = values.get("tags") or ()
        tags = [tag.strip() for tag in before.split(",")] if isinstance(before, str) else list(before)
        values["tags"] = tuple(dict.fromkeys(tag for tag in (*tags, *outcome.tags) if tag))


def _slug_of(department: object) -> str:
    """Return the slug of a department by what stands in its field."""
    if not _ID.fullmatch(str(department)):
        return ""
    return Department.objects.filter(pk=str(department)).values_list("slug", flat=True).first() or ""
