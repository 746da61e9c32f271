from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0004_copies"),
    ]

    operations = [
        migrations.AlterField(
            model_name="concern",
            name="because",
            field=models.CharField(
                choices=[("heard", "Heard"), ("decided", "Decided"), ("written", "Written")], max_length=8
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
