"""Drafts, answers, and what becomes of an answer that went wrong."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from triage.access import get_conversation_to_write, get_reply_for
from triage.api.endpoint import ConversationEndpoint
from triage.api.requests import FenceSerializer, FindingSerializer, NewDraftSerializer, NewReplySerializer, how_in
from triage.api.serializers import DraftSerializer, ReplySerializer, with_all
from triage.models import Draft, Reply
from triage.services.pen import working
from triage.services.pen.claims import NotTheHolder
from triage.services.seen import Seen
from triage.services.sending import correcting, delivery, outbox, replies
from triage.services.threads import merged_away
from triage.services.writing import drafts
from triage.states import ReplyKind


class Drafts(ConversationEndpoint[Draft]):
    """What the caller is writing to one conversation."""

    tag = "Replies"
    write_scope = "answer"
    serializer_class = DraftSerializer

    @extend_schema(summary="Read your draft", responses=DraftSerializer)
    def retrieve(self, request: Request, conversation_id: int) -> Response:
        """Return the draft; one that was never saved is empty."""
        draft = Draft.objects.filter(conversation=self.conversation(), author=self.person).first()
        return Response(DraftSerializer(draft).data if draft else {"body": "", "split": "", "saved_at": None})

    @extend_schema(summary="Save your draft", request=NewDraftSerializer, responses=DraftSerializer)
    def update(self, request: Request, conversation_id: int) -> Response:
        """Keep the text. Also for somebody who has just lost the claim, or where it was merged away: then with 409."""
        conversation = get_conversation_to_write(self.person, conversation_id)
        checked = self.read(NewDraftSerializer, request.data)
        draft = drafts.save_draft(
            conversation_id=conversation.pk,
            author=self.person,
            body=checked["body"],
            at=timezone.now(),
            split=checked.get("split"),
        )
        fence = checked.get("fence")
        why = fence is not None and working.why_stale(conversation_id=conversation.pk, person=self.person, fence=fence)
        if why:
            raise NotTheHolder(f"{why} " + _("Your draft is kept."))
        merged_away.check(conversation)
        return Response(DraftSerializer(draft).data)


@extend_schema_view(list=extend_schema(summary="List the answers of a conversation"))
class ConversationReplies(mixins.ListModelMixin, ConversationEndpoint[Reply]):
    """The answers of one conversation."""

    tag = "Replies"
    write_scope = "answer"
    serializer_class = ReplySerializer
    queryset = Reply.objects.none()

    def get_queryset(self) -> QuerySet[Reply]:
        """Keep those of the conversation in the address."""
        return with_all(self.conversation().replies.all())

    @extend_schema(
        summary="Send an answer",
        request=NewReplySerializer,
        responses={201: ReplySerializer, 200: ReplySerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Put an answer in the outbox: 201, or 200 with the answer that this key has already sent.

        It leaves only if the world is as its writer saw it: the pen is held under `fence`, nothing newer than
        `mention` was said, and `policy_version` is in force. Else it is kept as a draft and the answer is 409.
        So it is where the text needs approval and does not have it; what the policy lets nobody say is 400 with
        the code `conduct_blocked`. What is attached to the draft goes along; with
        `split` a long text goes out as a thread.
        """
        conversation = self.conversation("conversation.answer")
        checked = self.read(NewReplySerializer, request.data)
        at = timezone.now()
        reply = replies.queue_reply(
            conversation_id=conversation.pk,
            author=self.person,
            body=checked["body"],
            key=checked["key"],
            seen=Seen(checked["fence"], checked["mention"], checked["policy_version"]),
            closes=checked["closes"],
            emergency=checked["emergency"],
            how=how_in(checked),
            at=at,
        )
        return Response(ReplySerializer(reply).data, status=201 if reply.queued_at == at else 200)


class ReplyEndpoint(ConversationEndpoint[Reply]):
    """One answer."""

    tag = "Replies"
    serializer_class = ReplySerializer

    def reply(self, action: str = "conversation.view") -> Reply:
        """Return the answer through its door."""
        reply = get_reply_for(self.person, self.kwargs["reply_id"], action=action)
        self.kwargs["conversation_id"] = reply.conversation_id
        return reply


class Replies(ReplyEndpoint):
    """An answer by its id."""

    @extend_schema(summary="Read one answer", responses=ReplySerializer)
    def retrieve(self, request: Request, reply_id: int) -> Response:
        """Return how far the answer has come."""
        return Response(ReplySerializer(self.reply()).data)


class Retry(ReplyEndpoint):
    """Another try."""

    write_scope = "answer"

    @extend_schema(summary="Send a failed answer once more", request=FenceSerializer, responses={200: ReplySerializer})
    def create(self, request: Request, reply_id: int) -> Response:
        """Put a failed answer, or a failed change of one, back in the outbox, as its conversation's holder."""
        reply = self.reply("conversation.answer")
        checked = self.read(FenceSerializer, request.data)
        again = replies.retry_reply if reply.kind == ReplyKind.ANSWER else correcting.retry_change
        again(reply_id=reply.pk, author=self.person, fence=checked["fence"], at=timezone.now())
        return Response(ReplySerializer(self.reply()).data)


class Settlement(ReplyEndpoint):
    """A person's finding."""

    write_scope = "answer"

    @extend_schema(
        summary="Say what became of an uncertain answer",
        request=FindingSerializer,
        responses={200: ReplySerializer},
    )
    def create(self, request: Request, reply_id: int) -> Response:
        """Record whether somebody found the answer on the network."""
        reply = self.reply("conversation.answer")
        checked = self.read(FindingSerializer, request.data)
        delivery.settle_reply(
            reply_id=reply.pk, verdict=delivery.Verdict(checked["verdict"]), actor=self.person, at=timezone.now()
        )
        return Response(ReplySerializer(self.reply()).data)


class Look(ReplyEndpoint):
    """Another look at the network."""

    write_scope = "answer"

    @extend_schema(summary="Ask the network about an uncertain answer", request=None, responses={200: ReplySerializer})
    def create(self, request: Request, reply_id: int) -> Response:
        """Ask the network once more whether the answer arrived."""
        reply = self.reply("conversation.answer")
        outbox.look_again(reply_id=reply.pk, at=timezone.now())
        return Response(ReplySerializer(self.reply()).data)
