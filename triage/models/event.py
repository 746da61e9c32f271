"""The append-only record."""

from django.conf import settings
from django.db import models
from django.db.models import Func

from triage.models.conversation import Conversation


class CurrentTransaction(Func):
    """The number of the transaction that writes, for readers that must not miss a late commit."""

    function = "pg_current_xact_id"
    template = "(%(function)s()::text::bigint)"
    output_field = models.BigIntegerField()


class Event(models.Model):
    """One thing that was decided or done, written in the transaction that did it.

    Append-only by a trigger. ``data`` holds numbers and codes, and ids of people
    rather than their names, so that erasing somebody leaves the record true.
    ``transaction`` lets a reader take rows in an order in which none turns up late.
    """

    class Kind(models.TextChoices):
        """What happened."""

        OPENED = "opened"
        WRITTEN_DOWN = "written_down"
        HEARD = "heard"
        COPIED = "copied"
        SPLIT = "split"
        EDITED = "edited"
        DELETED = "deleted"
        BOUNCED = "bounced"
        DECIDED = "decided"
        DECISION_REVERSED = "decision_reversed"
        DECISION_UNDONE = "decision_undone"
        TAGGED = "tagged"
        CLAIMED = "claimed"
        RELEASED = "released"
        OFFERED = "offered"
        HAND_OVER_ASKED = "hand_over_asked"
        HANDED_OVER = "handed_over"
        HAND_OVER_DECLINED = "hand_over_declined"
        HAND_OVER_WITHDRAWN = "hand_over_withdrawn"
        TAKEN_OVER = "taken_over"
        CLAIM_WARNED = "claim_warned"
        CLAIM_RETURNED = "claim_returned"
        NOTE = "note"
        APPROVAL_ASKED = "approval_asked"
        APPROVAL_GIVEN = "approval_given"
        APPROVAL_EDITED = "approval_edited"
        APPROVAL_REJECTED = "approval_rejected"
        APPROVAL_WITHDRAWN = "approval_withdrawn"
        APPROVAL_EXPIRED = "approval_expired"
        APPROVAL_SKIPPED = "approval_skipped"
        CONDUCT_SKIPPED = "conduct_skipped"
        REPLY_QUEUED = "reply_queued"
        PART_SENT = "part_sent"
        REPLY_SENT = "reply_sent"
        REPLY_FAILED = "reply_failed"
        REPLY_UNCERTAIN = "reply_uncertain"
        REPLY_SETTLED = "reply_settled"
        REPLY_WITHDRAWN = "reply_withdrawn"
        CHANGE_QUEUED = "change_queued"
        CHANGE_FAILED = "change_failed"
        CHANGE_UNCERTAIN = "change_uncertain"
        CHANGE_SETTLED = "change_settled"
        CHANGE_WITHDRAWN = "change_withdrawn"
        REPLY_CORRECTED = "reply_corrected"
        REPLY_REMOVED = "reply_removed"
        WAITING = "waiting"
        WAITING_UNDONE = "waiting_undone"
        CLOSED = "closed"
        REOPENED = "reopened"
        MERGED = "merged"
        MERGE_UNDONE = "merge_undone"
        INCIDENT_JOINED = "incident_joined"
        INCIDENT_LEFT = "incident_left"
        SNOOZED = "snoozed"
        WOKEN = "woken"
        ESCALATED = "escalated"
        TAKEAWAY = "takeaway"
        PERSON_JOINED = "person_joined"
        PERSON_SEPARATED = "person_separated"
        HELD = "held"
        HOLD_LIFTED = "hold_lifted"
        ERASED = "erased"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    transaction = models.BigIntegerField(db_default=CurrentTransaction())

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "id"], name="triage_event_history"),
            models.Index(fields=["transaction", "id"], name="triage_event_read_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.conversation_id}"
