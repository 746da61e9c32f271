"""Conversations, and what is decided and answered, as programs see them."""

from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from listening.api.serializers import ChannelNameSerializer, MentionSerializer
from listening.models import Picture
from policies.models import Clause, PolicyVersion, Rule
from policies.wording import department_names
from socialhub.lib.api_errors import ProblemSerializer
from teams.api.serializers import DepartmentNameSerializer, PersonSerializer
from triage.history.guide import sentences_of_walk
from triage.models import Attachment, Conversation, Decision, Draft, Event, Reply, ReplyPart
from triage.showing.suggestion import sentence_of_reason
from triage.states import Disposition, Priority, Reason, Visibility


class ReasonGivenSerializer(serializers.Serializer[Any]):
    """One rule that spoke, and what it saw."""

    clause_id = serializers.IntegerField()
    clause_label = serializers.CharField()
    rule_id = serializers.IntegerField()
    rule = serializers.CharField()
    evidence = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        help_text="Pairs of the term and what it saw.",
    )
    gave = serializers.ListField(child=serializers.CharField(), help_text="The parts of the suggestion that it gave.")
    points = serializers.IntegerField(help_text="What it added to the score.")
    sentence = serializers.CharField(help_text="The same for people.")


class SuggestionSerializer(serializers.Serializer[Any]):
    """What the policy's rules propose; an empty part is left to the triage owner."""

    priority = serializers.ChoiceField(choices=Priority.choices)
    score = serializers.IntegerField(min_value=0, max_value=100)
    disposition = serializers.ChoiceField(choices=Disposition.choices, allow_blank=True)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True, help_text="Why nobody should answer.")
    department = serializers.CharField(allow_blank=True, help_text="The slug of a department.")
    person = serializers.CharField(allow_blank=True, help_text="The e-mail address of a colleague.")
    visibility = serializers.ChoiceField(choices=Visibility.choices, allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField())
    decided_by = serializers.IntegerField(allow_null=True, help_text="The rule that may decide by itself.")
    because = ReasonGivenSerializer(many=True)


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    """A conversation. `fence` rises as it changes hands, or is merged into while held: send back the one you saw."""

    channel = ChannelNameSerializer()
    department = DepartmentNameSerializer(allow_null=True)
    holder = PersonSerializer(allow_null=True)
    offered_to = PersonSerializer(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), help_text="What it is about, once it is decided on.")
    suggestion = serializers.SerializerMethodField()
    _names: dict[str, str] | None = None

    class Meta:
        model = Conversation
        fields = [
            "id",
            "fence",
            "stage",
            "priority",
            "channel",
            "department",
            "holder",
            "offered_to",
            "disposition",
            "visibility",
            "tags",
            "outcome",
            "due_at",
            "due_for",
            "suggestion",
            "author_name",
            "snippet",
            "language",
            "sentiment",
            "mention_count",
            "copy_count",
            "opened_at",
            "last_inbound_at",
            "last_outbound_at",
            "decided_at",
            "claimed_at",
            "first_answered_at",
            "closed_at",
            "snoozed_at",
            "snoozed_until",
            "snoozed_reach",
            "erased_at",
            "raw_erased_at",
        ]

    @extend_schema_field(SuggestionSerializer(allow_null=True))
    def get_suggestion(self, conversation: Conversation) -> dict[str, Any] | None:
        """Return null where no rule spoke."""
        found: dict[str, Any] = conversation.suggestion
        if not found:
            return None
        names = self._department_names()
        because = [{**one, "sentence": sentence_of_reason(one, found, names)} for one in found["because"]]
        return {"reason": "", **found, "because": because}

    def _department_names(self) -> dict[str, str]:
        """Return what the departments are called: one query for all that is told at once."""
        if self._names is None:
            self._names = department_names()
        return self._names


class VersionNameSerializer(serializers.ModelSerializer[PolicyVersion]):
    """A version of the policy by number."""

    class Meta:
        model = PolicyVersion
        fields = ["id", "number"]


class ClauseNameSerializer(serializers.ModelSerializer[Clause]):
    """A clause by number."""

    class Meta:
        model = Clause
        fields = ["id", "number", "title"]


class RuleNameSerializer(serializers.ModelSerializer[Rule]):
    """A rule by name; `key` stays the same from version to version."""

    class Meta:
        model = Rule
        fields = ["id", "key", "name"]


class StepTakenSerializer(serializers.Serializer[Any]):
    """One answer in the guide, by the keys of the question and the answer."""

    question = serializers.CharField()
    answer = serializers.CharField()
    by = serializers.ChoiceField(choices=["machine", "person"])
    evidence = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        help_text="Where the machine answered: pairs of the term and what it saw.",
    )
    sentence = serializers.CharField(help_text="The same for people.")


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A decision, with the policy version under which it was made."""

    department = DepartmentNameSerializer(allow_null=True)
    offered_to = PersonSerializer(allow_null=True)
    policy_version = VersionNameSerializer()
    clause = ClauseNameSerializer(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    guide = serializers.SerializerMethodField(help_text="How the guide was walked; empty where it was not.")
    decided_by = PersonSerializer(allow_null=True)
    decided_by_rule = RuleNameSerializer(allow_null=True, help_text="The rule that decided where no person did.")
    reverses = serializers.PrimaryKeyRelatedField(  # type: ignore[var-annotated]
        read_only=True,
        allow_null=True,
        help_text="The decision of a rule in whose place this one stands, or the one that was taken back.",
    )

    class Meta:
        model = Decision
        fields = [
            "id",
            "disposition",
            "reason",
            "priority",
            "department",
            "visibility",
            "offered_to",
            "note",
            "approval",
            "policy_version",
            "clause",
            "follows_suggestion",
            "departure",
            "tags",
            "guide",
            "decided_by",
            "decided_by_rule",
            "reverses",
            "is_undoing",
            "at",
        ]

    @extend_schema_field(StepTakenSerializer(many=True))
    def get_guide(self, decision: Decision) -> list[dict[str, Any]]:
        """Return each step with its sentence, as the version of the decision asked."""
        said = sentences_of_walk(decision)
        return [{**step, "sentence": sentence} for step, sentence in zip(decision.guide, said, strict=True)]


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file with what it is said to show. `media_type` is what its bytes are; a picture has a width and a height."""

    name = serializers.CharField(source="file.name")
    media_type = serializers.CharField(source="file.media_type")
    size = serializers.IntegerField(source="file.size")
    width = serializers.IntegerField(source="file.width", allow_null=True)
    height = serializers.IntegerField(source="file.height", allow_null=True)
    sha256 = serializers.CharField(source="file.sha256")

    class Meta:
        model = Attachment
        fields = ["id", "name", "media_type", "size", "width", "height", "sha256", "alt"]


