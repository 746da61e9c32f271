"""The policy and its versions."""

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.serializers import BaseSerializer

from policies.api.serializers import VersionSerializer, WholeVersionSerializer
from policies.models import Clause, PolicyVersion, Target
from socialhub.lib.api_pagination import HighestNumberFirst
from teams.api.endpoint import Endpoint


def _whole(versions: QuerySet[PolicyVersion]) -> QuerySet[PolicyVersion]:
    return versions.prefetch_related(
        Prefetch("clauses", Clause.objects.order_by("number")),
        Prefetch("targets", Target.objects.order_by("priority", "disposition")),
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
    """Every version that was ever in force; a draft only for those who may edit it."""

    tag = "Policy"
    needs = "policy.view"
    pagination_class = HighestNumberFirst
    # Read by the schema only; see ``get_queryset``.
    queryset = PolicyVersion.objects.none()

    def get_queryset(self) -> QuerySet[PolicyVersion]:
        """Keep what the caller may read."""
        versions = PolicyVersion.objects.all()
        if not self.person.rights.may("policy.edit"):
            versions = versions.exclude(state=PolicyVersion.State.DRAFT)
        return _whole(versions) if self.action == "retrieve" else versions

    def get_serializer_class(self) -> type[BaseSerializer[PolicyVersion]]:
        """Show clauses where one version was asked for."""
        return WholeVersionSerializer if self.action == "retrieve" else VersionSerializer
