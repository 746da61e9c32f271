"""What the endpoints around one conversation have in common."""

from contextlib import suppress
from typing import TypeVar

from django.db.models import Model
from django.http import Http404
from rest_framework.response import Response

from socialhub.lib.errors import Conflict
from teams.api.endpoint import Endpoint
from triage.access import get_conversation_for
from triage.api.serializers import ConflictSerializer, ConversationSerializer
from triage.models import Conversation
from triage.services.sending.replies import WorldChanged
from triage.services.threads import merged_away
from triage.services.threads.merged_away import MergedAway

Row = TypeVar("Row", bound=Model)

# Made once: to work out its fields costs more than to show a conversation.
_SHOWN = ConversationSerializer()
_NAMES = {"channel": ("kind", "name"), "department": ("slug", "name"), "holder": ("name",), "offered_to": ("name",)}
# A row has three times as many columns as are told, and the people beside it more.
_TOLD = [
    *(name for name in ConversationSerializer.Meta.fields if name not in _NAMES),
    *(f"{name}__{column}" for name, columns in _NAMES.items() for column in columns),
]


class ConversationEndpoint(Endpoint[Row]):
    """Something about the conversation in the address; a conflict answers with the conversation as it stands."""

    needs = "conversation.view"
    conflict = ConflictSerializer

    def conversation(self, action: str = "conversation.view") -> Conversation:
        """Return the conversation through its door."""
        return get_conversation_for(self.person, self.kwargs["conversation_id"], action=action)

    def as_it_stands(self, status: int = 200) -> Response:
        """Answer with the conversation, read anew. Whoever asks has come through its door."""
        found = Conversation.objects.select_related(*_NAMES).only(*_TOLD)
        conversation = found.get(pk=self.kwargs["conversation_id"])
        return Response(_SHOWN.to_representation(conversation), status=status)

    def handle_exception(self, exc: Exception) -> Response:
        """Put the truth beside a conflict."""
        truth: dict[str, object] = {}
        if isinstance(exc, WorldChanged):
            truth["changes"] = exc.changes
        if isinstance(exc, Conflict):
            # In this very moment it may have become somebody else's.
            with suppress(Http404):
                conversation = self.conversation()
                truth["conversation"] = _SHOWN.to_representation(conversation)
                # An answer is changed in the conversation that gave it, wherever the thread goes on.
                if "reply_id" not in self.kwargs:
                    exc = merged_away.instead_of(exc, conversation)
        if isinstance(exc, MergedAway) and Conversation.objects.visible_to(self.person).filter(pk=exc.into or 0).exists():
            truth["merged_into"] = exc.into
        response = super().handle_exception(exc)
        response.data.update(truth)
        return response