class ReplyPartSerializer(serializers.ModelSerializer[ReplyPart]):
    """One post of a thread; `sent_at` once it is out, and `mention` is our own post where it is known."""

    class Meta:
        model = ReplyPart
        fields = ["position", "text", "sent_at", "mention"]


class ReplySerializer(serializers.ModelSerializer[Reply]):
    """An answer and how far it has come. `mention` is our own post, once it is out.

    A `correction` or a `removal` (with its `reason`) names the `original` that it changes.
    """

    author = PersonSerializer()
    policy_version = VersionNameSerializer()
    error = serializers.CharField(
        source="problem", read_only=True, help_text="Why it is not out, in the language of the request."
    )
    parts = serializers.SerializerMethodField(help_text="Its posts where it is a thread, in order.")
    attachments = AttachmentSerializer(many=True)

    class Meta:
        model = Reply
        fields = [
            "id",
            "conversation",
            "key",
            "kind",
            "original",
            "state",
            "body",
            "split",
            "parts",
            "attachments",
            "reason",
            "visibility",
            "author",
            "answers",
            "policy_version",
            "approval",
            "emergency",
            "closes",
            "queued_at",
            "not_before_at",
            "sent_at",
            "attempt_count",
            "error",
            "failure",
            "mention",
        ]

    @extend_schema_field(ReplyPartSerializer(many=True))
    def get_parts(self, reply: Reply) -> Any:
        """Return them in order, whether they were read along or not."""
        return ReplyPartSerializer(sorted(reply.parts.all(), key=attrgetter("position")), many=True).data


def with_all(replies: QuerySet[Reply]) -> QuerySet[Reply]:
    """Return answers with what their serializer tells, in one query for each kind of thing."""
    return replies.select_related("author", "policy_version").prefetch_related("parts", "attachments__file")


class EventSerializer(serializers.ModelSerializer[Event]):
    """One line of the history."""

    actor = PersonSerializer(allow_null=True)
    sentence = serializers.SerializerMethodField(help_text="The same for people.")

    class Meta:
        model = Event
        fields = ["id", "kind", "actor", "at", "data", "sentence"]

    def get_sentence(self, event: Event) -> str:
        """Return what the event says to a reader, as it was prepared for all of them at once."""
        said: str = self.context["sentences"][event.pk]
        return said


class PictureSerializer(serializers.ModelSerializer[Picture]):
    """A picture beside what was said. Once it is `kept`, `url` has our copy, with its width and height."""

    url = serializers.SerializerMethodField(help_text="Where our copy is read, with the same key; empty without one.")
    original = serializers.CharField(source="url", help_text="Where the network shows it, to everybody.")
    error = serializers.CharField(
        source="problem", read_only=True, help_text="Why there is no copy, in the language of the request."
    )

    class Meta:
        model = Picture
        fields = ["id", "state", "alt", "url", "width", "height", "original", "error"]
        extra_kwargs = {"alt": {"help_text": "What its author says that it shows."}}

    def get_url(self, picture: Picture) -> str:
        """Return an address on this server."""
        return reverse("api:picture-file", args=[picture.pk]) if picture.state == Picture.State.KEPT else ""


class PicturedMentionSerializer(MentionSerializer):
    """One thing that was said, with the pictures beside it."""

    pictures = PictureSerializer(many=True, read_only=True)

    class Meta(MentionSerializer.Meta):
        fields = [*MentionSerializer.Meta.fields, "pictures"]


class WholeConversationSerializer(ConversationSerializer):
    """A conversation with what was said, decided, answered and done: the newest hundred of each, oldest first."""

    mentions = PicturedMentionSerializer(many=True)
    decisions = DecisionSerializer(many=True)
    replies = ReplySerializer(many=True)
    history = EventSerializer(many=True)

    class Meta(ConversationSerializer.Meta):
        fields = [*ConversationSerializer.Meta.fields, "mentions", "decisions", "replies", "history"]


class ConflictSerializer(ProblemSerializer):
    """A refusal because the world has changed, with the truth."""

    conversation = ConversationSerializer(required=False, help_text="As it stands now.")
    merged_into = serializers.IntegerField(
        required=False, help_text="With the code `merged_away`: the conversation in which its thread goes on."
    )
    changes = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What the writer of an answer has not seen yet."
    )


class DraftSerializer(serializers.ModelSerializer[Draft]):
    """What the caller is writing; empty when nothing was saved yet."""

    class Meta:
        model = Draft
        fields = ["body", "split", "saved_at"]
