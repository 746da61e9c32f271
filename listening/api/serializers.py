"""Channels and mentions as programs see them."""

from typing import Any

from rest_framework import serializers

from listening.models import Channel, Gap, Mention, Profile


class ChannelNameSerializer(serializers.ModelSerializer[Channel]):
    """A channel by name."""

    class Meta:
        model = Channel
        fields = ["id", "name", "kind"]


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    """A channel and how it is doing. Its settings stay inside: they can hold secrets."""

    last_error = serializers.CharField(
        source="problem", read_only=True, help_text="Why the last look failed, in the language of the request."
    )

    class Meta:
        model = Channel
        fields = [
            "id",
            "name",
            "kind",
            "our_handles",
            "poll_seconds",
            "is_paused",
            "last_success_at",
            "next_fetch_at",
            "last_error",
            "failure_count",
            "budget_left",
            "budget_of",
            "budget_resets_at",
            "created_at",
        ]


class GapSerializer(serializers.ModelSerializer[Gap]):
    """A time in which a channel was not heard, and why."""

    detail = serializers.CharField(
        source="problem", read_only=True, help_text="What happened, in the language of the request."
    )

    class Meta:
        model = Gap
        fields = ["id", "reason", "detail", "began_at", "ended_at", "is_filled"]
        extra_kwargs = {
            "ended_at": {"help_text": "Null: it is not heard now."},
            "is_filled": {"help_text": "The network told afterwards what was said meanwhile."},
        }


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """An account that spoke."""

    class Meta:
        model = Profile
        fields = ["id", "name", "handle", "url", "reach", "is_ours"]


class MentionSerializer(serializers.ModelSerializer[Mention]):
    """One thing that was said."""

    profile = ProfileSerializer()

    class Meta:
        model = Mention
        fields = [
            "id",
            "channel",
            "external_id",
            "profile",
            "is_ours",
            "text",
            "language",
            "sentiment",
            "url",
            "in_reply_to",
            "published_at",
            "heard_at",
            "edited_at",
            "deleted_at",
            "erased_at",
            "is_private",
            "is_automatic",
            "repeats",
        ]

    def to_representation(self, mention: Mention) -> dict[str, Any]:
        """Name nobody beside a message that is erased."""
        told = super().to_representation(mention)
        if mention.erased_at is not None and not mention.is_ours:
            told["profile"] = {**told["profile"], "name": "", "handle": "", "url": "", "reach": None}
        return told
