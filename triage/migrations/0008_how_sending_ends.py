from django.db import migrations, models

# What is on its way was sent by whoever holds the pen now: it cannot change hands meanwhile.
UNDER_THE_PEN = """
UPDATE triage_reply AS reply SET fence = conversation.fence
FROM triage_conversation AS conversation WHERE conversation.id = reply.conversation_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0007_take_overs"),
    ]

    operations = [
        migrations.AddField(
            model_name="reply",
            name="failure",
            field=models.CharField(
                blank=True,
                choices=[
                    ("quick", "The network did not answer"),
                    ("slow", "The network asks us to wait"),
                    ("permanent", "The network refused it"),
                    ("authorisation", "The network does not accept our sign-in"),
                    ("changed", "Something changed before it left"),
                    ("stopped", "Sending was stopped"),
                ],
                max_length=13,
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="quick_failures",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="reply",
            name="fence",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(UNDER_THE_PEN, migrations.RunSQL.noop),
    ]
