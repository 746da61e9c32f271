"""Corrections and removals of answers that are out."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.keyset import MAX_ID
from triage.access import get_answer_to_change, get_reply_for
from triage.api.approvals import ApprovalSerializer
from triage.api.endpoint import ConversationEndpoint
from triage.api.sending import SeenSerializer
from triage.api.serializers import ReplySerializer
from triage.models import Approval, Reply
from triage.services.approving import changes
from triage.services.reasons import MAX_REASON
from triage.services.seen import Seen
from triage.services.sending import correcting
from triage.services.sending.correcting import Change
from triage.services.writing.drafts import MAX_LENGTH
from triage.states import ReplyKind

KINDS = [(kind.value, kind.label) for kind in (ReplyKind.CORRECTION, ReplyKind.REMOVAL)]


class ChangeSerializer(SeenSerializer):
    """What an answer is to become, and what was seen of it."""

    kind = serializers.ChoiceField(choices=KINDS)
    words = serializers.CharField(max_length=MAX_LENGTH, help_text="What it is to say; for a removal, why.")
    mention = serializers.IntegerField(
        min_value=1,
        max_value=MAX_ID,
        help_text="The id of the last mention that is not ours, also where its author has deleted it.",
    )
    after = serializers.IntegerField(
        min_value=0, max_value=MAX_ID, default=0, help_text="The id of the last change of this answer that is out."
    )

    def change(self, original_id: int) -> Change:
        """Return what was asked for."""
        checked = self.validated_data
        seen = Seen(checked["fence"], checked["mention"], checked["policy_version"])
        return Change(original_id, ReplyKind(checked["kind"]), checked["words"], seen, checked["after"])


class NewChangeSerializer(ChangeSerializer):
    """A correction or a removal to send."""

    key = serializers.UUIDField(help_text="Made by you, one for each change: sent again, it is the same change.")
    emergency = serializers.CharField(
        max_length=MAX_REASON,
        default="",
        allow_blank=True,
        help_text="Why it happens without the approval that it needs; a lead's right.",
    )


@extend_schema_view(list=extend_schema(summary="List the corrections and removals of an answer"))
class Changes(mixins.ListModelMixin, ConversationEndpoint[Reply]):
    """What became, or is to become, of one answer that is out."""

    tag = "Replies"
    write_scope = "answer"
    serializer_class = ReplySerializer
    queryset = Reply.objects.none()

    def get_queryset(self) -> QuerySet[Reply]:
        """Keep those of the answer in the address."""
        reply = get_reply_for(self.person, self.kwargs["reply_id"])
        self.kwargs["conversation_id"] = reply.conversation_id
        return reply.changes.select_related("author", "policy_version")

    @extend_schema(
        summary="Correct or remove an answer that is out",
        request=NewChangeSerializer,
        responses={201: ReplySerializer, 200: ReplySerializer},
    )
    def create(self, request: Request, reply_id: int) -> Response:
        """Put a correction or a removal in the outbox: 201, or 200 with the one that this key has already sent.

        For the holder of the conversation, a lead of its department and the triage owner. It goes the way of an
        answer: it can be taken back until it leaves, it needs its own approval where the decision asks for one,
        and it is 409 where the world is not as it was seen, or where the network lets nobody do this.
        """
        sent = self.asked(NewChangeSerializer)
        checked = sent.validated_data
        at = timezone.now()
        change = correcting.queue_change(
            change=sent.change(reply_id), actor=self.person, key=checked["key"], emergency=checked["emergency"], at=at
        )
        return Response(ReplySerializer(change).data, status=201 if change.queued_at == at else 200)

    def asked(self, kind: type[Any]) -> Any:
        """Return what was sent, checked, for an answer that the caller may change."""
        reply = get_answer_to_change(self.person, self.kwargs["reply_id"])
        self.kwargs["conversation_id"] = reply.conversation_id
        sent = kind(data=self.request.data)
        sent.is_valid(raise_exception=True)
        return sent


class ChangeApprovals(Changes):
    """Approval of a change."""

    @extend_schema(
        summary="Ask for approval of a correction or a removal",
        request=ChangeSerializer,
        responses={201: ApprovalSerializer},
    )
    def create(self, request: Request, reply_id: int) -> Response:
        """Put exactly these words before those whom the decision names; another open asking is withdrawn."""
        sent = self.asked(ChangeSerializer)
        approval = changes.ask_approval_of_change(change=sent.change(reply_id), author=self.person, at=timezone.now())
        found = Approval.objects.select_related("author").prefetch_related(
            "steps__person", "steps__department", "steps__decided_by"
        )
        return Response(ApprovalSerializer(found.get(pk=approval.pk)).data, status=201)
