from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("queue", "Queue"),
    ("given", "Given"),
    ("customer_answered", "Customer Answered"),
    ("reply_failed", "Reply Failed"),
    ("needs_decision", "Needs Decision"),
    ("channel_deaf", "Channel Deaf"),
    ("channel_heard", "Channel Heard"),
    ("stream_limit", "Stream Limit"),
]


class Migration(migrations.Migration):
    dependencies = [("teams", "0002_append_only")]

    operations = [
        migrations.AddField("notification", "path", models.CharField(blank=True, default="", max_length=200), False),
        migrations.AlterField("notification", "event_id", models.BigIntegerField(null=True)),
        migrations.AlterField("notification", "conversation_id", models.BigIntegerField(null=True)),
        migrations.AlterField("notification", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.AddConstraint(
            "notification",
            models.CheckConstraint(
                name="teams_notification_leads_somewhere",
                condition=Q(conversation_id__isnull=False, path="") | Q(conversation_id=None) & ~Q(path=""),
            ),
        ),
    ]
