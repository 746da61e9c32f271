"""Takeaways as programs see them."""

from typing import Any

from rest_framework import serializers

from insights.models import Takeaway
from teams.api.serializers import DepartmentNameSerializer, PersonSerializer, department_named
from teams.models import Department


class TakeawaySerializer(serializers.ModelSerializer[Takeaway]):
    """What a department wrote down about a conversation."""

    department = DepartmentNameSerializer()
    author = PersonSerializer()

    class Meta:
        model = Takeaway
        fields = ["id", "conversation", "department", "author", "kind", "text", "at"]


class NewTakeawaySerializer(serializers.Serializer[Any]):
    """A takeaway to write down."""

    department = serializers.SlugField(max_length=60, help_text="The slug of the department that takes it away.")
    kind = serializers.ChoiceField(choices=Takeaway.Kind.choices)
    text = serializers.CharField(max_length=4000)

    def validate_department(self, slug: str) -> Department:
        """Look the department up."""
        return department_named(slug)
