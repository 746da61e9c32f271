"""What waits is kept with the timings; a restored dump is noticed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial")]

    operations = [
        migrations.AddField("rollupposition", "cluster", models.BigIntegerField(default=0)),
        migrations.AddField("rollupposition", "settled_id", models.BigIntegerField(default=0)),
        migrations.AddField(
            "timing", "stage", models.CharField(blank=True, default="", max_length=10), preserve_default=False
        ),
        migrations.AddField("timing", "waiting_since", models.DateTimeField(null=True)),
        migrations.AddField("timing", "due_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "timing",
            models.Index(
                fields=["waiting_since"],
                name="insights_timing_waiting",
                condition=models.Q(waiting_since__isnull=False),
                include=["department_id", "stage", "due_at"],
            ),
        ),
    ]
