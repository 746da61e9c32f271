"""Saved answers: read, kept, changed and retired by programs, and suggested for a conversation."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.keyset import MAX_ID
from teams.api.endpoint import Endpoint
from teams.models import User
from triage.api.endpoint import ConversationEndpoint
from triage.forms.saved_answers import LONGEST_BODY, checked_language, clauses_in_force
from triage.models import SavedAnswer
from triage.services.writing import saved_answers, suggesting


class SavedAnswerSerializer(serializers.ModelSerializer[SavedAnswer]):
    """A text that may be used again, and who keeps it true."""

    class Meta:
        model = SavedAnswer
        fields = [
            "id",
            "title",
            "body",
            "owner",
            "clause_key",
            "language",
            "expires_on",
            "is_retired",
            "use_count",
            "used_at",
            "changed_at",
        ]


class NewSavedAnswerSerializer(serializers.Serializer[Any]):
    """What a saved answer is to be."""

    title = serializers.CharField(max_length=120)
    body = serializers.CharField(
        max_length=LONGEST_BODY,
        help_text="`{customer}`, `{agent}`, `{company}` and `{channel}` are filled in when it is used.",
    )
    owner = serializers.IntegerField(min_value=1, max_value=MAX_ID, help_text="The id of a person who may change it.")
    clause_key = serializers.UUIDField(
        allow_null=True, default=None, help_text="The key of a clause of the policy in force."
    )
    language = serializers.CharField(
        max_length=20, allow_blank=True, default="", help_text="A code such as en; empty fits every language."
    )
    expires_on = serializers.DateField(
        allow_null=True, default=None, help_text="From this day on it is not suggested, and its owner is told."
    )

    def validate_owner(self, pk: int) -> User:
        """Return the person."""
        owner = saved_answers.people_who_may_own().filter(pk=pk).first()
        if owner is None:
            raise serializers.ValidationError(_("Nobody who may change saved answers has this id."))
        return owner

    def validate_clause_key(self, key: UUID | None) -> UUID | None:
        """Ask for a clause that binds."""
        if key is not None and key not in clauses_in_force():
            raise serializers.ValidationError(_("The policy in force has no clause with this key."))
        return key

    def validate_language(self, entered: str) -> str:
        """Return the code."""
        try:
            return checked_language(entered)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class ChangedSavedAnswerSerializer(NewSavedAnswerSerializer):
    """What it is to be from now on."""

    changed_at = serializers.DateTimeField(
        required=False, help_text="When it was changed last as far as you know: 409 if somebody has changed it since."
    )


class SuggestedAnswerSerializer(serializers.Serializer[Any]):
    """A saved answer that fits, filled in for the conversation."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()


@extend_schema_view(
    list=extend_schema(summary="List the saved answers"),
    retrieve=extend_schema(summary="Read one saved answer"),
)
class SavedAnswers(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint[SavedAnswer]):
    """The library of saved answers."""

    tag = "Saved answers"
    needs = "saved_answer.view"
    write_scope = "answer"
    serializer_class = SavedAnswerSerializer
    queryset = SavedAnswer.objects.all()

    @extend_schema(summary="Keep an answer", request=NewSavedAnswerSerializer, responses={201: SavedAnswerSerializer})
    def create(self, request: Request) -> Response:
        """Keep an answer; it is suggested from now on where it fits."""
        self._require_editing()
        wanted = saved_answers.Wanted(**self.read(NewSavedAnswerSerializer, request.data))
        answer = saved_answers.add_answer(wanted=wanted, actor=self.person, at=timezone.now())
        return Response(SavedAnswerSerializer(answer).data, status=201)

    @extend_schema(
        summary="Change a saved answer",
        request=ChangedSavedAnswerSerializer,
        responses={200: SavedAnswerSerializer},
    )
    def update(self, request: Request, pk: int) -> Response:
        """Change an answer. What is left out is emptied."""
        self._require_editing()
        answer = get_object_or_404(self.get_queryset(), pk=pk)
        checked = self.read(ChangedSavedAnswerSerializer, request.data)
        saved_answers.change_answer(
            answer_id=answer.pk,
            seen=checked.pop("changed_at", answer.changed_at),
            wanted=saved_answers.Wanted(**checked),
            actor=self.person,
            at=timezone.now(),
        )
        return Response(SavedAnswerSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data)

    @extend_schema(summary="Retire a saved answer", responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Offer an answer no more. It can still be read, and a person can bring it back."""
        self._require_editing()
        answer = get_object_or_404(self.get_queryset(), pk=pk)
        saved_answers.retire_answer(answer_id=answer.pk, actor=self.person, at=timezone.now())
        return Response(status=204)

    def _require_editing(self) -> None:
        if not self.person.rights.may_somewhere("saved_answer.edit"):
            raise PermissionDenied


class SuggestedAnswers(ConversationEndpoint[SavedAnswer]):
    """What fits."""

    tag = "Saved answers"
    serializer_class = SuggestedAnswerSerializer
    pagination_class = None

    @extend_schema(
        summary="Suggest saved answers for a conversation",
        parameters=[OpenApiParameter("conversation_id", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses=SuggestedAnswerSerializer(many=True),
    )
    def list(self, request: Request, conversation_id: int) -> Response:
        """Return the three answers that fit best what the customer said, filled in as the caller would say them."""
        conversation = self.conversation("conversation.answer")
        found = suggesting.suggest(conversation, at=timezone.now())
        suggested = [
            {
                "id": answer.pk,
                "title": answer.title,
                "text": saved_answers.fill_for(answer, conversation=conversation, agent=self.person),
            }
            for answer in found
        ]
        return Response(SuggestedAnswerSerializer(suggested, many=True).data)

    def get_queryset(self) -> QuerySet[SavedAnswer]:
        """Say what is listed, for the documentation."""
        return SavedAnswer.objects.none()
