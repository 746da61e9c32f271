"""Rules decide by themselves where their clause says so; a share is looked at, and each can be stopped."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0010_checked_share"),
        ("teams", "0014_keys_for_the_policy"),
        ("triage", "0022_departures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DecidingStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_key", models.UUIDField(null=True)),
                ("rule_name", models.CharField(blank=True, max_length=60)),
                ("reason", models.TextField()),
                ("stopped_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DecisionCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("confirmed", "Confirmed"), ("reversed", "Reversed")],
                        db_default="",
                        max_length=9,
                    ),
                ),
                (
                    "departure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("wrong", "The rule is wrong here"),
                            ("broad", "The rule is too broad"),
                            ("special", "This is a special case"),
                            ("other", "Another reason"),
                        ],
                        db_default="",
                        max_length=8,
                    ),
                ),
                ("checked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="decision",
            name="decided_by_rule",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="policies.rule",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="reverses",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversed_by",
                to="triage.decision",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by__isnull", False), ("decided_by_rule", None)),
                    models.Q(("decided_by", None), ("decided_by_rule__isnull", False), ("departure", "")),
                    _connector="OR",
                ),
                name="triage_decision_by_a_person_or_a_rule",
            ),
        ),
        migrations.AddField(
            model_name="decidingstop",
            name="lifted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="decidingstop",
            name="stopped_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="decisioncheck",
            name="checked_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="decisioncheck",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="check_of", to="triage.decision"
            ),
        ),
        migrations.AddConstraint(
            model_name="decidingstop",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("rule_key",),
                name="triage_decidingstop_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="decidingstop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at", None), ("lifted_by", None)),
                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                    _connector="OR",
                ),
                name="triage_decidingstop_lifted_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="decisioncheck",
            index=models.Index(condition=models.Q(("verdict", "")), fields=["id"], name="triage_decisioncheck_waiting"),
        ),
        migrations.AddConstraint(
            model_name="decisioncheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("checked_at", None), ("checked_by", None), ("departure", ""), ("verdict", "")),
                    models.Q(
                        ("checked_at__isnull", False),
                        ("checked_by__isnull", False),
                        ("departure", ""),
                        ("verdict", "confirmed"),
                    ),
                    models.Q(
                        ("checked_at__isnull", False),
                        ("checked_by__isnull", False),
                        ("departure__in", ["wrong", "broad", "special", "other"]),
                        ("verdict", "reversed"),
                    ),
                    _connector="OR",
                ),
                name="triage_decisioncheck_by_somebody",
            ),
        ),
    ]
