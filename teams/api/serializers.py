"""People and departments as programs see them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from teams.models import ApiKey, Department, User
from teams.models.organisation import KeepsHours
from teams.roles import CAN, COMPANY_ROLES, DEPARTMENT_ROLES, Role
from teams.services.organisation import current

COMPANY_ROLE_CHOICES = [(role.value, role.label) for role in Role if role in COMPANY_ROLES]
DEPARTMENT_ROLE_CHOICES = [(role.value, role.label) for role in Role if role in DEPARTMENT_ROLES]


class PersonSerializer(serializers.ModelSerializer[User]):
    """A person by name."""

    class Meta:
        model = User
        fields = ["id", "name"]


class DepartmentNameSerializer(serializers.ModelSerializer[Department]):
    """A department by name; the slug is what requests call it."""

    class Meta:
        model = Department
        fields = ["id", "slug", "name"]


def department_named(slug: str, *, among: QuerySet[Department] | None = None) -> Department:
    """Return the department that a request names, one of ``among`` where that is said.

    :raises serializers.ValidationError: there is none; the request is refused at the field that names it.
    """
    found = (Department.objects.all() if among is None else among).filter(slug=slug).first()
    if found is None:
        raise serializers.ValidationError(_("There is no department “%(slug)s”.") % {"slug": slug})
    return found


class OwnDaySerializer(serializers.Serializer[Any]):
    """A closed or half day."""

    date = serializers.DateField()
    name = serializers.CharField()
    hours = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class HoursSerializer(serializers.Serializer[Any]):
    """When somebody is there; an empty week is around the clock."""

    is_own = serializers.BooleanField(help_text="Otherwise they are those of the organisation.")
    time_zone = serializers.CharField()
    week = serializers.DictField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.CharField())),
        help_text="Periods by day: `mon` to `sun`, each with its beginning and end.",
    )
    holiday_country = serializers.CharField(help_text="Its public holidays are closed: a code of ISO 3166.")
    holiday_region = serializers.CharField()
    own_days = OwnDaySerializer(many=True)


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """A department."""

    hours = serializers.SerializerMethodField()

    class Meta:
        model = Department
        fields = ["id", "slug", "name", "kind", "listens_for", "is_active", "offering", "hours"]

    @extend_schema_field(HoursSerializer)
    def get_hours(self, department: Department) -> dict[str, Any]:
        """Return its own hours, else those of the organisation."""
        organisation = current()
        keeper: KeepsHours = department if department.week or organisation is None else organisation
        zone = organisation.time_zone if organisation is not None else "UTC"
        return {
            "is_own": bool(department.week),
            "time_zone": (department.hours_time_zone if department.week else "") or zone,
            "week": keeper.week,
            "holiday_country": keeper.holiday_country,
            "holiday_region": keeper.holiday_region,
            "own_days": keeper.own_days,
        }


class PlaceSerializer(serializers.Serializer[Any]):
    """A person's place in one department."""

    department = DepartmentNameSerializer()
    role = serializers.ChoiceField(choices=DEPARTMENT_ROLE_CHOICES)
    may = serializers.ListField(child=serializers.ChoiceField(choices=sorted(CAN)))


class MeSerializer(serializers.Serializer[Any]):
    """Who asks, and what they may do."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    time_zone = serializers.CharField(help_text="Empty: that of the organisation.")
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=COMPANY_ROLE_CHOICES), help_text="Roles in the whole company."
    )
    may = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(CAN)), help_text="What the roles in the company allow everywhere."
    )
    departments = PlaceSerializer(many=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=ApiKey.Scope.choices),
        help_text="Those of the key; a session has all of them.",
    )
