"""Rules as they are written and stored, checked before they run."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from policies.decisions import DISPOSITIONS, VISIBILITIES, Condition, Outcome
from socialhub.lib.errors import Invalid


def read_condition(data: Mapping[str, Any]) -> Condition:
    """Check a stored or written condition.

    :raises Invalid: it says something that no rule understands.
    """
    _refuse_unknown(data, {"any_words", "languages", "sentiment_below", "reach_at_least"}, "condition")
    words = _texts(data.get("any_words", ()), "any_words")
    languages = _texts(data.get("languages", ()), "languages")
    below = data.get("sentiment_below")
    if below is not None and (not isinstance(below, int | float) or not -1 <= below <= 1):
        raise Invalid(_("The sentiment must be a number from -1 to 1."), field="condition")
    reach = data.get("reach_at_least")
    if reach is not None and (not isinstance(reach, int) or reach < 0):
        raise Invalid(_("The reach must be a whole number."), field="condition")
    if not words and not languages and below is None and reach is None:
        raise Invalid(_("A rule needs at least one condition."), field="condition")
    return Condition(words, languages, below, reach)


def read_outcome(data: Mapping[str, Any]) -> Outcome:
    """Check a stored or written outcome.

    :raises Invalid: it says something that no rule may say.
    """
    _refuse_unknown(data, {"priority", "disposition", "department", "visibility"}, "outcome")
    priority = data.get("priority")
    if priority is not None and priority not in (1, 2, 3, 4):
        raise Invalid(_("The priority must be 1, 2, 3 or 4."), field="outcome")
    disposition = data.get("disposition") or ""
    if disposition and disposition not in DISPOSITIONS:
        raise Invalid(_("The disposition is not known."), field="outcome")
    visibility = data.get("visibility") or ""
    if visibility and visibility not in VISIBILITIES:
        raise Invalid(_("The visibility is not known."), field="outcome")
    department = str(data.get("department") or "")
    if priority is None and not disposition and not department and not visibility:
        raise Invalid(_("A rule has to suggest something."), field="outcome")
    return Outcome(priority, disposition, department, visibility)


def _refuse_unknown(data: Mapping[str, Any], known: set[str], field_name: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise Invalid(_("A rule does not understand “%(word)s”.") % {"word": unknown[0]}, field=field_name)


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
        raise Invalid(_("“%(name)s” must be a list of words.") % {"name": name}, field="condition")
    return tuple(value)
