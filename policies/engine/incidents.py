"""Declared incidents: which of those that are open a mention belongs to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from policies.engine.conditions import Condition, read_condition, terms_in
from policies.engine.facts import Facts
from policies.engine.index import Index
from socialhub.lib.errors import Invalid

LEVELS = (1, 2, 3)
# What may say whether something belongs to an incident: what is heard, whatever is decided of it.
TERMS_OF_INCIDENTS = frozenset(
    {"words", "pattern", "language", "sentiment", "reach", "author", "channel", "stream", "spike", "private"}
)


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that is open, as rules know it."""

    pk: int
    name: str
    level: int


class Incidents:
    """The incidents that are open, each found by its condition."""

    def __init__(self, entries: Iterable[tuple[OpenIncident, Condition]] = ()) -> None:
        pairs = tuple(entries)
        self._index = Index((condition, incident) for incident, condition in pairs)
        self._open = {incident.pk: incident for incident, _condition in pairs}

    def __bool__(self) -> bool:
        return bool(self._open)

    def get(self, pk: int) -> OpenIncident | None:
        """Return one of them; None where it is not open."""
        return self._open.get(pk)

    @property
    def ids(self) -> list[int]:
        """Those that are open."""
        return list(self._open)

    def of(self, facts: Facts) -> tuple[OpenIncident, ...]:
        """Return those to which a mention belongs, the gravest first."""
        return gravest_first(incident for incident, _evidence in self._index.matches(facts))


def gravest_first(incidents: Iterable[OpenIncident]) -> tuple[OpenIncident, ...]:
    """Return incidents in the order of their weight: the first stands for all of them."""
    return tuple(sorted(incidents, key=lambda incident: (-incident.level, incident.pk)))


NO_INCIDENTS = Incidents()


def within(facts: Facts, belonging: tuple[OpenIncident, ...]) -> Facts:
    """Return facts that say to which incidents a mention belongs: the gravest stands for all."""
    if not belonging:
        return replace(facts, incident="", incident_level=None)
    return replace(facts, incident=belonging[0].name, incident_level=belonging[0].level)


def read_belonging(condition: Mapping[str, Any]) -> Condition:
    """Read the condition that says what belongs to an incident.

    :raises Invalid: it is none, or looks at what is decided, answered or known of the author's past.
    """
    found = read_condition(condition)
    for term in terms_in(found):
        if term.name not in TERMS_OF_INCIDENTS:
            raise Invalid(
                _("What belongs to an incident cannot depend on “%(term)s”, only on: %(known)s.")
                % {"term": term.name, "known": ", ".join(sorted(TERMS_OF_INCIDENTS))},
                field="condition",
            )
    return found
