"""How the tables of routes are written."""

from dataclasses import dataclass, field
from typing import Any

from tests.access.world import ACTORS

# The key of a form, as `{% once %}` prints one.
ONCE = "7f0a35ce-52f4-4d9c-8f33-2f9a5f5f3d11"


@dataclass(frozen=True, slots=True)
class Use:
    """One method of one route: where it is tried, what is sent, and what each actor gets.

    ``at`` and the texts in ``send`` may name ids of the world in braces.
    """

    at: str
    expected: dict[str, int]
    send: dict[str, Any] = field(default_factory=dict)


def use(at: str, columns: str, **send: Any) -> Use:
    """Return one line of a table; ``columns`` are the statuses in the order of ``ACTORS``."""
    statuses = [int(status) for status in columns.split()]
    assert len(statuses) == len(ACTORS), at
    return Use(at, dict(zip(ACTORS, statuses, strict=True)), send)
