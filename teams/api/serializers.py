"""People and departments as programs see them."""

from typing import Any

from rest_framework import serializers

from teams.models import ApiKey, Department, User
from teams.roles import CAN, COMPANY_ROLES, DEPARTMENT_ROLES, Role

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


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """A department."""

    class Meta:
        model = Department
        fields = ["id", "slug", "name", "kind", "listens_for", "is_active", "offering"]


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
