"""The unit of work."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from listening.models import Channel, Mention, Profile
from teams.models import Department, User
from triage.states import OPEN, RUNNING, Disposition, DueFor, Outcome, Priority, Stage, Visibility

# What has no deadline stands behind everything that has one.
NO_DEADLINE = datetime(9999, 12, 31, tzinfo=UTC)
DEADLINE = Coalesce("due_at", Value(NO_DEADLINE))
# The more urgent, the larger.
URGENCY = Value(4) - F("priority")


def _orders(queue: str, condition: Q, *of: str, has_priority: bool = True) -> list[models.Index]:
    """Return the indexes of a queue whose deadlines run for its other orders."""
    orders = {"newest": ["-last_inbound_at", "-id"], "reach": ["-reach", "-id"]}
    if has_priority:
        orders["priority"] = ["priority", "due_at", "id"]
    return [
        models.Index(fields=[*of, *columns], name=f"triage_conv_{queue}_{order}", condition=condition)
        for order, columns in orders.items()
    ]


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Reads that more than one caller needs."""

    def visible_to(self, user: User, *, action: str = "conversation.view") -> "ConversationQuerySet":
        """Keep the conversations on which ``user`` may do ``action``.

        To see, it is enough that the conversation concerns a department of theirs;
        to act, it must lie with a department in which they may. Practice is nobody's work.
        """
        rights = user.rights
        if rights.everywhere(action):
            return self.work()
        departments = rights.departments_for(action)
        if not departments:
            return self.none()
        if action == "conversation.view":
            concern = Concern.objects.filter(conversation=OuterRef("pk"), department__in=departments)
            return self.work().filter(Exists(concern))
        return self.work().filter(department__in=departments)

    def concerning(self, department: int) -> "ConversationQuerySet":
        """Keep what concerns a department, with ``heard_at``: the last that was heard, in the order of an index."""
        return self.work().filter(concerns__department=department).annotate(heard_at=F("concerns__last_inbound_at"))

    def open_to(self, user: User) -> "ConversationQuerySet":
        """Keep what ``user`` may look at: what is visible to them, and what they practise on."""
        return self.visible_to(user) | self.practised_by(user)

    def work(self) -> "ConversationQuerySet":
        """Leave out what somebody practises on."""
        return self.filter(learner=None)

    def practised_by(self, user: User) -> "ConversationQuerySet":
        """Keep what one person practises on."""
        return self.filter(learner=user)


