"""Conversations made one, taken apart, tagged and put aside by programs."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from socialhub.lib.keyset import MAX_ID
from teams.api.endpoint import Endpoint
from teams.api.serializers import DepartmentNameSerializer, PersonSerializer
from triage.access import get_conversation_for, get_merge_for
from triage.api.bulk import Tags
from triage.api.endpoint import ConversationEndpoint
from triage.api.requests import FENCE, FenceSerializer
from triage.api.serializers import ConflictSerializer, ConversationSerializer
from triage.forms.merging import MOST_AT_ONCE, MOST_MESSAGES
from triage.models import Conversation, Merge
from triage.services import snoozing
from triage.services.decisions import tagging
from triage.services.snoozing import MOST_REACH
from triage.services.threads import merging_by_hand, splitting_off
from triage.services.threads.merging_by_hand import WidensReaders


class MergeSerializer(serializers.ModelSerializer[Merge]):
    """That the thread of `source` goes on in `target`, until `undone_at`."""

    merged_by = PersonSerializer()
    undone_by = PersonSerializer(allow_null=True)

    class Meta:
        model = Merge
        fields = ["id", "source", "target", "merged_by", "at", "undone_by", "undone_at"]


class NewMergeSerializer(serializers.Serializer[Any]):
    """Which conversations go on in the one of the address."""

    sources = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID), min_length=1, max_length=MOST_AT_ONCE
    )
    readers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        required=False,
        default=list,
        help_text="The ids of the departments that may read all of it then, although they see only a part now. "
        "Without them the answer is 409 and names them.",
    )


class MergeConflictSerializer(ConflictSerializer):
    """Why conversations cannot be merged."""

    readers = DepartmentNameSerializer(
        many=True, required=False, help_text="The departments that would read what they could not."
    )


class NewSplitSerializer(serializers.Serializer[Any]):
    """Which messages become a conversation of their own."""

    mentions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID), min_length=1, max_length=MOST_MESSAGES
    )
    stays = serializers.BooleanField(
        default=False,
        help_text="It lies with the same department, by a decision of yours, instead of needing one.",
    )


class NewSnoozeSerializer(serializers.Serializer[Any]):
    """Until when a conversation is put aside; a new message always brings it back."""

    fence = serializers.IntegerField(min_value=0, help_text=FENCE)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    reach = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=MOST_REACH,
        help_text="Or as soon as it reaches so many people: the followers of its author and of who passes it on.",
    )


@extend_schema_view(list=extend_schema(summary="List what was merged into a conversation"))
class Merges(mixins.ListModelMixin, ConversationEndpoint[Merge]):
    """The merges into one conversation that were not undone."""

    tag = "Merging"
    write_scope = "answer"
    serializer_class = MergeSerializer
    conflict = MergeConflictSerializer
    queryset = Merge.objects.none()

    def get_queryset(self) -> QuerySet[Merge]:
        """Keep those of the conversation in the address."""
        merges = Merge.objects.filter(target=self.conversation(), undone_at=None)
        return merges.select_related("merged_by", "undone_by")

    @extend_schema(
        summary="Merge conversations", request=NewMergeSerializer, responses={201: MergeSerializer(many=True)}
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Let others go on in this conversation, which keeps its department, its holder and its stage.

        409 while an answer of one of them is on its way, when somebody else holds one of the
        others, and when they are on different channels.
        """
        conversation = self.conversation("conversation.merge")
        checked = self.read(NewMergeSerializer, request.data)
        for source in checked["sources"]:
            get_conversation_for(self.person, source, action="conversation.merge", with_names=False)
        merges = merging_by_hand.merge_conversations(
            target_id=conversation.pk,
            source_ids=checked["sources"],
            readers=checked["readers"],
            actor=self.person,
            at=timezone.now(),
        )
        return Response(MergeSerializer(merges, many=True).data, status=201)

    def handle_exception(self, exc: Exception) -> Response:
        """Name who would read more than now."""
        response = super().handle_exception(exc)
        if isinstance(exc, WidensReaders):
            response.data["readers"] = DepartmentNameSerializer(exc.readers, many=True).data
        return response


