"""Forms that were sent, so that the same one sent twice makes one thing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0021_push"),
    ]

    operations = [
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("digest", models.UUIDField(primary_key=True, serialize=False)),
                ("sent_at", models.DateTimeField(db_index=True)),
                ("made", models.CharField(max_length=60)),
            ],
        ),
    ]
