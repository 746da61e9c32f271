import django.db.models.deletion
import triage.models.event
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("listening", "0001_initial"),
        ("policies", "0001_initial"),
        ("teams", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QueueCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(max_length=10)),
                ("department_id", models.BigIntegerField(null=True)),
                ("channel_id", models.BigIntegerField()),
                ("priority", models.PositiveSmallIntegerField()),
                ("n", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("new", "Needs a decision"),
                            ("assigned", "In a department's queue"),
                            ("claimed", "Claimed"),
                            ("waiting", "Waiting for the customer"),
                            ("closed", "Closed"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("fence", models.PositiveIntegerField(default=0)),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Urgent"), (2, "High"), (3, "Normal"), (4, "Low")], default=3
                    ),
                ),
                (
                    "disposition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_response", "Do not respond"),
                            ("customer_service", "Respond as customer service"),
                            ("public_response", "Respond publicly"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        blank=True, choices=[("public", "In public"), ("private", "In private")], max_length=8
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resolved", "Solved"),
                            ("informed", "Informed"),
                            ("thanked", "Thanked"),
                            ("referred", "Referred elsewhere"),
                            ("no_answer", "Deliberately not answered"),
                            ("elsewhere", "Answered outside this portal"),
                            ("expired", "Never handled"),
                            ("merged", "Joined to another conversation"),
                        ],
                        max_length=12,
                    ),
                ),
                ("suggestion", models.JSONField(default=dict)),
                ("author_name", models.CharField(max_length=200)),
                ("snippet", models.CharField(max_length=200)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("sentiment", models.FloatField(null=True)),
                ("mention_count", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("last_inbound_at", models.DateTimeField()),
                ("last_outbound_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("first_answered_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "due_for",
                    models.CharField(
                        blank=True,
                        choices=[("decide", "Decide"), ("claim", "Claim"), ("answer", "Answer")],
                        max_length=8,
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to="listening.channel",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to="teams.department",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_conversations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "offered_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to="listening.profile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Concern",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("because", models.CharField(choices=[("heard", "Heard"), ("decided", "Decided")], max_length=8)),
                (
                    "department",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="concerns",
                        to="teams.department",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="concerns",
                        to="triage.conversation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "disposition",
                    models.CharField(
                        choices=[
                            ("no_response", "Do not respond"),
                            ("customer_service", "Respond as customer service"),
                            ("public_response", "Respond publicly"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("off_topic", "Not about us"),
                            ("spam", "Spam or a bot"),
                            ("trolling", "Trolling"),
                            ("rant", "A rant that an answer would feed"),
                            ("no_value_added", "An answer would add nothing"),
                            ("community_answers", "The community answers better"),
                            ("duplicate", "Answered elsewhere"),
                            ("other", "Another reason"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(choices=[(1, "Urgent"), (2, "High"), (3, "Normal"), (4, "Low")]),
                ),
                (
                    "visibility",
                    models.CharField(
                        blank=True, choices=[("public", "In public"), ("private", "In private")], max_length=8
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("follows_suggestion", models.BooleanField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "clause",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="policies.clause",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="triage.conversation"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="teams.department",
                    ),
                ),
                (
                    "offered_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "policy_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="policies.policyversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField(blank=True)),
                ("saved_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="triage.conversation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "Opened"),
                            ("heard", "Heard"),
                            ("decided", "Decided"),
                            ("claimed", "Claimed"),
                            ("released", "Released"),
                            ("reply_queued", "Reply Queued"),
                            ("reply_sent", "Reply Sent"),
                            ("reply_failed", "Reply Failed"),
                            ("reply_uncertain", "Reply Uncertain"),
                            ("reply_settled", "Reply Settled"),
                            ("waiting", "Waiting"),
                            ("closed", "Closed"),
                            ("reopened", "Reopened"),
                            ("merged", "Merged"),
                            ("takeaway", "Takeaway"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("data", models.JSONField(default=dict)),
                ("transaction", models.BigIntegerField(db_default=triage.models.event.CurrentTransaction())),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="triage.conversation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField()),
                (
                    "visibility",
                    models.CharField(choices=[("public", "In public"), ("private", "In private")], max_length=8),
                ),
                ("closes", models.BooleanField(default=False)),
                ("key", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("uncertain", "Uncertain"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("queued_at", models.DateTimeField()),
                ("not_before_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("attempt_count", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                (
                    "answers",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="listening.mention"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="triage.conversation"
                    ),
                ),
                (
                    "mention",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reply",
                        to="listening.mention",
                    ),
                ),
                (
                    "policy_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="policies.policyversion"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "replies",
            },
        ),
        migrations.CreateModel(
            name="ThreadEntry",
            fields=[
                (
                    "mention",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="entry",
                        serialize=False,
                        to="listening.mention",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="triage.conversation"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "thread entries",
            },
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("stage", "new")), fields=["due_at", "id"], name="triage_conv_to_decide"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("stage", "new")),
                fields=["channel", "due_at", "id"],
                name="triage_conv_decide_channel",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("stage__in", ["assigned", "claimed"])),
                fields=["department", "due_at", "id"],
                name="triage_conv_department",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("stage__in", ("new", "assigned", "claimed"))),
                fields=["due_at", "id"],
                name="triage_conv_running",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("priority", 1), ("stage__in", ("new", "assigned", "claimed"))),
                fields=["due_at", "id"],
                name="triage_conv_urgent",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("holder__isnull", False)),
                fields=["holder", "due_at", "id"],
                name="triage_conv_held",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("offered_to__isnull", False)),
                fields=["offered_to", "due_at", "id"],
                name="triage_conv_offered",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("stage", "waiting")), fields=["-last_inbound_at", "-id"], name="triage_conv_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("stage", "closed")), fields=["-closed_at", "-id"], name="triage_conv_closed"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["-last_inbound_at", "-id"], name="triage_conv_everything"),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("holder__isnull", False), ("stage", "claimed")),
                    ("stage", "waiting"),
                    models.Q(("holder__isnull", True), ("stage__in", ["new", "assigned", "closed"])),
                    _connector="OR",
                ),
                name="triage_conversation_holder_fits_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("department__isnull", True), ("stage", "new")),
                    models.Q(("department__isnull", False), ("stage__in", ["assigned", "claimed", "waiting"])),
                    ("stage", "closed"),
                    _connector="OR",
                ),
                name="triage_conversation_department_fits_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage", "assigned"), ("offered_to__isnull", True), _connector="OR"),
                name="triage_conversation_offer_fits_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False),
                        ("stage__in", ("new", "assigned", "claimed")),
                        models.Q(("due_for", ""), _negated=True),
                    ),
                    models.Q(("due_at__isnull", True), ("due_for", ""), ("stage__in", ["waiting", "closed"])),
                    _connector="OR",
                ),
                name="triage_conversation_deadline_fits_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False), ("stage", "closed"), models.Q(("outcome", ""), _negated=True)
                    ),
                    models.Q(
                        models.Q(("stage", "closed"), _negated=True), ("closed_at__isnull", True), ("outcome", "")
                    ),
                    _connector="OR",
                ),
                name="triage_conversation_outcome_fits_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("priority__range", (1, 4))), name="triage_conversation_priority_range"
            ),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(fields=["department", "-conversation"], name="triage_concern_stream"),
        ),
        migrations.AddConstraint(
            model_name="concern",
            constraint=models.UniqueConstraint(fields=("conversation", "department"), name="triage_concern_once"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("department__isnull", True),
                        ("disposition", "no_response"),
                        ("offered_to__isnull", True),
                        ("visibility", ""),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    models.Q(
                        ("department__isnull", False),
                        ("disposition__in", ["customer_service", "public_response"]),
                        ("reason", ""),
                        models.Q(("visibility", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="triage_decision_answer_has_department",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(fields=("conversation", "author"), name="triage_draft_once"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["conversation", "id"], name="triage_event_history"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["transaction", "id"], name="triage_event_read_order"),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(
                condition=models.Q(("state", "queued")), fields=["not_before_at", "id"], name="triage_reply_to_send"
            ),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(
                condition=models.Q(("state", "sending")), fields=["claimed_at", "id"], name="triage_reply_sending"
            ),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "uncertain"])),
                fields=["-queued_at", "-id"],
                name="triage_reply_troubled",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "sending", "uncertain"])),
                fields=("conversation",),
                name="triage_reply_one_in_flight",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                    _connector="OR",
                ),
                name="triage_reply_sent_is_on_network",
            ),
        ),
    ]
