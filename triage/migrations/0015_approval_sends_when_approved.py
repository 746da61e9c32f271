from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0014_search_in_notes"),
    ]

    operations = [
        migrations.AddField(
            model_name="approval",
            name="sends_when_approved",
            field=models.BooleanField(default=False),
        ),
    ]
