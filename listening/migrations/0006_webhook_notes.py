from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listening", "0005_looks_and_news")]

    operations = [
        migrations.AddField("webhookcall", "note", models.TextField(blank=True, db_default="")),
        migrations.AddIndex(
            "webhookcall", models.Index(fields=["channel", "-id"], name="listening_webhookcall_newest")
        ),
        migrations.AddIndex(
            "webhookcall",
            models.Index(
                condition=models.Q(("body", b""), _negated=True),
                fields=["received_at"],
                name="listening_webhookcall_body",
            ),
        ),
    ]
