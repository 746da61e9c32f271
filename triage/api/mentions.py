"""Mentions, seen through the conversations that they belong to."""

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from listening.models import Channel, Mention
from socialhub.lib.api_filters import Filters
from teams.api.endpoint import Endpoint
from triage.api.requests import NewMentionSerializer
from triage.api.serializers import PicturedMentionSerializer
from triage.models import Conversation, ThreadEntry
from triage.services.arriving import by_hand
from triage.services.arriving.by_hand import Told
from triage.states import Occasion


class PlacedMentionSerializer(PicturedMentionSerializer):
    """One thing that was said, with the pictures beside it, and the conversation in which it stands."""

    conversation = serializers.IntegerField(source="entry.conversation_id", read_only=True)

    class Meta(PicturedMentionSerializer.Meta):
        fields = [*PicturedMentionSerializer.Meta.fields, "conversation"]


class MentionFilter(Filters):
    """The filters of the list of mentions."""

    conversation = django_filters.NumberFilter(
        field_name="entry__conversation", min_value=1, max_value=2**63 - 1, help_text="The id of a conversation."
    )
    channel = django_filters.ModelChoiceFilter(queryset=Channel.objects.all(), help_text="The id of the channel.")

    class Meta:
        model = Mention
        fields: list[str] = []


@extend_schema_view(
    list=extend_schema(summary="List the mentions that you may see"),
    retrieve=extend_schema(summary="Read one mention"),
)
class Mentions(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[Mention]):
    """Everything said in conversations that concern the caller."""

    tag = "Mentions"
    needs = "conversation.view"
    write_scope = "listen"
    serializer_class = PlacedMentionSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = MentionFilter
    queryset = Mention.objects.none()

    def get_queryset(self) -> QuerySet[Mention]:
        """Keep what stands in a conversation that the caller may see."""
        visible = ThreadEntry.objects.filter(
            mention=OuterRef("pk"), conversation__in=Conversation.objects.visible_to(self.person)
        )
        seen = Mention.objects.filter(Exists(visible)).select_related("profile", "entry").defer("raw")
        return seen.prefetch_related("pictures")

    @extend_schema(
        summary="Write down what was said where no channel listens",
        request=NewMentionSerializer,
        responses={201: PlacedMentionSerializer},
    )
    def create(self, request: Request) -> Response:
        """Keep a phone call, a letter or a tip as a mention, and open a conversation for it."""
        if not self.person.rights.may_somewhere("mention.write"):
            raise PermissionDenied
        checked = self.read(NewMentionSerializer, request.data)
        now = timezone.now()
        key = checked.pop("key")
        told = Told(**{"said_at": now, **checked, "occasion": Occasion(checked["occasion"])})
        mention = by_hand.write_down(told=told, key=key, writer=self.person, at=now)
        return Response(PlacedMentionSerializer(mention).data, status=201)
