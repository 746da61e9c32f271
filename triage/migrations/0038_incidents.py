"""What belongs to declared incidents."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0014_incidents"),
        ("triage", "0037_snoozed_of_a_department"),
    ]

    operations = [
        migrations.CreateModel(
            name="IncidentSearch",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="policies.incident",
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                ("after_id", models.BigIntegerField(default=0)),
                ("looked_count", models.PositiveIntegerField(default=0)),
                ("total_count", models.PositiveIntegerField(default=0)),
                ("moved_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "incident searches",
            },
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
                    ("incident_joined", "Incident Joined"),
                    ("incident_left", "Incident Left"),
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
            name="IncidentPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incident_parts",
                        to="triage.conversation",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="policies.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "conversation"), name="triage_incidentpart_once")
                ],
            },
        ),
    ]
