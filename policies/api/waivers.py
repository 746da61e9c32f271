"""Exceptions from clauses: listed, granted and revoked by programs."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from policies.models import Waiver
from policies.services import waiving
from policies.services.waiving import MOST_REASON, Wanted
from teams.api.endpoint import Endpoint
from teams.api.serializers import DepartmentNameSerializer, PersonSerializer, department_named
from teams.models import Department, User


class WaiverSerializer(serializers.ModelSerializer[Waiver]):
    """One waiver: for a person or for a department. `clause_key` names the clause in every version."""

    person = PersonSerializer(allow_null=True)
    department = DepartmentNameSerializer(allow_null=True)
    granted_by = PersonSerializer()
    revoked_by = PersonSerializer(allow_null=True)
    is_standing = serializers.SerializerMethodField(help_text="Whether it holds now.")

    class Meta:
        model = Waiver
        fields = [
            "id",
            "clause_key",
            "clause_name",
            "person",
            "department",
            "reason",
            "granted_by",
            "granted_at",
            "until",
            "revoked_by",
            "revoked_at",
            "is_standing",
        ]

    def get_is_standing(self, waiver: Waiver) -> bool:
        """Say whether it holds now."""
        return waiver.revoked_at is None and waiver.granted_at <= timezone.now() < waiver.until


class NewWaiverSerializer(serializers.Serializer[Any]):
    """From which clause in force somebody is excused, why, and until when."""

    clause_key = serializers.UUIDField(help_text="The `key` of a clause of the version in force.")
    person = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, help_text="The id of a person; else give a department."
    )
    department = serializers.SlugField(required=False, help_text="The slug of a department.")
    reason = serializers.CharField(max_length=MOST_REASON)
    until = serializers.DateTimeField(help_text="At most a year ahead.")

    def validate_department(self, slug: str) -> Department:
        """Find the department."""
        return department_named(slug, among=Department.objects.active())

    def validate(self, checked: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two."""
        if ("person" in checked) == ("department" in checked):
            raise serializers.ValidationError(_("Choose a person or a department."))
        return checked


@extend_schema_view(
    list=extend_schema(summary="List the waivers"),
    retrieve=extend_schema(summary="Read one waiver"),
)
class Waivers(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[Waiver]):
    """Who is excused from which clause, and who was: everybody may know."""

    tag = "Policy"
    needs = "policy.view"
    write_scope = "policy"
    serializer_class = WaiverSerializer
    queryset = Waiver.objects.none()

    def get_queryset(self) -> QuerySet[Waiver]:
        """Read the names along."""
        return Waiver.objects.select_related("person", "department", "granted_by", "revoked_by")

    @extend_schema(summary="Grant a waiver", request=NewWaiverSerializer, responses={201: WaiverSerializer})
    def create(self, request: Request) -> Response:
        """Let a clause of the version in force not hold for somebody until a moment. All attest all the same."""
        self._require_granting()
        waiver = waiving.grant(
            wanted=Wanted(**self.read(NewWaiverSerializer, request.data)), granted_by=self.person, at=timezone.now()
        )
        return Response(WaiverSerializer(waiver).data, status=201)

    @extend_schema(summary="Revoke a waiver", responses={200: WaiverSerializer})
    def destroy(self, request: Request, pk: int) -> Response:
        """End a waiver before its time; it stays in the list."""
        self._require_granting()
        waiver = get_object_or_404(self.get_queryset(), pk=pk)
        waiving.revoke(waiver_id=waiver.pk, revoked_by=self.person, at=timezone.now())
        return Response(WaiverSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data)

    def _require_granting(self) -> None:
        if not self.person.rights.may("policy.publish"):
            raise PermissionDenied
