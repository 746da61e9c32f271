"""The company says whether an incident is open."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0022_sent_forms"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="is_incident_open",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
