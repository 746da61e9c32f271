from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0015_told_to_attest"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="choices",
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
    ]
