"""The departments."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins

from teams.api.endpoint import Endpoint
from teams.api.serializers import DepartmentSerializer
from teams.models import Department


@extend_schema_view(
    list=extend_schema(summary="List the departments"),
    retrieve=extend_schema(summary="Read one department"),
)
class Departments(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[Department]):
    """The parts of the company that answer and listen."""

    tag = "Departments"
    needs = "team.view"
    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
