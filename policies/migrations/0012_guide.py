"""The questions of the guide, frozen with the version that they belong to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policies", "0011_quiz_reminders_and_waivers")]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="guide",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
