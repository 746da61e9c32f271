"""The emergency stop: read, set and lifted by programs."""

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

from listening.models import Channel, Stream
from teams.api.endpoint import Endpoint
from teams.api.serializers import PersonSerializer
from teams.models import Department
from triage.models import SendingStop
from triage.services.reasons import MAX_REASON
from triage.services.sending import stopping
from triage.services.sending.stopping import Reach


class StopSerializer(serializers.ModelSerializer[SendingStop]):
    """One stop: of a channel, of what a stream found, of a department, or of everything where all three are null."""

    department: "serializers.SlugRelatedField[Department]" = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, allow_null=True
    )
    stopped_by = PersonSerializer()
    lifted_by = PersonSerializer(allow_null=True)

    class Meta:
        model = SendingStop
        fields = [
            "id",
            "channel",
            "stream",
            "department",
            "reason",
            "stopped_by",
            "stopped_at",
            "lifted_by",
            "lifted_at",
        ]


class NewStopSerializer(serializers.Serializer[Any]):
    """What is to be stopped: one of the three, or everything."""

    channel = serializers.PrimaryKeyRelatedField(queryset=Channel.objects.all(), required=False)
    stream = serializers.PrimaryKeyRelatedField(queryset=Stream.objects.all(), required=False)
    department = serializers.SlugRelatedField(
        slug_field="slug", queryset=Department.objects.all(), required=False, help_text="The slug of a department."
    )
    reason = serializers.CharField(max_length=MAX_REASON)

    def validate(self, checked: dict[str, Any]) -> dict[str, Any]:
        """Ask for one place."""
        if len(checked.keys() - {"reason"}) > 1:
            raise serializers.ValidationError(_("Stop a channel, a stream or a department, or leave all three out."))
        return checked


class LiftedSerializer(StopSerializer):
    """A stop that was lifted."""

    held = serializers.IntegerField(help_text="How many answers it held; each asks its writer again.")

    class Meta(StopSerializer.Meta):
        fields = [*StopSerializer.Meta.fields, "held"]


@extend_schema_view(
    list=extend_schema(summary="List the emergency stops"),
    retrieve=extend_schema(summary="Read one emergency stop"),
)
class Stops(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[SendingStop]):
    """What must not be sent, who said so, and why."""

    tag = "Sending"
    needs = "conversation.view"
    write_scope = "answer"
    serializer_class = StopSerializer
    queryset = SendingStop.objects.none()

    def get_queryset(self) -> QuerySet[SendingStop]:
        """Keep those that concern the caller."""
        stops = SendingStop.objects.select_related("department", "stopped_by", "lifted_by")
        rights = self.person.rights
        if rights.everywhere("conversation.view"):
            return stops
        mine = stops.filter(department__in=rights.departments_for("conversation.view"))
        return mine | stops.filter(department=None)

    @extend_schema(summary="Stop sending", request=NewStopSerializer, responses={201: StopSerializer})
    def create(self, request: Request) -> Response:
        """Let nothing leave any more. What is with the network already cannot be called back."""
        self._require_stopping()
        checked = self.read(NewStopSerializer, request.data)
        reach = Reach(checked.get("channel"), checked.get("stream"), checked.get("department"))
        stop = stopping.stop_sending(reach=reach, reason=checked["reason"], actor=self.person, at=timezone.now())
        return Response(StopSerializer(stop).data, status=201)

    @extend_schema(summary="Lift an emergency stop", responses={200: LiftedSerializer})
    def destroy(self, request: Request, pk: int) -> Response:
        """Let answers go out again; what was waiting asks its writers first."""
        self._require_stopping()
        stop = get_object_or_404(self.get_queryset(), pk=pk)
        held = stopping.lift_stop(stop_id=stop.pk, actor=self.person, at=timezone.now())
        lifted = StopSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data
        return Response({**lifted, "held": held})

    def _require_stopping(self) -> None:
        if not self.person.rights.may_somewhere("sending.stop"):
            raise PermissionDenied
