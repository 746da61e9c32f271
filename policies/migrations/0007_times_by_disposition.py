from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0006_frozen_from_review_on"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="target",
            name="policies_target_priority_once",
        ),
        migrations.RemoveConstraint(
            model_name="target",
            name="policies_target_positive",
        ),
        migrations.AddField(
            model_name="policyversion",
            name="passes_over_thanks",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="target",
            name="disposition",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="target",
            name="hours",
            field=models.CharField(
                choices=[("always", "Around the clock"), ("business", "Opening hours")], default="always", max_length=8
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="resolve_minutes",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="minutes to resolve"),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(
                fields=("version", "priority", "disposition"), name="policies_target_priority_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(("disposition__in", ["", "customer_service", "public_response"])),
                name="policies_target_disposition_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__in", ["always", "business"])), name="policies_target_hours_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolve_minutes", None), ("resolve_minutes__range", (1, 525600)), _connector="OR"),
                    ("answer_minutes__range", (1, 525600)),
                    ("claim_minutes__range", (1, 525600)),
                    ("decide_minutes__range", (1, 525600)),
                    ("idle_minutes__range", (1, 525600)),
                ),
                name="policies_target_within_a_year",
            ),
        ),
    ]
