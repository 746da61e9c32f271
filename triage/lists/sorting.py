"""In which order a list may be read, and which one a person chose for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, TextChoices
from django.utils.translation import gettext_lazy as _

from socialhub.lib.keyset import Order
from triage.models.conversation import DEADLINE, URGENCY


class Sort(TextChoices):
    """What comes first."""

    DEADLINE = "deadline", _("Deadline")
    PRIORITY = "priority", _("Priority")
    NEWEST = "newest", _("Newest")
    REACH = "reach", _("Reach")
    CLOSED = "closed", _("Closed last")


EVERY_SORT = (Sort.DEADLINE, Sort.PRIORITY, Sort.NEWEST, Sort.REACH)
# Of what waits or is closed, nothing has a deadline.
WITHOUT_DEADLINE = (Sort.NEWEST, Sort.PRIORITY, Sort.REACH)


@dataclass(frozen=True, slots=True)
class Reading:
    """An order, with what it needs beside the columns."""

    order: Order
    annotations: Mapping[str, Any] = field(default_factory=dict)

    def named(self, name: str) -> "Reading":
        """Return the same; its places are places of the list of this name alone."""
        return replace(self, order=replace(self.order, name=name))


DUE_FIRST = Reading(Order("due_at"))
DUE_OR_NOT = Reading(Order("deadline"), {"deadline": DEADLINE})
URGENT_THEN_DUE = Reading(Order("priority", then=("due_at",), numbers=frozenset({"priority"})))
URGENT_THEN_NEWEST = Reading(
    Order("urgency", descending=True, then=("last_inbound_at",), numbers=frozenset({"urgency"})), {"urgency": URGENCY}
)
NEWEST_FIRST = Reading(Order("last_inbound_at", descending=True))
# The same of what concerns a department, read from there: see ``Concern``.
CONCERNED_NEWEST = Reading(Order("heard_at", descending=True), {"heard_at": F("last_inbound_at")})
FARTHEST_FIRST = Reading(Order("reach", descending=True, numbers=frozenset({"reach"})))
JUST_CLOSED_FIRST = Reading(Order("closed_at", descending=True))


def collected(reading: Reading) -> Reading:
    """Return the same, for a few rows found by something else: no index in this order is walked to find them.

    The database thinks that one in so many has what is sought, and that these lie anywhere; the newest
    are never the late ones, and it would look through everything.
    """
    annotations = dict(reading.annotations)
    names = {}
    for column in reading.order.read:
        names[column] = f"{column}_of_few"
        annotations[names[column]] = _same(column)
    order = reading.order
    renamed = Order(
        names[order.moment],
        order.descending,
        tuple(names[column] for column in order.then),
        frozenset(names[column] for column in order.numbers),
    )
    return Reading(renamed, annotations)


def _same(column: str) -> Any:
    """Return a column as an expression of which there is no index."""
    if column in ("priority", "reach", "urgency"):
        return F(column) + 0
    return ExpressionWrapper(F(column) + timedelta(0), output_field=DateTimeField())


def reading_of(sort: Sort, *, is_running: bool) -> Reading:
    """Return how a list is read; each is a scan of an index.

    ``is_running`` says that everything in the list has a deadline.
    """
    return {
        Sort.DEADLINE: DUE_FIRST if is_running else DUE_OR_NOT,
        Sort.PRIORITY: URGENT_THEN_DUE if is_running else URGENT_THEN_NEWEST,
        Sort.NEWEST: NEWEST_FIRST,
        Sort.REACH: FARTHEST_FIRST,
        Sort.CLOSED: JUST_CLOSED_FIRST,
    }[sort]
