"""An answer on its way: take it back, or send it after all."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.keyset import MAX_ID
from triage.api.replies import ReplyEndpoint
from triage.api.requests import FenceSerializer
from triage.api.serializers import ReplySerializer
from triage.services.seen import Seen
from triage.services.sending import resending, withdrawing


class SeenSerializer(FenceSerializer):
    """What somebody has seen who sends an answer after all."""

    mention = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, help_text="The id of the last mention that is not ours."
    )
    policy_version = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, help_text="The id of the version in force as you read it."
    )


class Withdrawal(ReplyEndpoint):
    """The way back."""

    write_scope = "answer"

    @extend_schema(summary="Take an answer back", request=None, responses={200: ReplySerializer})
    def create(self, request: Request, reply_id: int) -> Response:
        """Take back what has not left or did not go out; its text is a draft again. 409 where it is too late."""
        reply = self.reply("conversation.answer")
        withdrawing.withdraw_reply(reply_id=reply.pk, actor=self.person, at=timezone.now())
        return Response(ReplySerializer(self.reply()).data)


class Anyway(ReplyEndpoint):
    """After all."""

    write_scope = "answer"

    @extend_schema(
        summary="Send an answer that was stopped because something had changed",
        request=SeenSerializer,
        responses={200: ReplySerializer},
    )
    def create(self, request: Request, reply_id: int) -> Response:
        """Send the text of a failed answer as a new one, which is returned; the failed one is withdrawn."""
        reply = self.reply("conversation.answer")
        checked = self.read(SeenSerializer, request.data)
        sent = resending.send_anyway(
            reply_id=reply.pk,
            author=self.person,
            seen=Seen(checked["fence"], checked["mention"], checked["policy_version"]),
            at=timezone.now(),
        )
        return Response(ReplySerializer(sent).data)
