"""How the guide was walked stays with the decision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0025_practice")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="guide",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
    ]
