"""What one person may do, read once per request."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from teams.roles import CAN


@dataclass(frozen=True, slots=True)
class Rights:
    """The roles of one person, asked by action."""

    company: frozenset[str] = frozenset()
    departments: dict[int, str] = field(default_factory=dict)

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, int | None]]) -> "Rights":
        """Read rows of (role, department id or None for a company role)."""
        company: set[str] = set()
        departments: dict[int, str] = {}
        for role, department_id in rows:
            if department_id is None:
                company.add(role)
            else:
                departments[department_id] = role
        return cls(frozenset(company), departments)

    def everywhere(self, action: str) -> bool:
        """Say whether a company role allows ``action`` on everything."""
        return not self.company.isdisjoint(CAN[action])

    def departments_for(self, action: str) -> list[int]:
        """Return the departments in which a department role allows ``action``."""
        return sorted(pk for pk, role in self.departments.items() if role in CAN[action])

    def may(self, action: str, department_id: int | None = None) -> bool:
        """Say whether ``action`` is allowed: everywhere, or in ``department_id``."""
        return self.everywhere(action) or self.departments.get(department_id or 0, "") in CAN[action]

    def may_somewhere(self, action: str) -> bool:
        """Say whether ``action`` is allowed anywhere at all, for menus and lists."""
        return self.everywhere(action) or bool(self.departments_for(action))
