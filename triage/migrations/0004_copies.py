from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0003_thread_read_from_its_end"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="copy_count",
            field=models.PositiveIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="threadentry",
            name="is_copy",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("heard", "Heard"),
                    ("copied", "Copied"),
                    ("split", "Split"),
                    ("edited", "Edited"),
                    ("deleted", "Deleted"),
                    ("bounced", "Bounced"),
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
                    ("person_joined", "Person Joined"),
                    ("person_separated", "Person Separated"),
                ],
                max_length=20,
            ),
        ),
    ]
