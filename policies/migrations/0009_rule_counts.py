"""How often what a rule suggests is done, and why not."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policies", "0008_who_must_attest")]

    operations = [
        migrations.CreateModel(
            name="RuleCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_key", models.UUIDField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("followed", "followed"),
                            ("wrong", "wrong"),
                            ("broad", "too broad"),
                            ("special", "a special case"),
                            ("other", "another reason"),
                        ],
                        max_length=8,
                    ),
                ),
                ("n", models.BigIntegerField(default=1)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rule_counts",
                        to="policies.policyversion",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["rule_key", "version"], name="policies_rulecount_rule")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["followed", "wrong", "broad", "special", "other"])),
                        name="policies_rulecount_verdict_known",
                    )
                ],
            },
        ),
    ]
