"""What is done with a conversation: decide, claim, release, wait, close, reopen."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from triage.access import make_sure_of_conversation_for
from triage.api.endpoint import ConversationEndpoint
from triage.api.requests import FENCE, ClosingSerializer, FenceSerializer, NewDecisionSerializer, choice_of
from triage.api.serializers import ConversationSerializer, DecisionSerializer
from triage.models import Conversation, Decision
from triage.services import closing, undoing_closing, undoing_waiting
from triage.services.decisions import deciding, undoing
from triage.services.pen import claims


@extend_schema_view(list=extend_schema(summary="List the decisions on a conversation"))
class Decisions(mixins.ListModelMixin, ConversationEndpoint[Decision]):
    """The decisions on one conversation; the newest is in force."""

    tag = "Decisions"
    write_scope = "decide"
    serializer_class = DecisionSerializer
    queryset = Decision.objects.none()

    def get_queryset(self) -> QuerySet[Decision]:
        """Keep those of the conversation in the address."""
        decisions = self.conversation().decisions
        return decisions.select_related(
            "department", "offered_to", "policy_version", "clause", "decided_by", "decided_by_rule"
        ).defer("policy_version__guide")

    @extend_schema(
        summary="Decide what is done with a conversation",
        request=NewDecisionSerializer,
        responses={201: DecisionSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Record a decision and move the conversation: to a department's queue, or closed without an answer."""
        conversation = self.conversation("conversation.decide")
        checked = self.read(NewDecisionSerializer, request.data)
        decision = deciding.decide(
            conversation_id=conversation.pk,
            choice=choice_of(checked, priority=conversation.priority),
            triage_owner=self.person,
            fence=checked["fence"],
            at=timezone.now(),
        )
        return Response(DecisionSerializer(decision).data, status=201)

    @extend_schema(
        summary="Take the last decision back",
        parameters=[OpenApiParameter("fence", OpenApiTypes.INT, required=True, description=FENCE)],
        responses={200: ConversationSerializer},
    )
    def destroy(self, request: Request, conversation_id: int) -> Response:
        """Put in force again what was so before the caller's own last decision; both stay in the record.

        409 when somebody has gone on with it, or it is more than an hour old.
        """
        conversation = self.conversation("conversation.decide")
        checked = self.read(FenceSerializer, request.query_params)
        undoing.undo_decision(
            conversation_id=conversation.pk, actor=self.person, fence=checked["fence"], at=timezone.now()
        )
        return self.as_it_stands()


class Claim(ConversationEndpoint[Conversation]):
    """Who may answer."""

    tag = "Claims"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(summary="Claim a conversation", request=None, responses={200: ConversationSerializer})
    def create(self, request: Request, conversation_id: int) -> Response:
        """Give the conversation to the caller; of many callers at once, one wins and the others get 409."""
        make_sure_of_conversation_for(self.person, conversation_id, action="conversation.claim")
        claims.claim_conversation(conversation_id=conversation_id, agent=self.person, at=timezone.now())
        return self.as_it_stands()

    @extend_schema(
        summary="Release a conversation",
        parameters=[OpenApiParameter("fence", OpenApiTypes.INT, required=True, description=FENCE)],
        responses={200: ConversationSerializer},
    )
    def destroy(self, request: Request, conversation_id: int) -> Response:
        """Give the conversation back to its department's queue. The draft stays."""
        conversation = self.conversation("conversation.claim")
        checked = self.read(FenceSerializer, request.query_params)
        claims.release_conversation(
            conversation_id=conversation.pk, agent=self.person, fence=checked["fence"], at=timezone.now()
        )
        return self.as_it_stands()


class Waiting(ConversationEndpoint[Conversation]):
    """The customer's turn."""

    tag = "Conversations"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(summary="Wait for the customer", request=FenceSerializer, responses={200: ConversationSerializer})
    def create(self, request: Request, conversation_id: int) -> Response:
        """Stop the clock until the customer answers."""
        conversation = self.conversation("conversation.answer")
        checked = self.read(FenceSerializer, request.data)
        closing.wait_for_customer(
            conversation_id=conversation.pk, agent=self.person, fence=checked["fence"], at=timezone.now()
        )
        return self.as_it_stands()

    @extend_schema(
        summary="Take waiting for the customer back",
        parameters=[OpenApiParameter("fence", OpenApiTypes.INT, required=True, description=FENCE)],
        responses={200: ConversationSerializer},
    )
    def destroy(self, request: Request, conversation_id: int) -> Response:
        """Let the caller who waits go on; the clocks run as if nobody had waited. 409 when somebody has gone on."""
        conversation = self.conversation("conversation.answer")
        checked = self.read(FenceSerializer, request.query_params)
        undoing_waiting.undo_waiting(
            conversation_id=conversation.pk, actor=self.person, fence=checked["fence"], at=timezone.now()
        )
        return self.as_it_stands()


class Closing(ConversationEndpoint[Conversation]):
    """The end."""

    tag = "Conversations"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(summary="Close a conversation", request=ClosingSerializer, responses={200: ConversationSerializer})
    def create(self, request: Request, conversation_id: int) -> Response:
        """Close with an outcome. A held conversation is closed only by its holder."""
        conversation = self.conversation("conversation.close")
        checked = self.read(ClosingSerializer, request.data)
        closing.close_conversation(
            conversation_id=conversation.pk,
            actor=self.person,
            outcome=checked["outcome"],
            fence=checked["fence"],
            at=timezone.now(),
        )
        return self.as_it_stands()

    @extend_schema(
        summary="Take a closing back",
        parameters=[OpenApiParameter("fence", OpenApiTypes.INT, required=True, description=FENCE)],
        responses={200: ConversationSerializer},
    )
    def destroy(self, request: Request, conversation_id: int) -> Response:
        """Open again what the caller closed last, with whoever held it. 409 when somebody has gone on with it."""
        conversation = self.conversation("conversation.close")
        checked = self.read(FenceSerializer, request.query_params)
        undoing_closing.undo_closing(
            conversation_id=conversation.pk, actor=self.person, fence=checked["fence"], at=timezone.now()
        )
        return self.as_it_stands()


class Reopening(ConversationEndpoint[Conversation]):
    """The way back."""

    tag = "Conversations"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(summary="Reopen a conversation", request=None, responses={200: ConversationSerializer})
    def create(self, request: Request, conversation_id: int) -> Response:
        """Open a closed conversation at the department that had it, else for a new decision."""
        conversation = self.conversation("conversation.reopen")
        closing.reopen_conversation(conversation_id=conversation.pk, actor=self.person, at=timezone.now())
        return self.as_it_stands()
