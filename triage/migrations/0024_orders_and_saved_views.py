"""A list is read in every order that a reader may choose, and a filter is kept under a name."""

import datetime

import django.db.models.deletion
import django.db.models.fields.json
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, OrderBy, Q, Value
from django.db.models.expressions import CombinedExpression

RUNNING = Q(("stage__in", ("new", "assigned", "claimed")))


def index(name, *expressions, **options):
    return migrations.AddIndex(model_name="conversation", index=models.Index(*expressions, name=name, **options))


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0016_choices"),
        ("triage", "0023_rules_decide"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="reach",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    django.db.models.functions.comparison.Cast(
                        django.db.models.fields.json.KeyTextTransform("reach", "facts"), models.BigIntegerField()
                    ),
                    0,
                ),
                output_field=models.BigIntegerField(),
            ),
        ),
        index("triage_conv_running_priority", fields=["priority", "due_at", "id"], condition=RUNNING),
        index("triage_conv_running_newest", fields=["-last_inbound_at", "-id"], condition=RUNNING),
        index("triage_conv_running_reach", fields=["-reach", "-id"], condition=RUNNING),
        index("triage_conv_reach", fields=["-reach", "-id"]),
        index(
            "triage_conv_priority",
            OrderBy(CombinedExpression(Value(4), "-", F("priority")), descending=True),
            OrderBy(F("last_inbound_at"), descending=True),
            OrderBy(F("id"), descending=True),
        ),
        index(
            "triage_conv_deadline",
            django.db.models.functions.comparison.Coalesce(
                "due_at", Value(datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC))
            ),
            F("id"),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=1000)),
                ("sort", models.CharField(blank=True, max_length=8)),
                ("position", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("count", models.PositiveSmallIntegerField(null=True)),
                ("counted_at", models.DateTimeField(null=True)),
                ("count_seconds", models.FloatField(db_default=0.0)),
                ("looked_at", models.DateTimeField()),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="teams.department",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["looked_at"], name="triage_savedview_looked")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("department", None)),
                        fields=("owner", "name"),
                        name="triage_savedview_name_once",
                    ),
                    models.UniqueConstraint(
                        condition=Q(("department__isnull", False)),
                        fields=("department", "name"),
                        name="triage_savedview_shared_name_once",
                    ),
                ],
            },
        ),
    ]
