"""A version is reviewed, approved and scheduled before it comes in force."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0004_the_engine"),
        ("teams", "0011_told_of_the_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("clause_key", models.UUIDField()),
                ("body", models.TextField(max_length=2000)),
                ("written_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("waiting", "Not yet reviewed"),
                            ("approved", "Approves"),
                            ("changes", "Asks for changes"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("said_at", models.DateTimeField(null=True)),
                ("voided_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("brought_at", models.DateTimeField()),
                ("document", models.JSONField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="policyversion",
            name="policies_policyversion_one_draft",
        ),
        migrations.RemoveConstraint(
            model_name="policyversion",
            name="policies_policyversion_state_has_times",
        ),
        migrations.AddField(
            model_name="policyversion",
            name="reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="scheduled_for",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="tried_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="tried_fingerprint",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AlterField(
            model_name="policyversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("in_review", "In review"),
                    ("approved", "Approved"),
                    ("scheduled", "Scheduled"),
                    ("in_force", "In force"),
                    ("retired", "Retired"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(("state__in", ["draft", "in_review"])),
                name="policies_policyversion_one_edited",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "scheduled")),
                fields=("scheduled_for",),
                name="policies_policyversion_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("in_force_from__isnull", True),
                        ("in_force_until__isnull", True),
                        ("scheduled_for__isnull", True),
                        ("state__in", ["draft", "in_review", "approved"]),
                    ),
                    models.Q(
                        ("in_force_from__isnull", True),
                        ("in_force_until__isnull", True),
                        ("scheduled_for__isnull", False),
                        ("state", "scheduled"),
                    ),
                    models.Q(("in_force_from__isnull", False), ("in_force_until__isnull", True), ("state", "in_force")),
                    models.Q(("in_force_from__isnull", False), ("in_force_until__isnull", False), ("state", "retired")),
                    _connector="OR",
                ),
                name="policies_policyversion_state_has_times",
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="answers",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answered_by",
                to="policies.comment",
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="resolved_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="policies.policyversion"
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="department",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="policy_reviews",
                to="teams.department",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="policy_reviews", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="policies.policyversion"
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="brought_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to="policies.policyversion"
            ),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(fields=["version", "clause_key"], name="policies_comment_of_clause"),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(("answers__isnull", True), ("resolved_at__isnull", True), _connector="OR"),
                name="policies_comment_resolved_as_a_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolved_at__isnull", True), ("resolved_by__isnull", True)),
                    models.Q(("resolved_at__isnull", False), ("resolved_by__isnull", False)),
                    _connector="OR",
                ),
                name="policies_comment_resolved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)), fields=("version", "reviewer"), name="policies_review_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("said_at", None), ("verdict", "waiting")),
                    models.Q(models.Q(("verdict", "waiting"), _negated=True), ("said_at__isnull", False)),
                    _connector="OR",
                ),
                name="policies_review_said_or_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(fields=("version", "brought_by"), name="policies_upload_one_each"),
        ),
    ]
