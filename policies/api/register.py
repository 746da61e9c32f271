"""The register of attestations for auditors' programs."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from policies.api.serializers import AttestationSerializer
from policies.models import PolicyVersion
from policies.register import read_register
from teams.api.endpoint import Endpoint


@extend_schema_view(
    retrieve=extend_schema(summary="Read who attested a version", responses={200: AttestationSerializer(many=True)}),
)
class Register(Endpoint[PolicyVersion]):
    """Who attested a version that is or was in force, when and how; of the one in force also who has not."""

    tag = "Policy"
    needs = "attestation.view"
    queryset = PolicyVersion.objects.filter(in_force_from__isnull=False)

    def retrieve(self, request: Request, pk: int) -> Response:
        """Answer with everybody, those first who have not attested."""
        version = get_object_or_404(self.get_queryset(), pk=pk)
        lines = read_register(version, at=timezone.now())
        return Response(AttestationSerializer(lines, many=True).data)
