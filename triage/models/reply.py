"""What we answer."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from listening.models import Mention
from policies.models import PolicyVersion
from socialhub.lib.stemming import in_every_language
from socialhub.lib.told import Told, read
from triage.models.approval import Approval
from triage.models.conversation import Conversation
from triage.states import Failure, ReplyKind, ReplyState, Split, Visibility


class Draft(models.Model):
    """What one person is writing to one conversation; stays when the claim is lost."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    body = models.TextField(blank=True)
    split = models.CharField(max_length=8, choices=Split.choices, blank=True)
    saved_at = models.DateTimeField()
    # When this text was begun, when a version of it was kept last, and the page on which it was typed last.
    begun_at = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(null=True)
    page = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "author"], name="triage_draft_once")]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.conversation_id}"


class DraftVersion(models.Model):
    """What a draft said before it said something else; ``saved_at`` is when it last said so."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="versions")
    body = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["draft", "-saved_at"], name="triage_draftversion_newest")]

    def __str__(self) -> str:
        return f"{self.draft_id} at {self.saved_at}"


class Reply(models.Model):
    """An answer on its way out: the outbox row, and the truth about whether it went.

    ``key`` goes to the network where it takes one, so that a second try is not a
    second answer. ``claimed_at`` is the fence of the worker that is sending, ``fence``
    that of the conversation: the pen under which a person sent it last, at ``queued_at``.

    What is out is never written over: a correction, or a removal with its ``reason``, is a
    row of its own on its own way out, which names the ``original`` that it changes.
    """

    kind = models.CharField(max_length=10, choices=ReplyKind.choices, default=ReplyKind.ANSWER)
    original = models.ForeignKey("self", models.PROTECT, null=True, related_name="changes")
    reason = models.TextField(blank=True)

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="replies")
    body = models.TextField()
    # Where it goes out as several posts, those are rows of their own: ``parts``.
    split = models.CharField(max_length=8, choices=Split.choices, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    answers = models.ForeignKey(Mention, models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    approval = models.ForeignKey(Approval, models.PROTECT, null=True, related_name="replies")
    # Why it went out without the approval that it needed.
    emergency = models.TextField(blank=True)
    closes = models.BooleanField(default=False)
    fence = models.PositiveIntegerField()
    key = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=ReplyState.choices, default=ReplyState.QUEUED)
    queued_at = models.DateTimeField()
    not_before_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    # A text of the catalogues, and the words in it: see ``problem``.
    error = models.TextField(blank=True)
    error_words = models.JSONField(default=dict, db_default={})
    # How the last attempt ended, and how many of them the network did not answer.
    failure = models.CharField(max_length=13, choices=Failure.choices, blank=True)
    quick_failures = models.PositiveSmallIntegerField(default=0)
    mention = models.OneToOneField(Mention, models.PROTECT, null=True, related_name="reply")

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state__in=["queued", "sending", "uncertain"]),
                name="triage_reply_one_in_flight",
            ),
            models.CheckConstraint(
                name="triage_reply_sent_is_on_network",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            ),
            models.CheckConstraint(
                name="triage_reply_change_has_original",
                condition=Q(kind="answer", original=None)
                | ~Q(kind="answer") & Q(original__isnull=False, mention=None, closes=False),
            ),
            models.CheckConstraint(
                name="triage_reply_removal_has_reason",
                condition=Q(kind="removal", body="") & ~Q(reason="") | ~Q(kind="removal") & Q(reason=""),
            ),
            models.UniqueConstraint(
                fields=["original"],
                condition=Q(state__in=["queued", "sending", "uncertain"], original__isnull=False),
                name="triage_reply_one_change_in_flight",
            ),
            models.UniqueConstraint(
                fields=["original"], condition=Q(kind="removal", state="sent"), name="triage_reply_removed_once"
            ),
        ]
        indexes = [
            # Of what is out the message itself is found.
            GinIndex(in_every_language("body"), name="triage_reply_search", condition=Q(mention=None)),
            models.Index(fields=["not_before_at", "id"], name="triage_reply_to_send", condition=Q(state="queued")),
            models.Index(fields=["claimed_at", "id"], name="triage_reply_sending", condition=Q(state="sending")),
            models.Index(
                fields=["-queued_at", "-id"],
                name="triage_reply_troubled",
                condition=Q(state__in=["failed", "uncertain"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} on {self.conversation_id}"

    @property
    def problem(self) -> Told:
        """Why it is not out, for each reader in their language."""
        return read({"text": self.error, "words": self.error_words})


class ReplyPart(models.Model):
    """One post of an answer that goes out as several, each below the one before.

    ``text`` is what goes out. Once it is out, ``sent_at`` says when and ``external_id`` where,
    unless a person found it there; the next one goes only then.
    """

    reply = models.ForeignKey(Reply, models.PROTECT, related_name="parts")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    sent_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=500, blank=True)
    raw = models.JSONField(default=dict)
    mention = models.OneToOneField(Mention, models.PROTECT, null=True, related_name="reply_part")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reply", "position"], name="triage_replypart_position_once"),
            models.CheckConstraint(
                name="triage_replypart_known_is_sent", condition=Q(external_id="") | Q(sent_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"part {self.position} of {self.reply_id}"
