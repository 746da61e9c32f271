"""What the endpoints around one conversation have in common."""

from contextlib import suppress
from typing import TypeVar

from django.db.models import Model
from django.http import Http404
from rest_framework.response import Response

from listening.models import Channel
from socialhub.lib.errors import Conflict
from teams.api.endpoint import Endpoint
from teams.models import Department, User
from triage.access import get_conversation_for
from triage.api.serializers import ConflictSerializer, ConversationSerializer
from triage.models import Conversation
from triage.services.sending.replies import WorldChanged
from triage.services.threads import merged_away
from triage.services.threads.merged_away import MergedAway

Row = TypeVar("Row", bound=Model)

# Made once: to work out its fields costs more than to show a conversation.
_SHOWN = ConversationSerializer()
# What is told beside a conversation: of which table, and what of it.
_BESIDE: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "channel": (Channel, ("kind", "name")),
    "department": (Department, ("slug", "name")),
    "holder": (User, ("name",)),
    "offered_to": (User, ("name",)),
}
# Put together once: every act answers with it, and compiling it would take longer than answering it. A row has three
# times as many columns as are told.
_TOLD = [
    *(f"conversation.{name}_id" if name in _BESIDE else f"conversation.{name}" for name in _SHOWN.Meta.fields),
    *(f"{name}.{column} AS {name}_{column}" for name, (_, columns) in _BESIDE.items() for column in columns),
]
_JOINED = [
    f"LEFT JOIN {model._meta.db_table} AS {name} ON {name}.id = conversation.{name}_id"
    for name, (model, _) in _BESIDE.items()
]
_AS_IT_STANDS = (
    f"SELECT {', '.join(_TOLD)} FROM triage_conversation AS conversation {' '.join(_JOINED)}"  # noqa: S608 - our names
    " WHERE conversation.id = %s"
)


class ConversationEndpoint(Endpoint[Row]):
    """Something about the conversation in the address; a conflict answers with the conversation as it stands."""

    needs = "conversation.view"
    conflict = ConflictSerializer

    def conversation(self, action: str = "conversation.view") -> Conversation:
        """Return the conversation through its door."""
        return get_conversation_for(self.person, self.kwargs["conversation_id"], action=action)

    def as_it_stands(self, status: int = 200) -> Response:
        """Answer with the conversation, read anew. Whoever asks has come through its door."""
        (conversation,) = Conversation.objects.raw(_AS_IT_STANDS, [self.kwargs["conversation_id"]])
        for name, (model, columns) in _BESIDE.items():
            pk = getattr(conversation, f"{name}_id")
            told = {column: getattr(conversation, f"{name}_{column}") for column in columns}
            setattr(conversation, name, None if pk is None else model(pk=pk, **told))
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
        if (
            isinstance(exc, MergedAway)
            and Conversation.objects.visible_to(self.person).filter(pk=exc.into or 0).exists()
        ):
            truth["merged_into"] = exc.into
        response = super().handle_exception(exc)
        response.data.update(truth)
        return response
