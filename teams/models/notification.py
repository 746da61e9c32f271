"""The notification ledger."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Reads that more than one caller needs."""

    def in_page(self) -> "NotificationQuerySet":
        """Keep what the bell shows, newest first."""
        return self.filter(medium=Notification.Medium.PAGE).order_by("-pk")

    def unread(self) -> "NotificationQuerySet":
        """Keep what was not yet seen."""
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """That one person is to be told of one event by one medium, and how far that has come.

    Written in the transaction of the event. What it says is worked out when it is
    shown, from the kind, the actor and the subject, so that a change of name or an
    erased person shows everywhere at once. ``event_id`` and ``conversation_id``
    belong to a higher app and carry no foreign key. What is about something else
    than a conversation has the ``path`` of the page it leads to instead.
    """

    class Medium(models.TextChoices):
        """How somebody is told."""

        PAGE = "page"
        EMAIL = "email"
        PUSH = "push"

    class State(models.TextChoices):
        """How far the telling has come. A notification in the page is there once it is written."""

        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    class Kind(models.TextChoices):
        """Why somebody is told."""

        QUEUE = "queue"
        GIVEN = "given"
        CUSTOMER_ANSWERED = "customer_answered"
        REPLY_FAILED = "reply_failed"
        NEEDS_DECISION = "needs_decision"
        SENDING_REFUSED = "sending_refused"
        CHANNEL_DEAF = "channel_deaf"
        CHANNEL_HEARD = "channel_heard"
        STREAM_LIMIT = "stream_limit"
        HAND_OVER = "hand_over"
        HAND_OVER_TAKEN = "hand_over_taken"
        HAND_OVER_DECLINED = "hand_over_declined"
        TAKEN_OVER = "taken_over"
        CLAIM_IDLE = "claim_idle"
        MERGED = "merged"
        LOOK_AGAIN = "look_again"
        NOTE_ASKS = "note_asks"
        NOTE_ANSWERS = "note_answers"
        APPROVAL_ASKED = "approval_asked"
        APPROVAL_GIVEN = "approval_given"
        APPROVAL_SENT = "approval_sent"
        APPROVAL_EDITED = "approval_edited"
        APPROVAL_REJECTED = "approval_rejected"
        APPROVAL_EXPIRED = "approval_expired"
        APPROVAL_SKIPPED = "approval_skipped"
        ANSWER_STALE = "answer_stale"
        ANSWER_CHANGED = "answer_changed"
        DEADLINE_NEAR = "deadline_near"
        DEADLINE_MISSED = "deadline_missed"
        POLICY_REVIEW_ASKED = "policy_review_asked"
        POLICY_PULLED_BACK = "policy_pulled_back"
        POLICY_AGREED = "policy_agreed"
        POLICY_APPROVED = "policy_approved"
        POLICY_CHANGES = "policy_changes"
        POLICY_COMMENT = "policy_comment"
        POLICY_IN_FORCE = "policy_in_force"
        POLICY_HELD = "policy_held"
        POLICY_ATTEST = "policy_attest"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    medium = models.CharField(max_length=8, choices=Medium.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    event_id = models.BigIntegerField(null=True)
    conversation_id = models.BigIntegerField(null=True)
    path = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    not_before_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "user", "medium"], name="teams_notification_once"),
            models.CheckConstraint(
                name="teams_notification_leads_somewhere",
                condition=Q(conversation_id__isnull=False, path="") | Q(conversation_id=None) & ~Q(path=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before_at", "id"],
                name="teams_notification_to_send",
                condition=Q(state__in=["queued", "sending"]),
            ),
            # What is told of a conversation is erased with it.
            models.Index(
                fields=["conversation_id"],
                name="teams_notification_about",
                condition=Q(conversation_id__isnull=False),
            ),
            models.Index(fields=["user", "-id"], name="teams_notification_page", condition=Q(medium="page")),
            models.Index(
                fields=["user"], name="teams_notification_unread", condition=Q(medium="page", read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id} by {self.medium}"
