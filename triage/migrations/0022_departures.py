"""Why a decision departs from what was suggested, and what a conversation is about."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0009_rule_counts"),
        ("teams", "0014_keys_for_the_policy"),
        ("triage", "0021_groups_of_approvals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="tags",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="decision",
            name="departure",
            field=models.CharField(
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
        migrations.AddField(
            model_name="decision",
            name="tags",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("departure", ""),
                    models.Q(("departure__in", ["wrong", "broad", "special", "other"]), ("follows_suggestion", False)),
                    _connector="OR",
                ),
                name="triage_decision_departure_departs",
            ),
        ),
    ]
