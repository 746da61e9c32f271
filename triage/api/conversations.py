"""Conversations: the list, and one with everything about it."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from listening.models import Mention
from triage.api.endpoint import ConversationEndpoint, Row
from triage.api.filters import ConversationFilter
from triage.api.serializers import ConversationSerializer, WholeConversationSerializer, with_all
from triage.history.sentences import sentences
from triage.models import Conversation

# Enough for every conversation that a person reads; the lists have the rest.
NEWEST = 100


@extend_schema_view(list=extend_schema(summary="List the conversations that you may see"))
class Conversations(mixins.ListModelMixin, ConversationEndpoint[Conversation]):
    """The conversations that concern the caller, newest first."""

    tag = "Conversations"
    serializer_class = ConversationSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = ConversationFilter
    # Read by the schema only; see ``get_queryset``.
    queryset = Conversation.objects.none()

    def get_queryset(self) -> QuerySet[Conversation]:
        """Keep what the caller may see."""
        return Conversation.objects.visible_to(self.person).select_related(
            "channel", "department", "holder", "offered_to"
        )

    @extend_schema(
        summary="Read one conversation with mentions, decisions, replies and history",
        responses=WholeConversationSerializer,
    )
    def retrieve(self, request: Request, conversation_id: int) -> Response:
        """Return the conversation with the newest hundred of each, oldest first."""
        conversation = self.conversation()
        whole = ConversationSerializer(conversation).data | _around(conversation)
        return Response(whole)


def _around(conversation: Conversation) -> dict[str, Any]:
    said = Mention.objects.filter(entry__conversation=conversation).select_related("profile").defer("raw", "search")
    decisions = conversation.decisions.select_related(
        "department", "offered_to", "policy_version", "clause", "decided_by", "decided_by_rule"
    ).defer("policy_version__guide")
    replies = with_all(conversation.replies.all())
    history = _newest(conversation.events.select_related("actor"))
    fields = WholeConversationSerializer(context={"sentences": sentences(history)}).fields
    rows: dict[str, list[Any]] = {
        "mentions": _newest(said.prefetch_related("pictures")),
        "decisions": _newest(decisions),
        "replies": _newest(replies),
        "history": history,
    }
    return {name: fields[name].to_representation(newest) for name, newest in rows.items()}


def _newest(rows: QuerySet[Row]) -> list[Row]:
    """Return the newest hundred, oldest first."""
    return list(rows.order_by("-pk")[:NEWEST])[::-1]
