"""What was said, and by whom."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from listening.models.channel import Channel
from listening.models.person import Person
from socialhub.lib.stemming import in_language, of_names


class Profile(models.Model):
    """An account that spoke on a channel."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="profiles")
    external_id = models.CharField(max_length=500)
    name = models.CharField(max_length=200, blank=True)
    handle = models.CharField(max_length=200, blank=True)
    url = models.TextField(blank=True)
    reach = models.PositiveIntegerField(null=True)
    is_ours = models.BooleanField(default=False)
    # Since when nobody can tell who it was: everything that it said is erased.
    erased_at = models.DateTimeField(null=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="profiles")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="listening_profile_once")]
        indexes = [GinIndex(of_names("name", "handle"), name="listening_profile_search")]

    def __str__(self) -> str:
        return self.name or self.handle or self.external_id


class Mention(models.Model):
    """One post, comment, review, article or mail that was heard; never deleted by its author's deleting it."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="mentions")
    external_id = models.CharField(max_length=500)
    profile = models.ForeignKey(Profile, models.PROTECT, related_name="mentions", db_index=True)
    is_ours = models.BooleanField(default=False)
    text = models.TextField()
    language = models.CharField(max_length=8, blank=True)
    # From -1 to 1; empty where we have no method for the language.
    sentiment = models.FloatField(null=True)
    url = models.TextField(blank=True)
    in_reply_to = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    raw = models.JSONField(default=dict)
    edited_at = models.DateTimeField(null=True)
    # Its author took it back; what it said stays.
    deleted_at = models.DateTimeField(null=True)
    # Said where only we can read it.
    is_private = models.BooleanField(db_default=False)
    # Sent by a machine: it joins a thread and never opens one.
    is_automatic = models.BooleanField(db_default=False)
    # The external id of what it passes on or copies.
    repeats = models.CharField(max_length=500, db_default="")
    # Since when it says nothing any more, by the rules of retention; what it is known by stays.
    erased_at = models.DateTimeField(null=True)
    # By what copies of it are known; empty for what is itself a copy, short, private or an answer.
    copy_key = models.BigIntegerField(null=True)
    search = models.GeneratedField(
        expression=in_language("text", "language"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="listening_mention_once"),
            models.CheckConstraint(
                name="listening_mention_erased_is_empty",
                condition=Q(erased_at=None) | Q(text="", url="", copy_key=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "in_reply_to"], name="listening_mention_answers", condition=~Q(in_reply_to="")
            ),
            models.Index(fields=["channel", "repeats"], name="listening_mention_repeats", condition=~Q(repeats="")),
            models.Index(
                fields=["copy_key", "id"], name="listening_mention_copies", condition=Q(copy_key__isnull=False)
            ),
            GinIndex(fields=["search"], name="listening_mention_search"),
            # A search for a common word begins with what was said last.
            models.Index(fields=["-published_at", "-id"], name="listening_mention_newest"),
        ]

    def __str__(self) -> str:
        return self.external_id


class WaitingMention(models.Model):
    """That nobody has made a mention part of a conversation yet: how work travels up without an import.

    A row of its own, so that taking in does not rewrite the mention and its search index.
    """

    mention = models.OneToOneField(Mention, models.CASCADE, primary_key=True, related_name="waiting")

    def __str__(self) -> str:
        return str(self.mention_id)


class MentionChange(models.Model):
    """That an author edited or deleted a mention after we had it, until the conversation's record says so."""

    class Kind(models.TextChoices):
        """What the author did."""

        EDITED = "edited"
        DELETED = "deleted"

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.mention_id} {self.kind}"


class MentionVersion(models.Model):
    """What a mention said before its author edited it: the evidence trail."""

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="versions")
    text = models.TextField()
    raw = models.JSONField(default=dict)
    replaced_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.mention_id} until {self.replaced_at}"
