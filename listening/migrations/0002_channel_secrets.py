from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="sealed",
            field=models.TextField(blank=True, editable=False),
        ),
    ]
