"""Approvals: what waits for the caller's word, what they say, and what an author asks."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from teams.api.serializers import PersonSerializer
from triage.access import get_approval_for
from triage.api.endpoint import ConversationEndpoint
from triage.api.requests import FenceSerializer, HowSerializer, how_in
from triage.api.serializers import AttachmentSerializer
from triage.models import Approval, ApprovalStep
from triage.services.approving import asks as approving_asks
from triage.services.approving import steps as approving_steps
from triage.services.approving import verdicts
from triage.services.approving.verdicts import MAX_NOTE
from triage.services.seen import Seen
from triage.services.writing.drafts import MAX_LENGTH


class StepSerializer(serializers.ModelSerializer[ApprovalStep]):
    """One whose word is asked: a person, a department, a role or a department's role (`asks`), and what was said.

    Steps of one `group` are asked together, by the decision or by a rule of `clause`; `mode` says whose word
    it takes of them. An answer is approved when every group has given its word.
    """

    asks = serializers.SerializerMethodField(help_text="The name of who is asked.")
    decided_by = PersonSerializer(allow_null=True)

    class Meta:
        model = ApprovalStep
        fields = [
            "position",
            "group",
            "mode",
            "clause",
            "asks",
            "person",
            "department",
            "role",
            "verdict",
            "decided_by",
            "decided_at",
            "note",
        ]

    def get_asks(self, step: ApprovalStep) -> str:
        """Return the name for readers."""
        return approving_steps.name_of(step)


class ApprovalSerializer(serializers.ModelSerializer[Approval]):
    """One exact text before those who must approve it.

    `digest` is the SHA-256 of `body`, or of it with its parts and attachments.
    """

    author = PersonSerializer()
    parts = serializers.ListField(child=serializers.CharField(), help_text="Its posts where it is to be a thread.")
    attachments = AttachmentSerializer(many=True)
    steps = StepSerializer(many=True)

    class Meta:
        model = Approval
        fields = [
            "id",
            "conversation",
            "author",
            "kind",
            "original",
            "body",
            "split",
            "parts",
            "attachments",
            "edited_body",
            "replaces",
            "digest",
            "answers",
            "policy_version",
            "mode",
            "sends_when_approved",
            "state",
            "asked_at",
            "expires_at",
            "settled_at",
            "steps",
        ]


class NewApprovalSerializer(HowSerializer, FenceSerializer):
    """A text to approve, and what its writer had seen."""

    body = serializers.CharField(max_length=MAX_LENGTH)
    mention = serializers.IntegerField(min_value=1, help_text="The id of the last mention that is not ours.")
    policy_version = serializers.IntegerField(min_value=1, help_text="The id of the version in force as you read it.")
    sends_when_approved = serializers.BooleanField(
        default=False, help_text="Send it in your name with the last word that it takes."
    )


class VerdictSerializer(serializers.Serializer[Any]):
    """What an approver says."""

    verdict = serializers.ChoiceField(choices=ApprovalStep.Verdict.choices)
    body = serializers.CharField(
        max_length=MAX_LENGTH, default="", allow_blank=True, help_text="The other text; only with `edited`."
    )
    note = serializers.CharField(
        max_length=MAX_NOTE, default="", allow_blank=True, help_text="Why; needed with `rejected`."
    )


class ApprovalEndpoint(ConversationEndpoint[Approval]):
    """One approval, or several."""

    tag = "Approvals"
    serializer_class = ApprovalSerializer
    queryset = Approval.objects.none()

    def approval(self, *, is_author: bool = False) -> Approval:
        """Return the approval through its door."""
        approval = get_approval_for(self.person, self.kwargs["approval_id"], is_author=is_author)
        self.kwargs["conversation_id"] = approval.conversation_id
        return approval

    def answer(self, approval_id: int, status: int = 200) -> Response:
        """Answer with the approval, read anew."""
        return Response(ApprovalSerializer(_with_steps(Approval.objects.all()).get(pk=approval_id)).data, status=status)


@extend_schema_view(list=extend_schema(summary="List what waits for your approval"))
class Approvals(mixins.ListModelMixin, ApprovalEndpoint):
    """What waits for the caller's word."""

    needs = "reply.approve"

    def get_queryset(self) -> QuerySet[Approval]:
        """Keep what the caller is asked now."""
        return _with_steps(approving_steps.waiting_for(self.person, at=timezone.now()))

    @extend_schema(summary="Read one approval", responses=ApprovalSerializer)
    def retrieve(self, request: Request, approval_id: int) -> Response:
        """Return how far it has come: for its author, and for those whose word it asks."""
        return self.answer(self.approval().pk)


