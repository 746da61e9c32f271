"""What stands in the way of an act on many is counted where it is found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0035_newest_concerns"),
    ]

    operations = [
        migrations.AddField(
            model_name="bulkrun",
            name="foreseen",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
