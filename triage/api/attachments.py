"""Attachments of drafts, and the files behind them."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.api_parsing import ShallowJson
from triage.access import get_attachment_for, get_conversation_to_write
from triage.api.endpoint import ConversationEndpoint
from triage.api.serializers import AttachmentSerializer
from triage.models import Attachment
from triage.services.writing import attaching
from triage.showing.handing_out import file_response


class NewAttachmentSerializer(serializers.Serializer[Any]):
    """A file to attach."""

    file = serializers.FileField(allow_empty_file=True)
    alt = serializers.CharField(
        max_length=10_000, required=False, default="", allow_blank=True, help_text="What a picture shows."
    )


class AltSerializer(serializers.Serializer[Any]):
    """Other words for what a picture shows."""

    alt = serializers.CharField(max_length=10_000, allow_blank=True)


class DraftAttachments(ConversationEndpoint[Attachment]):
    """What is attached to the caller's draft."""

    tag = "Replies"
    write_scope = "answer"
    serializer_class = AttachmentSerializer
    parser_classes = [MultiPartParser, ShallowJson]

    @extend_schema(summary="List the attachments of your draft", responses=AttachmentSerializer(many=True))
    def retrieve(self, request: Request, conversation_id: int) -> Response:
        """Return them in the order in which they go out."""
        mine = self._mine(self.conversation().pk)
        return Response(AttachmentSerializer(mine, many=True).data)

    @extend_schema(
        summary="Attach a file to your draft",
        request={"multipart/form-data": NewAttachmentSerializer},
        responses={201: AttachmentSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Attach a file that the channel takes; the same file again is the one that is there.

        A picture is written anew without place, time and device, so its size and hash are not those that you sent.
        An open approval of the draft is withdrawn.
        """
        conversation = get_conversation_to_write(self.person, conversation_id)
        checked = self.read(NewAttachmentSerializer, request.data)
        made = attaching.attach(
            conversation_id=conversation.pk,
            author=self.person,
            file=checked["file"],
            name=checked["file"].name,
            alt=checked["alt"],
            at=timezone.now(),
        )
        return Response(AttachmentSerializer(made).data, status=201)

    def _mine(self, conversation_id: int) -> QuerySet[Attachment]:
        mine = Attachment.objects.filter(draft__conversation=conversation_id, draft__author=self.person)
        return mine.select_related("file").order_by("position")


class AttachmentEndpoint(ConversationEndpoint[Attachment]):
    """One attachment of the caller's draft."""

    tag = "Replies"
    write_scope = "answer"
    serializer_class = AttachmentSerializer

    @extend_schema(summary="Say what an attached picture shows", request=AltSerializer, responses=AttachmentSerializer)
    def partial_update(self, request: Request, attachment_id: int) -> Response:
        """Keep other words. An open approval of the draft is withdrawn."""
        found, conversation_id = self._mine(attachment_id)
        checked = self.read(AltSerializer, request.data)
        attaching.describe(
            conversation_id=conversation_id, author=self.person, alts={found.pk: checked["alt"]}, at=timezone.now()
        )
        return Response(AttachmentSerializer(self._mine(attachment_id)[0]).data)

    @extend_schema(summary="Take a file off your draft", responses={204: None})
    def destroy(self, request: Request, attachment_id: int) -> Response:
        """Take it off. An open approval of the draft is withdrawn."""
        found, _conversation_id = self._mine(attachment_id)
        attaching.remove(attachment_id=found.pk, author=self.person, at=timezone.now())
        return Response(status=204)

    def _mine(self, attachment_id: int) -> tuple[Attachment, int]:
        found = get_attachment_for(self.person, attachment_id, is_writer=True)
        assert found.draft is not None  # noqa: S101 - only what is with a draft has a writer
        return found, found.draft.conversation_id


class AttachmentFile(ConversationEndpoint[Attachment]):
    """The bytes of an attachment."""

    needs = "attachment.view"
    tag = "Replies"
    serializer_class = AttachmentSerializer

    @extend_schema(summary="Read the file of an attachment", responses={(200, "*/*"): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, attachment_id: int) -> HttpResponseBase:
        """Return the bytes, to whom may see the answer, the approval or the draft that they are with."""
        return file_response(get_attachment_for(self.person, attachment_id))
