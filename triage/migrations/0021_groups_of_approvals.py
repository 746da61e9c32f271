"""An approval asks groups: one by the decision, one by each rule; every group has to give its word."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# What was asked so far is one group, as the latest decision says.
FILL = """
UPDATE triage_approvalstep AS step SET mode = approval.mode
FROM triage_approval AS approval WHERE approval.id = step.approval_id;
UPDATE triage_approval AS approval SET needed = jsonb_build_array(decision.approval)
FROM triage_decision AS decision
WHERE decision.id = (
    SELECT max(latest.id) FROM triage_decision AS latest WHERE latest.conversation_id = approval.conversation_id
) AND decision.approval ? 'asked';
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0007_times_by_disposition"), ("triage", "0020_back_tests")]

    operations = [
        migrations.RemoveConstraint(model_name="approvalstep", name="triage_approvalstep_one_asked"),
        migrations.AddField(
            model_name="approval",
            name="needed",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="approvalstep",
            name="clause",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="policies.clause",
            ),
        ),
        migrations.AddField(
            model_name="approvalstep",
            name="group",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="approvalstep",
            name="mode",
            field=models.CharField(
                choices=[
                    ("any", "One of them"),
                    ("all", "All of them"),
                    ("in_order", "All of them, one after the other"),
                ],
                default="any",
                max_length=8,
            ),
            preserve_default=False,
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
                    ("escalated", "Escalated"),
                    ("takeaway", "Takeaway"),
                    ("person_joined", "Person Joined"),
                    ("person_separated", "Person Separated"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=Q(person__isnull=False, department=None, role="")
                | Q(person=None, department__isnull=False)
                | Q(person=None, department=None) & ~Q(role=""),
                name="triage_approvalstep_one_asked",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