class MergeUndoing(Endpoint[Merge]):
    """The end of a merge."""

    tag = "Merging"
    needs = "conversation.view"
    write_scope = "answer"
    serializer_class = MergeSerializer

    @extend_schema(summary="Undo a merge", request=None, responses={200: MergeSerializer})
    def create(self, request: Request, pk: int) -> Response:
        """Put everything that the merge moved back where it was; what came since stays.

        409 when it is undone already, when the target was merged itself, and while an answer is on its way.
        """
        found = get_merge_for(self.person, pk)
        merge = merging_by_hand.undo_merge(merge_id=found.pk, actor=self.person, at=timezone.now())
        return Response(MergeSerializer(merge).data)


class Splits(ConversationEndpoint[Conversation]):
    """What is taken out of one conversation."""

    tag = "Merging"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(
        summary="Take messages out of a conversation",
        request=NewSplitSerializer,
        responses={201: ConversationSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Let messages be a conversation of their own, and return it. Merge the two to undo it."""
        conversation = self.conversation("conversation.merge")
        checked = self.read(NewSplitSerializer, request.data)
        if checked["stays"] and not self.person.rights.may("conversation.decide", conversation.department_id):
            raise PermissionDenied
        opened = splitting_off.split_off(
            conversation_id=conversation.pk,
            mention_ids=checked["mentions"],
            stays=checked["stays"],
            actor=self.person,
            at=timezone.now(),
        )
        shown = Conversation.objects.select_related("channel", "department", "holder", "offered_to").get(pk=opened)
        return Response(ConversationSerializer(shown).data, status=201)


class NewTagsSerializer(serializers.Serializer[Any]):
    """Tags to add and to take away; one that stands in both is added."""

    add = Tags(required=False, default=list)
    remove = Tags(required=False, default=list)


class Tagging(ConversationEndpoint[Conversation]):
    """What a conversation is about."""

    tag = "Conversations"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(
        summary="Change the tags of a conversation",
        request=NewTagsSerializer,
        responses={200: ConversationSerializer},
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Add tags and take others away without deciding anew; it takes no fence, and what is so already stays.

        409 when somebody else holds the conversation, or it is erased.
        """
        conversation = self.conversation("conversation.tag")
        if conversation.learner_id is not None:
            raise PermissionDenied
        checked = self.read(NewTagsSerializer, request.data)
        add = checked["add"]
        tagging.change_tags(
            conversation_id=conversation.pk,
            actor=self.person,
            add=add,
            remove=[tag for tag in checked["remove"] if tag not in add],
            at=timezone.now(),
        )
        return self.as_it_stands()


class Snoozing(ConversationEndpoint[Conversation]):
    """Whether a conversation is put aside."""

    tag = "Conversations"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(
        summary="Snooze a conversation", request=NewSnoozeSerializer, responses={200: ConversationSerializer}
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Take it out of the queues until a moment, a reach or the next message. Its clock runs on."""
        conversation = self.conversation("conversation.snooze")
        checked = self.read(NewSnoozeSerializer, request.data)
        snoozing.snooze(
            conversation_id=conversation.pk,
            until=checked["until"],
            reach=checked["reach"],
            fence=checked["fence"],
            actor=self.person,
            at=timezone.now(),
        )
        return self.as_it_stands()

    @extend_schema(summary="Bring a snoozed conversation back", responses={200: ConversationSerializer})
    def destroy(self, request: Request, conversation_id: int) -> Response:
        """Put it back where it was."""
        conversation = self.conversation("conversation.snooze")
        snoozing.wake(conversation_id=conversation.pk, actor=self.person, at=timezone.now())
        return self.as_it_stands()


class SnoozingAgain(ConversationEndpoint[Conversation]):
    """The way back from bringing a conversation back."""

    tag = "Conversations"
    write_scope = "answer"
    serializer_class = ConversationSerializer

    @extend_schema(
        summary="Snooze a conversation again", request=FenceSerializer, responses={200: ConversationSerializer}
    )
    def create(self, request: Request, conversation_id: int) -> Response:
        """Put aside as it was what the caller has just brought back. 409 when somebody has gone on with it."""
        conversation = self.conversation("conversation.snooze")
        checked = self.read(FenceSerializer, request.data)
        snoozing.snooze_again(
            conversation_id=conversation.pk, actor=self.person, fence=checked["fence"], at=timezone.now()
        )
        return self.as_it_stands()
