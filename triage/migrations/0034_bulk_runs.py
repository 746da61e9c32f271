"""Acts on many conversations, and changes of tags without a decision."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0033_merging_and_snoozing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    ("decision_reversed", "Decision Reversed"),
                    ("decision_undone", "Decision Undone"),
                    ("tagged", "Tagged"),
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
                    ("conduct_skipped", "Conduct Skipped"),
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
                    ("merge_undone", "Merge Undone"),
                    ("snoozed", "Snoozed"),
                    ("woken", "Woken"),
                    ("escalated", "Escalated"),
                    ("takeaway", "Takeaway"),
                    ("person_joined", "Person Joined"),
                    ("person_separated", "Person Separated"),
                    ("held", "Held"),
                    ("hold_lifted", "Hold Lifted"),
                    ("erased", "Erased"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("decide", "Decide"),
                            ("assign", "Assign"),
                            ("tag", "Tag"),
                            ("close", "Close"),
                            ("undo", "Undo"),
                        ],
                        max_length=8,
                    ),
                ),
                ("how", models.JSONField(default=dict)),
                ("sought", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("prepared", "Not begun"),
                            ("queued", "Waiting to begin"),
                            ("running", "Running"),
                            ("cancelled", "Cancelled"),
                            ("done", "Done"),
                            ("failed", "Stopped"),
                        ],
                        default="prepared",
                        max_length=10,
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("stumbled", "It stopped several times at the same place. The log of the worker says why."),
                            ("not_allowed", "The person who began it may not do this any more."),
                        ],
                        max_length=12,
                    ),
                ),
                ("prepared_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("moved_at", models.DateTimeField(null=True)),
                ("stumbles", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("matched_count", models.PositiveIntegerField(default=0)),
                ("done_count", models.PositiveIntegerField(default=0)),
                ("refused_count", models.PositiveIntegerField(default=0)),
                ("is_told", models.BooleanField(default=False)),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_runs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undone_by",
                        to="triage.bulkrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fence", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("refused", "Refused")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=40)),
                ("sentence", models.CharField(blank=True, max_length=300)),
                ("event_id", models.BigIntegerField(null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="triage.conversation",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="triage.bulkrun",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(fields=["person", "-id"], name="triage_bulkrun_of_person"),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("queued", "running"))),
                fields=("person",),
                name="triage_bulkrun_one_underway",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "prepared")), fields=("person",), name="triage_bulkrun_one_prepared"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("started_at", None), ("state", "prepared")),
                    models.Q(
                        ("finished_at", None), ("started_at__isnull", False), ("state__in", ("queued", "running"))
                    ),
                    models.Q(
                        ("finished_at__isnull", False),
                        ("started_at__isnull", False),
                        ("state__in", ["cancelled", "done", "failed"]),
                    ),
                    _connector="OR",
                ),
                name="triage_bulkrun_state_has_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act", "undo"), ("undoes__isnull", False)),
                    models.Q(models.Q(("act", "undo"), _negated=True), ("undoes", None)),
                    _connector="OR",
                ),
                name="triage_bulkrun_undo_names_what",
            ),
        ),
        migrations.AddIndex(
            model_name="bulkitem",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["run", "conversation"], name="triage_bulkitem_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="bulkitem",
            index=models.Index(
                condition=models.Q(("state", "refused")),
                fields=["run", "code", "conversation"],
                name="triage_bulkitem_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=models.UniqueConstraint(fields=("run", "conversation"), name="triage_bulkitem_once"),
        ),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "refused"),
                        models.Q(("code", ""), _negated=True),
                        models.Q(("sentence", ""), _negated=True),
                    ),
                    models.Q(models.Q(("state", "refused"), _negated=True), ("sentence", "")),
                    _connector="OR",
                ),
                name="triage_bulkitem_refused_says_why",
            ),
        ),
    ]