class Conversation(models.Model):
    """The thread of mentions that is decided on and answered as one.

    Stages change only in ``triage.services``; the constraints keep stage, holder,
    department and deadline telling one story whoever writes. ``snippet`` and
    ``author_name`` repeat the latest inbound mention so that a list needs no
    query per row. ``fence`` rises with every change of hands, and when something is
    merged into what is held, or taken out again. With a ``learner`` it is practice:
    seen by that person alone, and counted nowhere.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="conversations", db_index=False)
    profile = models.ForeignKey(Profile, models.PROTECT, related_name="conversations", db_index=False)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.NEW)
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="conversations", db_index=False)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="held_conversations", db_index=False
    )
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="practice", db_index=False
    )
    fence = models.PositiveIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    disposition = models.CharField(max_length=20, choices=Disposition.choices, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    suggestion = models.JSONField(default=dict)
    # What it is about, as it was decided: words that rules suggest and people change.
    tags = models.JSONField(default=list, blank=True, db_default=[])
    # What the rules looked at beside the text, as it was then: see ``triage.services.arriving.facts``.
    facts = models.JSONField(default=dict, db_default={})

    # How many people its author reaches, as it was heard; nobody knows is nobody.
    reach = models.GeneratedField(
        expression=Coalesce(Cast(KeyTextTransform("reach", "facts"), BigIntegerField()), 0),
        output_field=BigIntegerField(),
        db_persist=True,
    )

    author_name = models.CharField(max_length=200)
    snippet = models.CharField(max_length=200)
    language = models.CharField(max_length=8, blank=True)
    sentiment = models.FloatField(null=True)
    # Without the copies, which are folded away and counted apart.
    mention_count = models.PositiveIntegerField(default=0)
    copy_count = models.PositiveIntegerField(db_default=0)

    opened_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField()
    last_outbound_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    # The last act of the holder, and when they were told that they had better do something.
    worked_at = models.DateTimeField(null=True)
    idle_warned_at = models.DateTimeField(null=True)
    first_answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    due_for = models.CharField(max_length=8, choices=DueFor.choices, blank=True)
    # What ``due_at`` is the first of; see ``triage.services.clocks``. Paused clocks have minutes left instead.
    step_due_at = models.DateTimeField(null=True)
    step_left = models.FloatField(null=True)
    resolve_due_at = models.DateTimeField(null=True)
    resolve_left = models.FloatField(null=True)
    # Until when the network takes private answers to what was said last, where it sets an end.
    private_until = models.DateTimeField(null=True)
    # The policy versions under which the clocks run. No foreign keys: every opening would pay for them, and
    # versions that were ever in force stay.
    due_under = models.BigIntegerField(null=True)
    resolve_under = models.BigIntegerField(null=True)
    # Since when nothing is left of what was said and of who said it, and of what was received; and by which rule of
    # retention. Whatever comes to it later takes ``erased_at`` back: then there is something to erase again.
    erased_at = models.DateTimeField(null=True)
    raw_erased_at = models.DateTimeField(null=True)
    erased_by_rule = models.BigIntegerField(null=True)
    # Snoozed: out of the queues until a moment, until so many people are reached, and always until a new message.
    # The clocks run on. Whoever moves it on wakes it (trigger).
    snoozed_at = models.DateTimeField(null=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    snoozed_until = models.DateTimeField(null=True)
    snoozed_reach = models.PositiveBigIntegerField(null=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="triage_conversation_holder_fits_stage",
                condition=Q(stage="claimed", holder__isnull=False)
                | Q(stage="waiting")
                | Q(stage__in=["new", "assigned", "closed"], holder__isnull=True),
            ),
            models.CheckConstraint(
                name="triage_conversation_department_fits_stage",
                condition=Q(stage="new", department__isnull=True)
                | Q(stage__in=["assigned", "claimed", "waiting"], department__isnull=False)
                | Q(stage="closed"),
            ),
            models.CheckConstraint(
                name="triage_conversation_offer_fits_stage",
                condition=Q(stage="assigned") | Q(offered_to__isnull=True),
            ),
            models.CheckConstraint(
                name="triage_conversation_deadline_fits_stage",
                condition=Q(stage__in=RUNNING, due_at__isnull=False) & ~Q(due_for="")
                | Q(stage__in=["waiting", "closed"], due_at__isnull=True, due_for=""),
            ),
            models.CheckConstraint(
                name="triage_conversation_outcome_fits_stage",
                condition=Q(stage="closed", closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(stage="closed") & Q(closed_at__isnull=True, outcome=""),
            ),
            models.CheckConstraint(
                name="triage_conversation_erased_is_over",
                condition=Q(erased_at=None) | Q(stage="closed", author_name="", snippet=""),
            ),
            models.CheckConstraint(
                name="triage_conversation_snooze_fits_stage",
                condition=Q(snoozed_at=None, snoozed_by=None, snoozed_until=None, snoozed_reach=None)
                | Q(snoozed_at__isnull=False, snoozed_by__isnull=False, stage__in=OPEN),
            ),
            models.CheckConstraint(name="triage_conversation_priority_range", condition=Q(priority__range=(1, 4))),
        ]
        indexes = [
            # One index per queue: each list is a range scan of exactly what it shows.
            models.Index(fields=["due_at", "id"], name="triage_conv_to_decide", condition=Q(stage="new")),
            models.Index(
                fields=["channel", "due_at", "id"], name="triage_conv_decide_channel", condition=Q(stage="new")
            ),
            models.Index(
                fields=["department", "due_at", "id"],
                name="triage_conv_department",
                condition=Q(stage__in=["assigned", "claimed"]),
            ),
            models.Index(fields=["due_at", "id"], name="triage_conv_running", condition=Q(stage__in=RUNNING)),
            models.Index(
                fields=["due_at", "id"], name="triage_conv_urgent", condition=Q(priority=1, stage__in=RUNNING)
            ),
            # The orders a reader may choose instead; see ``triage.lists.sorting``. Each has an index of exactly the
            # queue: one that also holds others would be walked through all of those first.
            *_orders("to_decide", Q(stage="new")),
            *_orders("urgent", Q(priority=1, stage__in=RUNNING), has_priority=False),
            *_orders("dept", Q(stage__in=["assigned", "claimed"]), "department"),
            models.Index(
                URGENCY.desc(),
                F("last_inbound_at").desc(),
                F("id").desc(),
                name="triage_conv_waiting_priority",
                condition=Q(stage="waiting"),
            ),
            models.Index(fields=["-reach", "-id"], name="triage_conv_waiting_reach", condition=Q(stage="waiting")),
            models.Index(fields=["-reach", "-id"], name="triage_conv_reach"),
            models.Index(URGENCY.desc(), F("last_inbound_at").desc(), F("id").desc(), name="triage_conv_priority"),
            models.Index(DEADLINE, "id", name="triage_conv_deadline"),
            # Steps behind a time to resolve that ends before them, for the rules of escalation.
            models.Index(fields=["step_due_at", "id"], name="triage_conv_step_due", condition=Q(due_for="resolve")),
            models.Index(fields=["holder", "due_at", "id"], name="triage_conv_held", condition=Q(holder__isnull=False)),
            models.Index(
                fields=["offered_to", "due_at", "id"],
                name="triage_conv_offered",
                condition=Q(offered_to__isnull=False),
            ),
            models.Index(fields=["-last_inbound_at", "-id"], name="triage_conv_waiting", condition=Q(stage="waiting")),
            models.Index(fields=["-closed_at", "-id"], name="triage_conv_closed", condition=Q(stage="closed")),
            # For those who see what their departments have to do with alone.
            models.Index(
                fields=["department", "-last_inbound_at", "-id"],
                name="triage_conv_dept_waiting",
                condition=Q(stage="waiting"),
            ),
            models.Index(
                fields=["department", "-closed_at", "-id"], name="triage_conv_dept_closed", condition=Q(stage="closed")
            ),
            models.Index(
                fields=["department", "-last_inbound_at", "-id"],
                name="triage_conv_dept_snoozed",
                condition=Q(snoozed_at__isnull=False),
            ),
            models.Index(fields=["-last_inbound_at", "-id"], name="triage_conv_everything"),
            # What the eraser walks through.
            models.Index(
                fields=["closed_at", "id"], name="triage_conv_to_erase", condition=Q(stage="closed", erased_at=None)
            ),
            models.Index(
                fields=["closed_at", "id"],
                name="triage_conv_raw_to_erase",
                condition=Q(stage="closed", raw_erased_at=None),
            ),
            models.Index(
                fields=["-last_inbound_at", "-id"],
                name="triage_conv_snoozed",
                condition=Q(snoozed_at__isnull=False),
            ),
            # What the sweep wakes.
            models.Index(
                fields=["snoozed_until", "id"],
                name="triage_conv_wakes_at",
                condition=Q(snoozed_until__isnull=False),
            ),
            models.Index(fields=["id"], name="triage_conv_wakes_by_reach", condition=Q(snoozed_reach__isnull=False)),
            # The latest of a person, however many there are.
            models.Index(fields=["profile", "-id"], name="triage_conv_profile"),
            models.Index(
                fields=["learner", "-last_inbound_at", "-id"],
                name="triage_conv_practice",
                condition=Q(learner__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.snippet[:40]}"

    @property
    def is_open(self) -> bool:
        """Whether anything may still happen without a reopening."""
        return self.stage in OPEN

    def merged_into(self) -> int | None:
        """Return the conversation in which its thread goes on, if it was merged."""
        if self.outcome != Outcome.MERGED:
            return None
        merged = self.events.filter(kind="merged", data__has_key="into").order_by("-pk")
        found: int | None = merged.values_list("data__into", flat=True).first()
        return found


class ThreadEntry(models.Model):
    """The place of one mention: in exactly one conversation. A copy of what was said there is folded away."""

    mention = models.OneToOneField(Mention, models.PROTECT, primary_key=True, related_name="entry")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="entries", db_index=False)
    is_copy = models.BooleanField(db_default=False)

    class Meta:
        verbose_name_plural = "thread entries"
        # The end of a thread of any length is a few rows of this.
        indexes = [models.Index(fields=["conversation", "-mention"], name="triage_threadentry_latest")]

    def __str__(self) -> str:
        return f"{self.mention_id} in {self.conversation_id}"


class Concern(models.Model):
    """That a conversation concerns a department, whose members may therefore see it.

    Written when the department's words are heard, when one of its people wrote down
    what they heard, when it is handed the conversation, when a note asks it and when a rule
    tells it that nobody acts; never taken back, since what was seen was seen.
    """

    class Because(models.TextChoices):
        """What made it concern the department."""

        HEARD = "heard"
        DECIDED = "decided"
        WRITTEN = "written"
        ASKED = "asked"
        TOLD = "told"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="concerns", db_index=False)
    department = models.ForeignKey(Department, models.CASCADE, related_name="concerns", db_index=False)
    because = models.CharField(max_length=8, choices=Because.choices)
    # That of the conversation, which the database keeps here as well (triggers): what concerns a department is
    # then read newest first, however much or little it is.
    last_inbound_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "department"], name="triage_concern_once")]
        indexes = [
            models.Index(fields=["department", "-last_inbound_at", "-conversation"], name="triage_concern_newest")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} concerns {self.department_id}"
