"""An index of steps that are due after the time to resolve ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0018_facts_are_kept")]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("due_for", "resolve")), fields=["step_due_at", "id"], name="triage_conv_step_due"
            ),
        ),
    ]