class ConversationApprovals(mixins.ListModelMixin, ApprovalEndpoint):
    """The approvals of one conversation."""

    write_scope = "answer"

    def get_queryset(self) -> QuerySet[Approval]:
        """Keep those of the conversation in the address."""
        return _with_steps(self.conversation().approvals.all())

    @extend_schema(summary="List the approvals of a conversation")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return what was asked, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Ask for approval", request=NewApprovalSerializer, responses={201: ApprovalSerializer})
    def create(self, request: Request, conversation_id: int) -> Response:
        """Put exactly this text before those whom the decision and the rules name; another open asking is withdrawn."""
        conversation = self.conversation("conversation.answer")
        checked = self.read(NewApprovalSerializer, request.data)
        approval = approving_asks.ask_approval(
            conversation_id=conversation.pk,
            author=self.person,
            body=checked["body"],
            seen=Seen(checked["fence"], checked["mention"], checked["policy_version"]),
            how=how_in(checked),
            sends_when_approved=checked["sends_when_approved"],
            at=timezone.now(),
        )
        return self.answer(approval.pk, status=201)


class Verdicts(ApprovalEndpoint):
    """An approver's word."""

    needs = "reply.approve"
    write_scope = "answer"

    @extend_schema(
        summary="Approve, approve with another text, or reject",
        request=VerdictSerializer,
        responses={200: ApprovalSerializer},
    )
    def create(self, request: Request, approval_id: int) -> Response:
        """Record the caller's word. Another text goes out only after its author has taken it."""
        approval = self.approval()
        checked = self.read(VerdictSerializer, request.data)
        given: dict[str, Any] = {"approval_id": approval.pk, "approver": self.person, "at": timezone.now()}
        if checked["verdict"] == ApprovalStep.Verdict.APPROVED:
            verdicts.approve(**given)
        elif checked["verdict"] == ApprovalStep.Verdict.EDITED:
            verdicts.approve_with_edit(**given, body=checked["body"], note=checked["note"])
        else:
            verdicts.reject(**given, note=checked["note"])
        return self.answer(approval.pk)


class Taking(ApprovalEndpoint):
    """The author's consent."""

    write_scope = "answer"

    @extend_schema(summary="Take an approver's text", request=None, responses={201: ApprovalSerializer})
    def create(self, request: Request, approval_id: int) -> Response:
        """Make the text that an approver proposed the author's own: a new approval."""
        approval = self.approval(is_author=True)
        taken = approving_asks.take_edit(approval_id=approval.pk, author=self.person, at=timezone.now())
        return self.answer(taken.pk, status=201)


class Withdrawal(ApprovalEndpoint):
    """The author changes their mind."""

    write_scope = "answer"

    @extend_schema(summary="Withdraw from approval", request=None, responses={200: ApprovalSerializer})
    def create(self, request: Request, approval_id: int) -> Response:
        """Take back what was asked, so that the text can be changed."""
        approval = self.approval(is_author=True)
        approving_asks.withdraw_approval(approval_id=approval.pk, author=self.person, at=timezone.now())
        return self.answer(approval.pk)


def _with_steps(approvals: QuerySet[Approval]) -> QuerySet[Approval]:
    return approvals.select_related("author").prefetch_related(
        "steps__person", "steps__department", "steps__decided_by", "attachments__file"
    )
