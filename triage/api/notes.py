"""Notes, as programs read and write them."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.errors import Invalid
from teams.api.serializers import DepartmentNameSerializer, PersonSerializer
from teams.models import Department, User
from triage.api.endpoint import ConversationEndpoint
from triage.models import Note, NoteAsk
from triage.services import notes


class NoteAskSerializer(serializers.ModelSerializer[NoteAsk]):
    """Whom a note asks; `answered_at` is null until one of them writes back."""

    person = PersonSerializer(allow_null=True)
    department = DepartmentNameSerializer(allow_null=True)

    class Meta:
        model = NoteAsk
        fields = ["person", "department", "answered_at"]


class NoteSerializer(serializers.ModelSerializer[Note]):
    """A note inside the company. `answers` is the id of the note that it answers."""

    author = PersonSerializer()
    asks = NoteAskSerializer(many=True)

    class Meta:
        model = Note
        fields = ["id", "key", "author", "body", "written_at", "answers", "asks"]


class NewNoteSerializer(serializers.Serializer[Any]):
    """A note to write."""

    key = serializers.UUIDField(help_text="Made by you, one for each note: sent again, it is the same note.")
    body = serializers.CharField(max_length=notes.MAX_LENGTH, trim_whitespace=False)
    people = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), many=True, required=False, help_text="Whom to ask; they see the conversation."
    )
    departments = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Department.objects.active(),
        many=True,
        required=False,
        help_text="The slugs of departments to ask; they see the conversation from then on.",
    )
    answers = serializers.IntegerField(min_value=1, required=False, help_text="The id of the note that this answers.")


@extend_schema_view(list=extend_schema(summary="List the notes beside a conversation"))
class Notes(mixins.ListModelMixin, ConversationEndpoint[Note]):
    """What colleagues say to each other beside one conversation."""

    tag = "Notes"
    write_scope = "answer"
    serializer_class = NoteSerializer
    queryset = Note.objects.none()

    def get_queryset(self) -> QuerySet[Note]:
        """Keep those of the conversation in the address."""
        found = Note.objects.filter(conversation=self.conversation()).select_related("author")
        return found.prefetch_related("asks__person", "asks__department")

    @extend_schema(
        summary="Write a note",
        request=NewNoteSerializer,
        responses={201: NoteSerializer, 200: NoteSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Write a note and tell those whom it asks: 201, or 200 with the note that this key has already written.

        Whoever is asked must see the conversation; a department that is asked sees it from then on.
        """
        conversation = self.conversation()
        checked = self.read(NewNoteSerializer, request.data)
        at = timezone.now()
        note = notes.write_note(
            conversation_id=conversation.pk,
            author=self.person,
            body=checked["body"],
            key=checked["key"],
            asked=notes.Asked(checked.get("people", []), checked.get("departments", [])),
            answers=_answered(conversation.pk, checked.get("answers")),
            at=at,
        )
        return Response(NoteSerializer(note).data, status=201 if note.written_at == at else 200)


def _answered(conversation_id: int, note_id: int | None) -> Note | None:
    if note_id is None:
        return None
    note = Note.objects.filter(pk=note_id, conversation=conversation_id).select_related("author").first()
    if note is None:
        raise Invalid(_("The note that you answer is not in this conversation."), field="answers")
    return note
