"""Whom a visitor of the demonstration company may look around as."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from teams.models import Appointment, Membership
from teams.roles import Role


@dataclass(frozen=True, slots=True)
class Persona:
    """One person of the demonstration company, offered on the sign-in page."""

    user_id: int
    name: str
    initials: str
    role: str


def personas() -> list[Persona]:
    """Return one person for each role, the one who came first; nobody twice."""
    held: list[tuple[Role, Appointment | Membership, str]] = []
    appointments = Appointment.objects.filter(user__is_active=True).select_related("user").order_by("pk")
    held += [(Role(row.role), row, str(Role(row.role).label)) for row in appointments]
    memberships = (
        Membership.objects.filter(user__is_active=True, department__is_active=True)
        .select_related("user", "department")
        .order_by("pk")
    )
    for place in memberships:
        words = {"role": Role(place.role).label, "department": place.department.name}
        held.append((Role(place.role), place, _("%(role)s, %(department)s") % words))
    found: dict[int, Persona] = {}
    for role in Role:
        for of_role, row, told in held:
            if of_role == role and row.user_id not in found:
                found[row.user_id] = Persona(row.user_id, row.user.name, row.user.initials, told)
                break
    return list(found.values())
