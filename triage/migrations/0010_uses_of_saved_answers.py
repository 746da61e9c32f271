import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0009_drafts_and_notes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("inserted_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="triage.conversation"
                    ),
                ),
                (
                    "reply",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_answers",
                        to="triage.reply",
                    ),
                ),
                (
                    "saved_answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="triage.savedanswer"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["saved_answer", "-id"], name="triage_answeruse_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reply", None)),
                        fields=("saved_answer", "conversation", "author"),
                        name="triage_answeruse_waits_once",
                    ),
                    models.UniqueConstraint(fields=("saved_answer", "reply"), name="triage_answeruse_counts_once"),
                ],
            },
        ),
    ]
