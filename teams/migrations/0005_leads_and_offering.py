from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0004_scope_to_write_what_was_heard"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="membership",
            name="teams_membership_department_role",
        ),
        migrations.AddField(
            model_name="department",
            name="offering",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Nobody: whoever claims it first"),
                    ("in_turn", "Everybody in turn"),
                    ("least_loaded", "Whoever holds the fewest"),
                ],
                default="",
                max_length=12,
                verbose_name="who is offered the next one",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="offered_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="capacity",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="holds at most"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[("lead", "Lead"), ("responder", "Responder"), ("listener", "Listener")], max_length=20
            ),
        ),
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
                    ("channel_deaf", "Channel Deaf"),
                    ("channel_heard", "Channel Heard"),
                    ("stream_limit", "Stream Limit"),
                    ("hand_over", "Hand Over"),
                    ("taken_over", "Taken Over"),
                    ("claim_idle", "Claim Idle"),
                    ("note_asks", "Note Asks"),
                    ("note_answers", "Note Answers"),
                    ("approval_asked", "Approval Asked"),
                    ("approval_settled", "Approval Settled"),
                    ("answer_stale", "Answer Stale"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["lead", "listener", "responder"])),
                name="teams_membership_department_role",
            ),
        ),
    ]
