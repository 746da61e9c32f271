import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("teams", "0001_initial"),
        ("triage", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HourlyCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("heard", "Heard"),
                            ("decided", "Decided"),
                            ("answered", "Answered"),
                            ("not_answered", "Not Answered"),
                            ("never_handled", "Never Handled"),
                            ("closed", "Closed"),
                            ("reopened", "Reopened"),
                        ],
                        max_length=16,
                    ),
                ),
                ("channel_id", models.BigIntegerField()),
                ("department_id", models.BigIntegerField(null=True)),
                ("sentiment", models.CharField(blank=True, max_length=8)),
                ("n", models.PositiveBigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hour", "measure", "channel_id", "department_id", "sentiment"),
                        name="insights_hourlycount_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RollupPosition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("transaction", models.BigIntegerField(default=0)),
                ("event_id", models.BigIntegerField(default=0)),
                ("rolled_up_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="insights_rollupposition_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="Timing",
            fields=[
                ("conversation_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("channel_id", models.BigIntegerField()),
                ("department_id", models.BigIntegerField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("decide_seconds", models.PositiveIntegerField(null=True)),
                ("claim_seconds", models.PositiveIntegerField(null=True)),
                ("answer_seconds", models.PositiveIntegerField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=12)),
            ],
            options={
                "indexes": [models.Index(fields=["opened_at", "department_id"], name="insights_timing_window")],
            },
        ),
        migrations.CreateModel(
            name="Takeaway",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("lead", "Lead"),
                            ("idea", "Product idea"),
                            ("candidate", "Candidate"),
                            ("risk", "Risk"),
                            ("competitor", "Competitor's move"),
                            ("praise", "Praise to pass on"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("text", models.TextField(max_length=4000, verbose_name="what we take away")),
                ("at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takeaways",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="takeaways", to="triage.conversation"
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="takeaways", to="teams.department"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["department", "-id"], name="insights_takeaway_newest")],
            },
        ),
    ]
