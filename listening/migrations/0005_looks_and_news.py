from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listening", "0004_copies_and_changes")]

    operations = [
        migrations.AddField("channel", "claimed_at", models.DateTimeField(null=True)),
        migrations.AddField("channel", "news_at", models.DateTimeField(null=True)),
    ]
