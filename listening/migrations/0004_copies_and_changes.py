import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0003_real_world"),
    ]

    operations = [
        migrations.CreateModel(
            name="MentionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("edited", "Edited"), ("deleted", "Deleted")], max_length=8)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="mention",
            name="copy_key",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(
                condition=models.Q(("repeats", ""), _negated=True),
                fields=["channel", "repeats"],
                name="listening_mention_repeats",
            ),
        ),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(
                condition=models.Q(("copy_key__isnull", False)),
                fields=["copy_key", "id"],
                name="listening_mention_copies",
            ),
        ),
        migrations.AddField(
            model_name="mentionchange",
            name="mention",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="listening.mention"
            ),
        ),
    ]
