from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0014_pictures"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhookcall",
            name="note_words",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
