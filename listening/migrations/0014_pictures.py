import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0013_set_aside_in_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("url", models.TextField()),
                ("alt", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("kept", "Kept"), ("failed", "Failed")],
                        db_default="waiting",
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "file",
                    models.FileField(blank=True, db_default="", max_length=200, upload_to="heard"),
                ),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                ("tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("failure", models.TextField(blank=True, db_default="")),
                ("failure_words", models.JSONField(db_default={}, default=dict)),
                (
                    "mention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pictures", to="listening.mention"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["next_try_at"], name="listening_picture_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("mention", "position"), name="listening_picture_place")
                ],
            },
        ),
    ]
