"""One act on many conversations, and what became of each."""

from django.conf import settings
from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from triage.models.conversation import Conversation

# Still at work.
UNDERWAY = ("queued", "running")


class CurrentSnapshot(Func):
    """Which transactions are before a statement's eyes, as text."""

    template = "pg_current_snapshot()::text"
    output_field = models.TextField()


class WasBefore(Func):
    """Whether what a transaction wrote was before the eyes of whom a snapshot was kept."""

    function = "pg_visible_in_snapshot"
    output_field = models.BooleanField()

    def __init__(self, transaction: str, snapshot: str) -> None:
        """Ask of a column with the number of a transaction."""
        number = Func(transaction, template="%(expressions)s::text::xid8")
        super().__init__(number, Func(Value(snapshot), template="%(expressions)s::pg_snapshot"))


class BulkRun(models.Model):
    """What one person does to many conversations; each is an item, fixed with its fence when it was prepared.

    Prepared it is only shown. A person has at most one underway, and at most one prepared
    (constraints). The counts move in the transaction of the item that they count. Kept for some weeks.
    """

    class Act(models.TextChoices):
        """What is done."""

        DECIDE = "decide", _("Decide")
        ASSIGN = "assign", _("Assign")
        TAG = "tag", pgettext_lazy("verb", "Tag")
        CLOSE = "close", pgettext_lazy("conversation", "Close")
        UNDO = "undo", _("Undo")

    class State(models.TextChoices):
        """How far it has come."""

        PREPARED = "prepared", _("Not begun")
        QUEUED = "queued", _("Waiting to begin")
        RUNNING = "running", _("Running")
        CANCELLED = "cancelled", _("Cancelled")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped")

    class Problem(models.TextChoices):
        """Why it stopped by itself."""

        STUMBLED = "stumbled", _("It stopped several times at the same place. The log of the worker says why.")
        NOT_ALLOWED = "not_allowed", _("The person who began it may not do this any more.")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bulk_runs", db_index=False)
    act = models.CharField(max_length=8, choices=Act.choices)
    # What is decided, or which tags, or how it ended: see ``triage.services.bulk.acts``.
    how = models.JSONField(default=dict)
    # The list in which it was chosen, with what narrowed it, and whether all of it is meant.
    sought = models.JSONField(default=dict)
    # The run that is taken back.
    undoes = models.ForeignKey("self", models.CASCADE, null=True, related_name="undone_by")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    problem = models.CharField(max_length=12, choices=Problem.choices, blank=True)
    # What is heard later stops the act on that conversation, and what was underway then and nobody had seen.
    prepared_at = models.DateTimeField()
    prepared_in = models.TextField(db_default=CurrentSnapshot())
    started_at = models.DateTimeField(null=True)
    # The last sign of life, and how often a worker was lost since the last progress.
    moved_at = models.DateTimeField(null=True)
    stumbles = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    # Of a prepared one, how many stand in which way, by code; under no code those with which nothing is wrong.
    foreseen = models.JSONField(default=dict, db_default={})
    matched_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    # The departments (ids) that were told that it hands much over to them.
    told = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=UNDERWAY), name="triage_bulkrun_one_underway"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state="prepared"), name="triage_bulkrun_one_prepared"
            ),
            models.CheckConstraint(
                name="triage_bulkrun_state_has_times",
                condition=Q(state="prepared", started_at=None, finished_at=None)
                | Q(state__in=UNDERWAY, started_at__isnull=False, finished_at=None)
                | Q(state__in=["cancelled", "done", "failed"], started_at__isnull=False, finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="triage_bulkrun_undo_names_what",
                condition=Q(act="undo", undoes__isnull=False) | ~Q(act="undo") & Q(undoes=None),
            ),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="triage_bulkrun_of_person")]

    def __str__(self) -> str:
        return f"{self.act} {self.matched_count} by {self.person_id}"

    @property
    def is_underway(self) -> bool:
        """Whether it is still at work."""
        return self.state in UNDERWAY

    @property
    def left_count(self) -> int:
        """How many have not had their turn."""
        return self.matched_count - self.done_count - self.refused_count


class BulkItem(models.Model):
    """One conversation of a run. ``fence`` is how it was seen, and once it is done how it was left.

    ``code`` says what is foreseen to stand in the way, and of what was refused what stood there.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items", db_index=False)
    # Conversations are never deleted: to ask for each of hundreds of thousands whether it exists proves nothing.
    conversation = models.ForeignKey(
        Conversation, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    fence = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    code = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=300, blank=True)
    # What the act left in the record; none where there was nothing to change.
    event_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "conversation"], name="triage_bulkitem_once"),
            models.CheckConstraint(
                name="triage_bulkitem_refused_says_why",
                condition=Q(state="refused") & ~Q(code="") & ~Q(sentence="") | ~Q(state="refused") & Q(sentence=""),
            ),
        ]
        indexes = [
            models.Index(fields=["run", "conversation"], name="triage_bulkitem_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["run", "code", "conversation"], name="triage_bulkitem_refused", condition=Q(state="refused")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} of {self.run_id}: {self.state}"
