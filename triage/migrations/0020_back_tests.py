"""Trials of versions of the policy on the past; a finished one is evidence and changes no more."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION triage_backtest_is_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'triage_backtest: what is finished is evidence and never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER triage_backtest_is_evidence BEFORE UPDATE ON triage_backtest
    FOR EACH ROW WHEN (OLD.state IN ('done', 'cancelled', 'failed')) EXECUTE FUNCTION triage_backtest_is_evidence();
"""
BACKWARD = """
DROP TRIGGER triage_backtest_is_evidence ON triage_backtest;
DROP FUNCTION triage_backtest_is_evidence();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0007_times_by_disposition"),
        ("triage", "0019_steps_behind_the_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BackTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=32)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting to begin"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Stopped"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "changed",
                                "The version was changed while it was tried, so the result would be of no text at all.",
                            ),
                            ("unreadable", "A rule of the version cannot be carried out."),
                            ("stumbled", "It stopped several times at the same place. The log of the worker says why."),
                        ],
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("total_count", models.PositiveIntegerField(default=0)),
                ("done_count", models.PositiveIntegerField(default=0)),
                ("result", models.JSONField(default=dict)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="back_tests",
                        to="policies.policyversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BackTestPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("next_id", models.BigIntegerField()),
                ("end_id", models.BigIntegerField()),
                ("done_count", models.PositiveIntegerField(default=0)),
                ("tally", models.JSONField(default=dict)),
                ("moved_at", models.DateTimeField()),
                ("stumbles", models.PositiveSmallIntegerField(default=0)),
                (
                    "back_test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="triage.backtest"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="backtest",
            index=models.Index(fields=["version", "-id"], name="triage_backtest_of_version"),
        ),
        migrations.AddConstraint(
            model_name="backtest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("queued", "running"))),
                fields=("version",),
                name="triage_backtest_one_underway",
            ),
        ),
        migrations.AddConstraint(
            model_name="backtest",
            constraint=models.CheckConstraint(
                condition=models.Q(("since__lt", models.F("until"))), name="triage_backtest_period_ends_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="backtest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running"))),
                    models.Q(("finished_at__isnull", False), ("state__in", ["done", "cancelled", "failed"])),
                    _connector="OR",
                ),
                name="triage_backtest_state_has_times",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
