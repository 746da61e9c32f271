import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0011_approvals_with_other_texts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="approval",
            name="triage_approval_open_once",
        ),
        migrations.AddField(
            model_name="approval",
            name="kind",
            field=models.CharField(
                choices=[("answer", "Answer"), ("correction", "Correction"), ("removal", "Removal")],
                default="answer",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="original",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approvals_of_changes",
                to="triage.reply",
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="kind",
            field=models.CharField(
                choices=[("answer", "Answer"), ("correction", "Correction"), ("removal", "Removal")],
                default="answer",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="original",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="triage.reply"
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="reason",
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
                    ("takeaway", "Takeaway"),
                    ("person_joined", "Person Joined"),
                    ("person_separated", "Person Separated"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("original", None), ("state__in", ["asked", "approved", "edited"])),
                fields=("conversation",),
                name="triage_approval_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("original__isnull", False), ("state__in", ["asked", "approved", "edited"])),
                fields=("original",),
                name="triage_approval_of_change_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "answer"), ("original", None)),
                    models.Q(models.Q(("kind", "answer"), _negated=True), ("original__isnull", False)),
                    _connector="OR",
                ),
                name="triage_approval_change_has_original",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "answer"), ("original", None)),
                    models.Q(
                        models.Q(("kind", "answer"), _negated=True),
                        ("closes", False),
                        ("mention", None),
                        ("original__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="triage_reply_change_has_original",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("body", ""), ("kind", "removal"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("kind", "removal"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="triage_reply_removal_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.UniqueConstraint(
                condition=models.Q(("original__isnull", False), ("state__in", ["queued", "sending", "uncertain"])),
                fields=("original",),
                name="triage_reply_one_change_in_flight",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "removal"), ("state", "sent")),
                fields=("original",),
                name="triage_reply_removed_once",
            ),
        ),
    ]
