"""Told of merges, and of what was snoozed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0019_languages"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("queue", "Queue"),
                    ("given", "Given"),
                    ("customer_answered", "Customer Answered"),
                    ("reply_failed", "Reply Failed"),
                    ("needs_decision", "Needs Decision"),
                    ("sending_refused", "Sending Refused"),
                    ("channel_deaf", "Channel Deaf"),
                    ("channel_heard", "Channel Heard"),
                    ("stream_limit", "Stream Limit"),
                    ("hand_over", "Hand Over"),
                    ("hand_over_taken", "Hand Over Taken"),
                    ("hand_over_declined", "Hand Over Declined"),
                    ("taken_over", "Taken Over"),
                    ("claim_idle", "Claim Idle"),
                    ("merged", "Merged"),
                    ("look_again", "Look Again"),
                    ("note_asks", "Note Asks"),
                    ("note_answers", "Note Answers"),
                    ("approval_asked", "Approval Asked"),
                    ("approval_given", "Approval Given"),
                    ("approval_sent", "Approval Sent"),
                    ("approval_edited", "Approval Edited"),
                    ("approval_rejected", "Approval Rejected"),
                    ("approval_expired", "Approval Expired"),
                    ("approval_skipped", "Approval Skipped"),
                    ("answer_stale", "Answer Stale"),
                    ("answer_changed", "Answer Changed"),
                    ("deadline_near", "Deadline Near"),
                    ("deadline_missed", "Deadline Missed"),
                    ("policy_review_asked", "Policy Review Asked"),
                    ("policy_pulled_back", "Policy Pulled Back"),
                    ("policy_agreed", "Policy Agreed"),
                    ("policy_approved", "Policy Approved"),
                    ("policy_changes", "Policy Changes"),
                    ("policy_comment", "Policy Comment"),
                    ("policy_in_force", "Policy In Force"),
                    ("policy_held", "Policy Held"),
                    ("policy_attest", "Policy Attest"),
                ],
                max_length=20,
            ),
        ),
    ]
