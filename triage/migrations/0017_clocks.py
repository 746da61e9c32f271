import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0013_told_of_deadlines"),
        ("triage", "0016_parts_go_out"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="due_under",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="private_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="resolve_due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="resolve_left",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="resolve_under",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="step_due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="step_left",
            field=models.FloatField(null=True),
        ),
        migrations.AlterField(
            model_name="concern",
            name="because",
            field=models.CharField(
                choices=[
                    ("heard", "Heard"),
                    ("decided", "Decided"),
                    ("written", "Written"),
                    ("asked", "Asked"),
                    ("told", "Told"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="due_for",
            field=models.CharField(
                blank=True,
                choices=[("decide", "Decide"), ("claim", "Claim"), ("answer", "Answer"), ("resolve", "Resolve")],
                max_length=8,
            ),
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
                    ("part_sent", "Part Sent"),
                    ("reply_sent", "Reply Sent"),
                    ("reply_failed", "Reply Failed"),
                    ("reply_uncertain", "Reply Uncertain"),
                    ("reply_settled", "Reply Settled"),
                    ("reply_withdrawn", "Reply Withdrawn"),
                    ("change_queued", "Change Queued"),
                    ("change_failed", "Change Failed"),
                    ("change_uncertain", "Change Uncertain"),
                    ("change_settled", "Change Settled"),
                    ("change_withdrawn", "Change Withdrawn"),
                    ("reply_corrected", "Reply Corrected"),
                    ("reply_removed", "Reply Removed"),
                    ("waiting", "Waiting"),
                    ("closed", "Closed"),
                    ("reopened", "Reopened"),
                    ("merged", "Merged"),
                    ("escalated", "Escalated"),
                    ("takeaway", "Takeaway"),
                    ("person_joined", "Person Joined"),
                    ("person_separated", "Person Separated"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="ClockEnd",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("decide", "Decide"),
                            ("claim", "Claim"),
                            ("answer", "Answer"),
                            ("resolve", "Resolve"),
                        ],
                        max_length=8,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField()),
                ("under", models.BigIntegerField(null=True)),
                ("due_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField()),
                ("missed", models.BooleanField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clock_ends", to="triage.conversation"
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="teams.department",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["ended_at", "id"], name="triage_clockend_by_time")],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("decide", "Decide"),
                            ("claim", "Claim"),
                            ("answer", "Answer"),
                            ("resolve", "Resolve"),
                        ],
                        max_length=8,
                        verbose_name="step",
                    ),
                ),
                ("deadline_at", models.DateTimeField()),
                ("rule_key", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="escalations",
                        to="triage.conversation",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="triage.event",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("conversation", "step", "deadline_at", "rule_key"), name="triage_escalation_once"
                    )
                ],
            },
        ),
    ]
