"""Who is what, where."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise

from teams.models.organisation import Department
from teams.roles import COMPANY_ROLES, DEPARTMENT_ROLES, Role


def _choices(roles: frozenset[Role]) -> list[tuple[str, str | Promise]]:
    return [(role.value, role.label) for role in Role if role in roles]


class Appointment(models.Model):
    """A role that a person holds in the whole company."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="appointments")
    role = models.CharField(max_length=20, choices=_choices(COMPANY_ROLES))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="teams_appointment_once"),
            models.CheckConstraint(name="teams_appointment_company_role", condition=Q(role__in=sorted(COMPANY_ROLES))),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Membership(models.Model):
    """A person's place in one department: answering, or only listening."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    department = models.ForeignKey(Department, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=_choices(DEPARTMENT_ROLES))
    # When they were last offered a conversation, for those that go in turn.
    offered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "department"], name="teams_membership_once"),
            models.CheckConstraint(
                name="teams_membership_department_role", condition=Q(role__in=sorted(DEPARTMENT_ROLES))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} in {self.department_id}"


class Seat(models.Model):
    """A department's seat on the cross-functional team, and who heads the team."""

    department = models.OneToOneField(Department, models.CASCADE, related_name="seat")
    representative = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats")
    is_proponent = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_proponent"], condition=Q(is_proponent=True), name="teams_seat_one_proponent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.representative_id} for {self.department_id}"
