"""Refuse what a comparison with nothing had let pass."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0039_told_of_bulk_runs")]

    operations = [
        migrations.RemoveConstraint(
            model_name="decision",
            name="triage_decision_departure_departs",
        ),
        migrations.RemoveConstraint(
            model_name="retentionrun",
            name="triage_retentionrun_state_has_times",
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("departure", ""),
                    models.Q(
                        ("departure__in", ["wrong", "broad", "special", "other"]),
                        ("follows_suggestion", False),
                        ("follows_suggestion__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="triage_decision_departure_departs",
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("state", "running")),
                    models.Q(
                        models.Q(("state", "running"), _negated=True),
                        ("finished_at__gte", models.F("started_at")),
                        ("finished_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="triage_retentionrun_state_has_times",
            ),
        ),
    ]
