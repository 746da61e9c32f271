"""The pen on its way from one person to another, for programs."""

from typing import Literal

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from teams.api.serializers import PersonSerializer
from teams.models import User
from triage.access import get_hand_over_for
from triage.api.endpoint import ConversationEndpoint
from triage.api.requests import FenceSerializer
from triage.api.serializers import ConversationSerializer
from triage.models import Conversation, HandOver
from triage.services.pen import handing_over, taking_over
from triage.services.pen.handing_over import MAX_NOTE
from triage.services.reasons import MAX_REASON


class HandOverSerializer(serializers.ModelSerializer[HandOver]):
    """An asking. `answer` is empty while it is open; `fence` is that under which it was asked."""

    giver = PersonSerializer()
    taker = PersonSerializer()

    class Meta:
        model = HandOver
        fields = ["id", "conversation", "giver", "taker", "note", "fence", "asked_at", "answer", "answered_at"]


class NewHandOverSerializer(FenceSerializer):
    """Whom the holder asks."""

    taker = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), help_text="Somebody who answers for the conversation's department."
    )
    note = serializers.CharField(max_length=MAX_NOTE, required=False, allow_blank=True, default="")


class TakingOverSerializer(FenceSerializer):
    """Why the caller takes over, and who has the conversation then."""

    reason = serializers.CharField(max_length=MAX_REASON)
    to_queue = serializers.BooleanField(
        default=False,
        help_text="Put it back in the queue instead of holding it: the only way for who does not answer there.",
    )
    give_to = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(),
        required=False,
        allow_null=True,
        default=None,
        help_text="With `to_queue`: the one person to whom it is offered.",
    )


@extend_schema_view(list=extend_schema(summary="List the hand-overs of a conversation"))
class HandOvers(mixins.ListModelMixin, ConversationEndpoint[HandOver]):
    """What was asked about one conversation; the newest first, and at most one is open."""

    tag = "Claims"
    write_scope = "answer"
    serializer_class = HandOverSerializer
    queryset = HandOver.objects.none()

    def get_queryset(self) -> QuerySet[HandOver]:
        """Keep those of the conversation in the address."""
        return self.conversation().hand_overs.select_related("giver", "taker")

    @extend_schema(
        summary="Ask somebody to take a conversation over",
        request=NewHandOverSerializer,
        responses={201: HandOverSerializer, 200: HandOverSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Ask: 201, or 200 where the same person is asked already. Until they accept, the caller holds it."""
        conversation = self.conversation("conversation.answer")
        checked = self.read(NewHandOverSerializer, request.data)
        at = timezone.now()
        asked = handing_over.ask(
            conversation_id=conversation.pk,
            giver=self.person,
            taker=checked["taker"],
            note=checked["note"],
            fence=checked["fence"],
            at=at,
        )
        return Response(HandOverSerializer(asked).data, status=201 if asked.asked_at == at else 200)


class _Answer(ConversationEndpoint[HandOver]):
    """One word on an asking."""

    tag = "Claims"
    write_scope = "answer"
    serializer_class = HandOverSerializer

    def asked(self, role: Literal["giver", "taker"]) -> HandOver:
        """Return the asking through its door."""
        asked = get_hand_over_for(self.person, self.kwargs["hand_over_id"], role=role)
        self.kwargs["conversation_id"] = asked.conversation_id
        return asked

    def as_answered(self, asked: HandOver) -> Response:
        """Answer with the asking, read anew."""
        return Response(HandOverSerializer(HandOver.objects.select_related("giver", "taker").get(pk=asked.pk)).data)


class Acceptance(_Answer):
    """Yes."""

    @extend_schema(summary="Accept a hand-over", request=None, responses={200: HandOverSerializer})
    def create(self, request: Request, hand_over_id: int) -> Response:
        """Take the pen from the giver; only who was asked may."""
        asked = self.asked("taker")
        handing_over.accept(hand_over_id=asked.pk, taker=self.person, at=timezone.now())
        return self.as_answered(asked)


class Refusal(_Answer):
    """No."""

    @extend_schema(summary="Decline a hand-over", request=None, responses={200: HandOverSerializer})
    def create(self, request: Request, hand_over_id: int) -> Response:
        """Leave the conversation with the giver; only who was asked may."""
        asked = self.asked("taker")
        handing_over.decline(hand_over_id=asked.pk, taker=self.person, at=timezone.now())
        return self.as_answered(asked)


class Withdrawal(_Answer):
    """Never mind."""

    @extend_schema(summary="Withdraw a hand-over", request=None, responses={200: HandOverSerializer})
    def create(self, request: Request, hand_over_id: int) -> Response:
        """Take the asking back before it is answered; only the giver may."""
        asked = self.asked("giver")
        handing_over.withdraw(hand_over_id=asked.pk, giver=self.person, at=timezone.now())
        return self.as_answered(asked)


class TakingOver(ConversationEndpoint[Conversation]):
    """The lead's and the triage owner's act."""

    tag = "Claims"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(
        summary="Take a conversation over from its holder",
        request=TakingOverSerializer,
        responses={200: ConversationSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Take the pen with a reason. Whoever held it is told and keeps their draft."""
        conversation = self.conversation("conversation.take_over")
        checked = self.read(TakingOverSerializer, request.data)
        taking_over.take_over(
            conversation_id=conversation.pk,
            actor=self.person,
            reason=checked["reason"],
            to_queue=checked["to_queue"],
            give_to=checked["give_to"],
            fence=checked["fence"],
            at=timezone.now(),
        )
        return self.as_it_stands()
