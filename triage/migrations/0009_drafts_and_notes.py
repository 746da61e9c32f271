import django.contrib.postgres.functions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0008_how_sending_ends"),
    ]

    operations = [
        migrations.AddField(model_name="draft", name="begun_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="draft", name="kept_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="draft", name="page", field=models.UUIDField(null=True)),
        migrations.AddField(
            model_name="note",
            name="key",
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), unique=True),
        ),
        migrations.AlterField(
            model_name="concern",
            name="because",
            field=models.CharField(
                choices=[("heard", "Heard"), ("decided", "Decided"), ("written", "Written"), ("asked", "Asked")],
                max_length=8,
            ),
        ),
    ]
