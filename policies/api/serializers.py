"""The policy as programs see it."""

from typing import Any

from rest_framework import serializers

from policies.comparing import Change
from policies.models import Clause, PolicyVersion, Review, Rule, Target
from policies.register import Standing
from teams.api.serializers import DepartmentNameSerializer, PersonSerializer


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """One rule of a clause; `key` stays the same from version to version. `docs/policy.md` says what it may say."""

    condition = serializers.JSONField()
    outcome = serializers.JSONField()

    class Meta:
        model = Rule
        fields = ["id", "key", "kind", "position", "name", "condition", "outcome"]


class ClauseSerializer(serializers.ModelSerializer[Clause]):
    """One numbered clause; `key` stays the same from version to version, `label` is what people call it."""

    rules = RuleSerializer(many=True)

    class Meta:
        model = Clause
        fields = ["id", "key", "number", "label", "level", "title", "body", "may_decide", "is_substantial", "rules"]


class TargetSerializer(serializers.ModelSerializer[Target]):
    """The minutes allowed at one priority: for a disposition, or, where it is empty, for all that have none."""

    class Meta:
        model = Target
        fields = [
            "priority",
            "disposition",
            "decide_minutes",
            "claim_minutes",
            "answer_minutes",
            "resolve_minutes",
            "idle_minutes",
            "hours",
        ]


class AttestationSerializer(serializers.Serializer[Any]):
    """One person in the register of a version."""

    name = serializers.CharField(source="person.name")
    email = serializers.EmailField(source="person.email")
    standing = serializers.ChoiceField(choices=Standing.choices)
    at = serializers.DateTimeField(source="attestation.at", allow_null=True, default=None)
    right_count = serializers.IntegerField(source="attestation.right_count", allow_null=True, default=None)
    question_count = serializers.IntegerField(source="attestation.question_count", allow_null=True, default=None)
    try_count = serializers.IntegerField(source="attestation.try_count", allow_null=True, default=None)


class VersionSerializer(serializers.ModelSerializer[PolicyVersion]):
    """A version of the policy; `id` is what decisions and replies name."""

    class Meta:
        model = PolicyVersion
        fields = [
            "id",
            "number",
            "title",
            "summary",
            "state",
            "scheduled_for",
            "tried_at",
            "in_force_from",
            "in_force_until",
        ]


class GuideAnswerSerializer(serializers.Serializer[Any]):
    """One answer: it leads to the question `to` or to the outcome `then`; `when` the machine gives it by itself."""

    key = serializers.CharField()
    text = serializers.CharField()
    when = serializers.JSONField(allow_null=True, default=None)
    to = serializers.CharField(default="")
    then = serializers.JSONField(allow_null=True, default=None)


class GuideQuestionSerializer(serializers.Serializer[Any]):
    """One question of the guide; `clause` is the key of the clause that it stands on. The first begins."""

    key = serializers.CharField()
    text = serializers.CharField()
    help = serializers.CharField(default="")
    clause = serializers.CharField(default="")
    answers = GuideAnswerSerializer(many=True)


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """Who is asked to review a version, and what they said; `said_at` is null while they wait."""

    reviewer = PersonSerializer()
    department = DepartmentNameSerializer(allow_null=True)

    class Meta:
        model = Review
        fields = ["reviewer", "department", "verdict", "note", "said_at"]


class WholeVersionSerializer(VersionSerializer):
    """A version with its clauses, their rules, the times that it allows, its guide, and its reviews."""

    clauses = ClauseSerializer(many=True)
    targets = TargetSerializer(many=True)
    guide = GuideQuestionSerializer(many=True)
    reviews = ReviewSerializer(many=True, source="current_reviews")

    class Meta(VersionSerializer.Meta):
        fields = [
            *VersionSerializer.Meta.fields,
            "clauses",
            "targets",
            "guide",
            "passes_over_thanks",
            "checked_share",
            "reviews",
        ]


class PieceSerializer(serializers.Serializer[Any]):
    """Some words, or a line, that stayed, came or went."""

    change = serializers.ChoiceField(choices=[(one.value, one.value) for one in Change if one != Change.CHANGED])
    text = serializers.CharField()
    mark = serializers.ChoiceField(
        choices=["strong", "em"], allow_blank=True, help_text="The element in which the text of a clause shows it."
    )


class ClauseChangeSerializer(serializers.Serializer[Any]):
    """What became of one clause; a label is null where the clause is missing."""

    key = serializers.UUIDField()
    change = serializers.ChoiceField(choices=[(one.value, one.value) for one in Change])
    old_label = serializers.CharField(allow_null=True)
    new_label = serializers.CharField(allow_null=True)
    is_substantial = serializers.BooleanField()
    title = PieceSerializer(many=True)
    body = PieceSerializer(many=True)
    rules = PieceSerializer(many=True)


class PartChangeSerializer(serializers.Serializer[Any]):
    """What became of a part beside the clauses, told line by line."""

    name = serializers.CharField()
    lines = PieceSerializer(many=True)


class ComparisonSerializer(serializers.Serializer[Any]):
    """What changes from one version to another, clause by clause."""

    is_empty = serializers.BooleanField()
    title = PieceSerializer(many=True)
    summary = PieceSerializer(many=True)
    clauses = ClauseChangeSerializer(many=True)
    parts = PartChangeSerializer(many=True)
