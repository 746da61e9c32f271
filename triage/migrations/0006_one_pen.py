import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0007_web_subscriptions"),
        ("policies", "0003_idle_claims"),
        ("teams", "0005_leads_and_offering"),
        ("triage", "0005_written_down"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="idle_warned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="worked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="approval",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="reply",
            name="emergency",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("written_down", "Written Down"),
                    ("heard", "Heard"),
                    ("copied", "Copied"),
                    ("split", "Split"),
                    ("edited", "Edited"),
                    ("deleted", "Deleted"),
                    ("bounced", "Bounced"),
                    ("decided", "Decided"),
                    ("claimed", "Claimed"),
                    ("released", "Released"),
                    ("offered", "Offered"),
                    ("hand_over_asked", "Hand Over Asked"),
                    ("handed_over", "Handed Over"),
                    ("hand_over_declined", "Hand Over Declined"),
                    ("hand_over_withdrawn", "Hand Over Withdrawn"),
                    ("taken_over", "Taken Over"),
                    ("claim_warned", "Claim Warned"),
                    ("claim_returned", "Claim Returned"),
                    ("note", "Note"),
                    ("approval_asked", "Approval Asked"),
                    ("approval_given", "Approval Given"),
                    ("approval_edited", "Approval Edited"),
                    ("approval_rejected", "Approval Rejected"),
                    ("approval_withdrawn", "Approval Withdrawn"),
                    ("approval_expired", "Approval Expired"),
                    ("approval_skipped", "Approval Skipped"),
                    ("reply_queued", "Reply Queued"),
                    ("reply_sent", "Reply Sent"),
                    ("reply_failed", "Reply Failed"),
                    ("reply_uncertain", "Reply Uncertain"),
                    ("reply_settled", "Reply Settled"),
                    ("reply_withdrawn", "Reply Withdrawn"),
                    ("waiting", "Waiting"),
                    ("closed", "Closed"),
                    ("reopened", "Reopened"),
                    ("merged", "Merged"),
                    ("takeaway", "Takeaway"),
                    ("person_joined", "Person Joined"),
                    ("person_separated", "Person Separated"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("fence", models.PositiveIntegerField()),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("any", "One of them"),
                            ("all", "All of them"),
                            ("in_order", "All of them, one after the other"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waiting for approval"),
                            ("approved", "Approved"),
                            ("edited", "Approved with another text"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                            ("used", "Sent"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "answers",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="listening.mention"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals_asked",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="approvals", to="triage.conversation"
                    ),
                ),
                (
                    "policy_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="policies.policyversion"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="reply",
            name="approval",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="reply", to="triage.approval"
            ),
        ),
        migrations.CreateModel(
            name="ApprovalStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("administrator", "Administrator"),
                            ("policy_editor", "Policy editor"),
                            ("manager", "Manager"),
                            ("triage_owner", "Triage owner"),
                            ("lead", "Lead"),
                            ("responder", "Responder"),
                            ("listener", "Listener"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("approved", "Approved"),
                            ("edited", "Approved with another text"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "approval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="triage.approval"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval_steps",
                        to="teams.department",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval_steps",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DraftVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField()),
                ("saved_at", models.DateTimeField()),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="triage.draft"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.TextField(blank=True)),
                ("fence", models.PositiveIntegerField()),
                ("asked_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("void", "Overtaken by something else"),
                        ],
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hand_overs", to="triage.conversation"
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hand_overs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField()),
                ("written_at", models.DateTimeField()),
                (
                    "answers",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answered_by",
                        to="triage.note",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="triage.conversation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoteAsk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="note_asks",
                        to="teams.department",
                    ),
                ),
                (
                    "note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="asks", to="triage.note"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="note_asks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("body", models.TextField(verbose_name="text")),
                ("clause_key", models.UUIDField(blank=True, null=True)),
                ("language", models.CharField(blank=True, max_length=8, verbose_name="language")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="to be reviewed on")),
                ("is_retired", models.BooleanField(default=False)),
                ("use_count", models.PositiveIntegerField(default=0)),
                ("used_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("flagged_at", models.DateTimeField(null=True)),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector("title", "body", config="simple"),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_answers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SendingStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("stopped_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sending_stops",
                        to="listening.channel",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sending_stops",
                        to="teams.department",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stopped_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sending_stops",
                        to="listening.stream",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("state", "asked")), fields=["expires_at"], name="triage_approval_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "approved", "edited"])),
                fields=("conversation",),
                name="triage_approval_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.UniqueConstraint(
                fields=("approval", "position"), name="triage_approvalstep_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("department", None), ("person__isnull", False), ("role", "")),
                    models.Q(("department__isnull", False), ("person", None), ("role", "")),
                    models.Q(("department", None), ("person", None), models.Q(("role", ""), _negated=True)),
                    _connector="OR",
                ),
                name="triage_approvalstep_one_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("decided_by", models.F("author")), _negated=True), _connector="OR"
                ),
                name="triage_approvalstep_never_by_its_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("verdict", "")),
                    models.Q(
                        models.Q(("verdict", ""), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="triage_approvalstep_verdict_has_person",
            ),
        ),
        migrations.AddIndex(
            model_name="draftversion",
            index=models.Index(fields=["draft", "-saved_at"], name="triage_draftversion_newest"),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(condition=models.Q(("answer", "")), fields=["taker"], name="triage_handover_asked"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answer", "")), fields=("conversation",), name="triage_handover_open_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("taker", models.F("giver")), _negated=True), name="triage_handover_to_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None)),
                    models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="triage_handover_answer_has_time",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["conversation", "id"], name="triage_note_thread"),
        ),
        migrations.AddIndex(
            model_name="noteask",
            index=models.Index(
                condition=models.Q(("answered_at", None)), fields=["person"], name="triage_noteask_of_person"
            ),
        ),
        migrations.AddIndex(
            model_name="noteask",
            index=models.Index(
                condition=models.Q(("answered_at", None)), fields=["department"], name="triage_noteask_of_department"
            ),
        ),
        migrations.AddConstraint(
            model_name="noteask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("department", None), ("person__isnull", False)),
                    models.Q(("department__isnull", False), ("person", None)),
                    _connector="OR",
                ),
                name="triage_noteask_one_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="noteask",
            constraint=models.UniqueConstraint(fields=("note", "person"), name="triage_noteask_person_once"),
        ),
        migrations.AddConstraint(
            model_name="noteask",
            constraint=models.UniqueConstraint(fields=("note", "department"), name="triage_noteask_department_once"),
        ),
        migrations.AddIndex(
            model_name="savedanswer",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="triage_savedanswer_search"),
        ),
        migrations.AddConstraint(
            model_name="savedanswer",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("title"), name="triage_savedanswer_title_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sendingstop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("department", None), ("stream", None)),
                    models.Q(("channel", None), ("department", None)),
                    models.Q(("channel", None), ("stream", None)),
                    _connector="OR",
                ),
                name="triage_sendingstop_one_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="sendingstop",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("channel", "stream", "department"),
                name="triage_sendingstop_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="sendingstop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at", None), ("lifted_by", None)),
                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                    _connector="OR",
                ),
                name="triage_sendingstop_lifted_by_somebody",
            ),
        ),
    ]
