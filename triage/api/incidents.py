"""Declared incidents: read, declared, changed and ended by programs."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from policies.models import Incident
from policies.models.incident import MOST_HOLDING, MOST_NAME
from policies.services import incidents
from policies.services.incidents import Said
from socialhub.lib.keyset import MAX_ID
from teams.api.endpoint import Endpoint
from teams.api.serializers import PersonSerializer
from triage.api.endpoint import ConversationEndpoint
from triage.api.serializers import ConversationSerializer
from triage.models import Conversation, IncidentSearch
from triage.services.arriving.saying_it_belongs import say_it_belongs


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """One incident. Its conversations are those that `incident:"NAME"` finds."""

    declared_by = PersonSerializer()
    ended_by = PersonSerializer(allow_null=True)
    is_open = serializers.BooleanField(help_text="Whether its rules hold now.")
    is_searched = serializers.SerializerMethodField(
        help_text="Whether every conversation that was open has been held against it as it is now."
    )

    class Meta:
        model = Incident
        fields = [
            "id",
            "name",
            "level",
            "condition",
            "holding_text",
            "revision",
            "declared_by",
            "declared_at",
            "ended_by",
            "ended_at",
            "is_open",
            "is_searched",
        ]

    def get_is_searched(self, incident: Incident) -> bool:
        """Say whether the search is done."""
        search: IncidentSearch | None = getattr(incident, "search", None)
        return search is not None and search.done_at is not None and search.revision >= incident.revision


class NewIncidentSerializer(serializers.Serializer[Any]):
    """What is declared."""

    name = serializers.CharField(max_length=MOST_NAME)
    level = serializers.ChoiceField(choices=Incident.Level.choices)
    condition = serializers.DictField(
        help_text="What belongs to it, as a rule says it: `words`, `pattern`, `language`, `sentiment`, `reach`, "
        "`author`, `channel`, `stream`, `spike`, `private`, joined by `all`, `any` and `not`."
    )
    holding_text = serializers.CharField(
        max_length=MOST_HOLDING, required=False, allow_blank=True, help_text="What may be said meanwhile."
    )


class IncidentChangeSerializer(NewIncidentSerializer):
    """What is changed; what is left out stays."""

    name = serializers.CharField(max_length=MOST_NAME, required=False)
    level = serializers.ChoiceField(choices=Incident.Level.choices, required=False)
    condition = serializers.DictField(required=False)
    revision = serializers.IntegerField(help_text="The revision that you have seen; 409 if there is another by now.")


@extend_schema_view(
    list=extend_schema(summary="List the incidents"),
    retrieve=extend_schema(summary="Read one incident"),
)
class Incidents(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[Incident]):
    """The declared crises, those that are open and those that have ended: everybody may know."""

    tag = "Policy"
    needs = "policy.view"
    write_scope = "policy"
    serializer_class = IncidentSerializer
    queryset = Incident.objects.none()

    def get_queryset(self) -> QuerySet[Incident]:
        """Read the names along."""
        return Incident.objects.select_related("declared_by", "ended_by", "search")

    @extend_schema(summary="Declare an incident", request=NewIncidentSerializer, responses={201: IncidentSerializer})
    def create(self, request: Request) -> Response:
        """Let the rules for incidents hold from now on, also for answers that have not left yet."""
        self._require_declaring()
        said = Said(**self.read(NewIncidentSerializer, request.data))
        incident = incidents.declare(said=said, actor=self.person, at=timezone.now())
        return Response(IncidentSerializer(incident).data, status=201)

    @extend_schema(summary="Change an incident", request=IncidentChangeSerializer, responses={200: IncidentSerializer})
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change an open incident; the conversations that are open are looked through again."""
        self._require_declaring()
        incident = get_object_or_404(self.get_queryset(), pk=pk)
        checked = self.read(IncidentChangeSerializer, request.data)
        seen = checked.pop("revision")
        now = {name: getattr(incident, name) for name in ("name", "level", "condition", "holding_text")}
        incidents.change(
            incident_id=pk, said=Said(**{**now, **checked}), seen=seen, actor=self.person, at=timezone.now()
        )
        return Response(IncidentSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data)

    @extend_schema(summary="End an incident", responses={200: IncidentSerializer})
    def destroy(self, request: Request, pk: int) -> Response:
        """End an incident; it stays in the list."""
        self._require_declaring()
        incident = get_object_or_404(self.get_queryset(), pk=pk)
        incidents.end(incident_id=incident.pk, actor=self.person, at=timezone.now())
        return Response(IncidentSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data)

    def _require_declaring(self) -> None:
        if not self.person.rights.may_somewhere("incident.declare"):
            raise PermissionDenied


class NewBelongingSerializer(serializers.Serializer[Any]):
    """To which incident a conversation is attached."""

    incident = serializers.IntegerField(min_value=1, max_value=MAX_ID)


@extend_schema_view(list=extend_schema(summary="List the incidents of a conversation"))
class ConversationIncidents(mixins.ListModelMixin, ConversationEndpoint[Incident]):
    """The incidents that one conversation belongs to, by their conditions or since a person said so."""

    tag = "Policy"
    write_scope = "decide"
    serializer_class = IncidentSerializer
    queryset = Incident.objects.none()

    def get_queryset(self) -> QuerySet[Incident]:
        """Keep those of the conversation in the address."""
        belonging = Incident.objects.filter(parts__conversation=self.conversation())
        return belonging.select_related("declared_by", "ended_by", "search")

    @extend_schema(
        summary="Attach a conversation to an incident",
        request=NewBelongingSerializer,
        responses={201: ConversationSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Let the conversation belong to an open incident, whatever its condition says; delete it there to undo it.

        409 when it belongs to it already, the incident has ended, or the conversation is closed.
        """
        conversation = self.conversation("incident.attach")
        asked = self.read(NewBelongingSerializer, request.data)
        return self._say(conversation, asked["incident"], belongs=True, status=201)

    @extend_schema(summary="Take a conversation out of an incident", responses={200: ConversationSerializer})
    def destroy(self, request: Request, conversation_id: int, pk: int) -> Response:
        """Take the conversation out of an open incident, whatever its condition says; attach it again to undo it.

        409 when it does not belong to it, the incident has ended, or the conversation is closed.
        """
        return self._say(self.conversation("incident.attach"), pk, belongs=False, status=200)

    def _say(self, conversation: Conversation, incident_id: int, *, belongs: bool, status: int) -> Response:
        incident = get_object_or_404(Incident, pk=incident_id)
        say_it_belongs(
            conversation_id=conversation.pk,
            incident_id=incident.pk,
            belongs=belongs,
            actor=self.person,
            at=timezone.now(),
        )
        return self.as_it_stands(status)
