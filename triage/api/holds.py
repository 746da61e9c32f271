"""Legal holds: read, placed and lifted by programs."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from teams.api.endpoint import Endpoint
from teams.api.serializers import PersonSerializer
from triage.access import get_conversation_for
from triage.models import LegalHold
from triage.services.keeping import holds
from triage.services.reasons import MAX_REASON


class HoldSerializer(serializers.ModelSerializer[LegalHold]):
    """A hold on a conversation, or on everything of an author (`profile`). It stands until `lifted_at`."""

    placed_by = PersonSerializer()
    lifted_by = PersonSerializer(allow_null=True)

    class Meta:
        model = LegalHold
        fields = [
            "id",
            "conversation",
            "profile",
            "reason",
            "review_on",
            "placed_by",
            "placed_at",
            "lifted_by",
            "lifted_at",
            "lifted_because",
        ]


class NewHoldSerializer(serializers.Serializer[Any]):
    """What is to be held."""

    conversation = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    of_author = serializers.BooleanField(
        default=False, help_text="Everything of its author, also what they will say, instead of the conversation alone."
    )
    reason = serializers.CharField(max_length=MAX_REASON)
    review_on = serializers.DateField(required=False, allow_null=True, default=None)


class LiftSerializer(serializers.Serializer[Any]):
    """Why a hold ends."""

    because = serializers.CharField(max_length=MAX_REASON)


@extend_schema_view(
    list=extend_schema(summary="List the legal holds"), retrieve=extend_schema(summary="Read one legal hold")
)
class Holds(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[LegalHold]):
    """What is not erased, whatever the rules of retention say."""

    tag = "Retention"
    needs = "hold.place"
    write_scope = "decide"
    serializer_class = HoldSerializer
    queryset = LegalHold.objects.none()

    def get_queryset(self) -> QuerySet[LegalHold]:
        """Return all of them, to whoever may place one."""
        return LegalHold.objects.select_related("placed_by", "lifted_by")

    @extend_schema(summary="Place a legal hold", request=NewHoldSerializer, responses={201: HoldSerializer})
    def create(self, request: Request) -> Response:
        """Keep a conversation, or everything of its author, from being erased."""
        checked = self.read(NewHoldSerializer, request.data)
        conversation = get_conversation_for(self.person, checked["conversation"])
        hold = holds.place_hold(
            conversation_id=conversation.pk,
            of_author=checked["of_author"],
            reason=checked["reason"],
            review_on=checked["review_on"],
            actor=self.person,
            at=timezone.now(),
        )
        return Response(HoldSerializer(hold).data, status=201)


class Lifting(Endpoint[LegalHold]):
    """The end of a legal hold."""

    tag = "Retention"
    needs = "hold.place"
    write_scope = "decide"
    serializer_class = HoldSerializer
    queryset = LegalHold.objects.none()

    @extend_schema(summary="Lift a legal hold", request=LiftSerializer, responses={200: HoldSerializer})
    def create(self, request: Request, pk: int) -> Response:
        """End it, with a reason; from the next night on the rules of retention count again."""
        get_object_or_404(LegalHold, pk=pk)
        checked = self.read(LiftSerializer, request.data)
        holds.lift_hold(hold_id=pk, because=checked["because"], actor=self.person, at=timezone.now())
        lifted = LegalHold.objects.select_related("placed_by", "lifted_by").get(pk=pk)
        return Response(HoldSerializer(lifted).data)
