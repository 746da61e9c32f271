"""What a draft said before it said something else."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from triage.access import get_conversation_to_write
from triage.api.endpoint import ConversationEndpoint
from triage.api.serializers import DraftSerializer
from triage.models import Draft, DraftVersion
from triage.services.writing import drafts


class DraftVersionSerializer(serializers.ModelSerializer[DraftVersion]):
    """A text that was a draft; `saved_at` is when it last said so."""

    class Meta:
        model = DraftVersion
        fields = ["id", "body", "saved_at"]


@extend_schema_view(list=extend_schema(summary="List what your draft said before"))
class DraftVersions(mixins.ListModelMixin, ConversationEndpoint[DraftVersion]):
    """The versions of the caller's own draft; the newest fifty are kept."""

    tag = "Replies"
    serializer_class = DraftVersionSerializer
    queryset = DraftVersion.objects.none()

    def get_queryset(self) -> QuerySet[DraftVersion]:
        """Keep the caller's own."""
        return DraftVersion.objects.filter(draft__conversation=self.conversation(), draft__author=self.person)


class Restoring(ConversationEndpoint[Draft]):
    """The way back to a version."""

    tag = "Replies"
    write_scope = "answer"
    serializer_class = DraftSerializer

    @extend_schema(summary="Go back to a version of your draft", request=None, responses={200: DraftSerializer})
    def create(self, request: Request, conversation_id: int, version_id: int) -> Response:
        """Let the draft say again what it said then; what it says now becomes a version."""
        conversation = get_conversation_to_write(self.person, conversation_id)
        mine = DraftVersion.objects.filter(draft__conversation=conversation, draft__author=self.person)
        version = get_object_or_404(mine, pk=version_id)
        return Response(DraftSerializer(drafts.restore_version(version=version, at=timezone.now())).data)
