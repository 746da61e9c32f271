"""Declared incidents."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0013_rules_of_retention"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Level 1: one department copes"),
                            (2, "Level 2: several departments together"),
                            (3, "Level 3: the whole company"),
                        ],
                        verbose_name="level",
                    ),
                ),
                ("condition", models.JSONField()),
                ("holding_text", models.TextField(blank=True, max_length=2000, verbose_name="holding text")),
                ("revision", models.PositiveIntegerField(default=1)),
                ("declared_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "declared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("ended_at", None)),
                        name="policies_incident_open_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__range", (1, 3))), name="policies_incident_level_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="policies_incident_ended_by_somebody",
                    ),
                ],
            },
        ),
    ]
