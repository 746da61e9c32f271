"""The policy as programs see it."""

from rest_framework import serializers

from policies.models import Clause, PolicyVersion, Target


class ClauseSerializer(serializers.ModelSerializer[Clause]):
    """One numbered clause; `key` stays the same from version to version."""

    class Meta:
        model = Clause
        fields = ["id", "key", "number", "title", "body"]


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


class VersionSerializer(serializers.ModelSerializer[PolicyVersion]):
    """A version of the policy; `id` is what decisions and replies name."""

    class Meta:
        model = PolicyVersion
        fields = ["id", "number", "title", "summary", "state", "in_force_from", "in_force_until"]


class WholeVersionSerializer(VersionSerializer):
    """A version with its clauses and the times that it allows."""

    clauses = ClauseSerializer(many=True)
    targets = TargetSerializer(many=True)

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "clauses", "targets", "passes_over_thanks"]
