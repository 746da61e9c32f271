"""For which words each department listens."""

from dataclasses import dataclass

from socialhub.lib.wording import Words
from teams.models import Department


@dataclass(frozen=True, slots=True)
class Listener:
    """One department and its words."""

    department_id: int
    words: Words


def read_listeners() -> list[Listener]:
    """Return the departments that listen for something."""
    departments = Department.objects.active().order_by("pk").values_list("pk", "listens_for")
    return [Listener(pk, Words(entries)) for pk, entries in departments if entries]
