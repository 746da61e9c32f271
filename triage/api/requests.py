"""What programs send."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from socialhub.lib.keyset import MAX_ID
from teams.api.serializers import department_named
from teams.models import Department, User
from triage.forms.tags import checked_tags
from triage.models import Approval
from triage.services.approving.standing import Needed
from triage.services.approving.steps import ROLES
from triage.services.decisions.deciding import Choice
from triage.services.reasons import MAX_REASON
from triage.services.sending.delivery import Verdict
from triage.services.writing.composing import How
from triage.services.writing.drafts import MAX_LENGTH
from triage.states import CLOSING_OUTCOMES, Departure, Disposition, Occasion, Priority, Reason, Split, Visibility

CLOSING_CHOICES = [(outcome.value, outcome.label) for outcome in CLOSING_OUTCOMES]
FENCE = "The `fence` of the conversation as you saw it."


class FenceSerializer(serializers.Serializer[Any]):
    """An act of the holder."""

    fence = serializers.IntegerField(min_value=0, help_text=FENCE)


class AskedSerializer(serializers.Serializer[Any]):
    """One of a person, a department and a role."""

    person = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    department = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    role = serializers.ChoiceField(choices=[role.value for role in ROLES], required=False)


class NeededSerializer(serializers.Serializer[Any]):
    """Whose approval the answer needs, in the order in which they are asked."""

    mode = serializers.ChoiceField(choices=Approval.Mode.choices)
    asked = AskedSerializer(many=True)


class NewDecisionSerializer(FenceSerializer):
    """A decision to record."""

    disposition = serializers.ChoiceField(choices=Disposition.choices)
    reason = serializers.ChoiceField(
        choices=Reason.choices, required=False, help_text="Why nobody answers; only with `no_response`."
    )
    priority = serializers.ChoiceField(
        choices=Priority.choices, required=False, help_text="Without it the conversation keeps its own."
    )
    department = serializers.SlugField(
        max_length=60, required=False, help_text="The slug of the department that answers."
    )
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    offered_to = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, help_text="The one person who should claim it."
    )
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    approval = NeededSerializer(required=False, allow_null=True)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        help_text="What it is about; without them those that were suggested.",
    )
    departure = serializers.ChoiceField(
        choices=Departure.choices,
        required=False,
        help_text="Why it departs from the suggestion, where it does; without it `other` is counted.",
    )
    guide = serializers.DictField(
        child=serializers.CharField(max_length=1),
        required=False,
        help_text="What you answered in the guide: keys of answers by keys of questions. It is walked once more under "
        "the policy in force; what that does not ask is passed over.",
    )

    def validate_tags(self, written: list[str]) -> tuple[str, ...]:
        """Bring them into the form in which they are kept."""
        try:
            return checked_tags(written)
        except ValidationError as refusal:
            raise serializers.ValidationError(refusal.messages) from refusal

    def validate_department(self, slug: str) -> Department:
        """Look the department up."""
        return department_named(slug)


def choice_of(checked: dict[str, Any], *, priority: int) -> Choice:
    """Return the decision that was sent; ``priority`` holds where none was."""
    return Choice(
        disposition=Disposition(checked["disposition"]),
        priority=int(checked.get("priority", priority)),
        reason=checked.get("reason", ""),
        department=checked.get("department"),
        visibility=checked.get("visibility", ""),
        offered_to=checked.get("offered_to"),
        note=checked.get("note", ""),
        approval=_needed(checked.get("approval")),
        tags=checked.get("tags"),
        departure=checked.get("departure", Departure.OTHER),
        guide=checked.get("guide"),
    )


def _needed(sent: dict[str, Any] | None) -> Needed | None:
    if sent is None:
        return None
    return Needed(Approval.Mode(sent["mode"]), tuple(dict(one) for one in sent["asked"]))


class NewDraftSerializer(serializers.Serializer[Any]):
    """A text to keep."""

    body = serializers.CharField(max_length=MAX_LENGTH, allow_blank=True, trim_whitespace=False)
    split = serializers.ChoiceField(
        choices=Split.choices, required=False, help_text="Whether it is to be a thread; without it that stays as it is."
    )
    fence = serializers.IntegerField(
        min_value=0, required=False, help_text=FENCE + " With a stale one the text is kept, and the answer is 409."
    )


class HowSerializer(serializers.Serializer[Any]):
    """How a text is to go out."""

    split = serializers.ChoiceField(
        choices=Split.choices,
        required=False,
        default="",
        help_text="Whether a long text goes out as a thread, cut where sentences end or at lines of `---`.",
    )
    attachments = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        required=False,
        allow_null=True,
        default=None,
        help_text="The ids of what is attached to the draft as you saw it; with others the answer is 409.",
    )
    undescribed = serializers.BooleanField(
        required=False, default=False, help_text="Pictures without a description are meant."
    )


def how_in(checked: dict[str, Any]) -> How:
    """Return how an answer is to go out."""
    ids = checked["attachments"]
    return How(
        split=checked["split"],
        attached=None if ids is None else tuple(ids),
        is_undescribed_meant=checked["undescribed"],
    )


class NewReplySerializer(HowSerializer, FenceSerializer):
    """An answer to send, and what its writer had seen."""

    key = serializers.UUIDField(help_text="Made by you, one for each answer: sent again, it is the same answer.")
    body = serializers.CharField(max_length=MAX_LENGTH)
    mention = serializers.IntegerField(
        min_value=1, help_text="The id of the last mention that is not ours; a newer one stops the answer."
    )
    policy_version = serializers.IntegerField(
        min_value=1, help_text="The id of the version in force as you read it; a newer one stops the answer."
    )
    closes = serializers.BooleanField(default=False, help_text="Close the conversation once the answer is out.")
    emergency = serializers.CharField(
        max_length=MAX_REASON,
        default="",
        allow_blank=True,
        help_text="Why it goes out without the approval that it needs, or against a rule that leaves it to leads; "
        "their right.",
    )


class ClosingSerializer(FenceSerializer):
    """How the conversation ended."""

    outcome = serializers.ChoiceField(choices=CLOSING_CHOICES)


class FindingSerializer(serializers.Serializer[Any]):
    """What somebody found when they looked on the network."""

    verdict = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])


class NewMentionSerializer(serializers.Serializer[Any]):
    """What somebody heard where no channel listens."""

    key = serializers.UUIDField(help_text="Made by you, one for each thing said: sent again, it is the same mention.")
    occasion = serializers.ChoiceField(choices=Occasion.choices, help_text="How it was heard.")
    text = serializers.CharField(max_length=20_000, help_text="What was said.")
    said_at = serializers.DateTimeField(required=False, help_text="Without it: now.")
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Who said it.")
    contact = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="How to reach them; who speaks again is known by it.",
    )
    url = serializers.URLField(max_length=2000, required=False, allow_blank=True, help_text="Where it can be read.")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, help_text="What you add to it.")
