"""The policy and its versions."""

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from policies import comparing
from policies.api.serializers import ComparisonSerializer, VersionSerializer, WholeVersionSerializer
from policies.models import Clause, PolicyVersion, Review, Rule, Target
from socialhub.lib.api_pagination import HighestNumberFirst
from teams.api.endpoint import Endpoint


def _whole(versions: QuerySet[PolicyVersion]) -> QuerySet[PolicyVersion]:
    return versions.prefetch_related(
        Prefetch("clauses", Clause.objects.order_by("number")),
        Prefetch("clauses__rules", Rule.objects.order_by("position")),
        Prefetch("targets", Target.objects.order_by("priority", "disposition")),
        Prefetch(
            "reviews",
            Review.objects.filter(voided_at=None).select_related("reviewer", "department").order_by("pk"),
            to_attr="current_reviews",
        ),
    )


@extend_schema_view(retrieve=extend_schema(summary="Read the policy in force"))
class PolicyInForce(mixins.RetrieveModelMixin, Endpoint[PolicyVersion]):
    """The version that binds everybody now."""

    tag = "Policy"
    needs = "policy.view"
    serializer_class = WholeVersionSerializer

    def get_object(self) -> PolicyVersion:
        """Return the version in force, with its clauses."""
        return get_object_or_404(_whole(PolicyVersion.objects.in_force()))


@extend_schema_view(
    list=extend_schema(summary="List the versions of the policy"),
    retrieve=extend_schema(summary="Read one version"),
)
class PolicyVersions(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[PolicyVersion]):
    """Every version; before it is scheduled only for those who may edit it and for its reviewers."""

    tag = "Policy"
    needs = "policy.view"
    pagination_class = HighestNumberFirst
    # Read by the schema only; see ``get_queryset``.
    queryset = PolicyVersion.objects.none()

    def get_queryset(self) -> QuerySet[PolicyVersion]:
        """Keep what the caller may read."""
        versions = PolicyVersion.objects.visible_to(self.person)
        return _whole(versions) if self.action == "retrieve" else versions

    def get_serializer_class(self) -> type[BaseSerializer[PolicyVersion]]:
        """Show clauses where one version was asked for."""
        return WholeVersionSerializer if self.action == "retrieve" else VersionSerializer


class PolicyChanges(Endpoint[PolicyVersion]):
    """What changes from one version to another."""

    tag = "Policy"
    needs = "policy.view"
    # Read by the schema only; see ``retrieve``.
    queryset = PolicyVersion.objects.none()
    serializer_class = ComparisonSerializer

    @extend_schema(
        summary="Compare two versions",
        parameters=[
            OpenApiParameter("since", OpenApiTypes.INT, OpenApiParameter.PATH, description="An older version.")
        ],
    )
    def retrieve(self, request: Request, pk: int, since: int) -> Response:
        """Answer with the changes, clause by clause."""
        versions = PolicyVersion.objects.visible_to(self.person)
        old, new = get_object_or_404(versions, pk=since), get_object_or_404(versions, pk=pk)
        return Response(ComparisonSerializer(comparing.compare_for(self.person, old, new)).data)
