"""Browsers that take notifications, and the key that they know us by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0020_told_of_merges"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="push_groups",
            field=models.JSONField(blank=True, db_default=[], default=list, editable=False),
        ),
        migrations.AlterField(
            model_name="notification",
            name="medium",
            field=models.CharField(choices=[("page", "Page"), ("email", "Email"), ("push", "Push")], max_length=8),
        ),
        migrations.CreateModel(
            name="PushKey",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.TextField()),
                ("public", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="teams_push_key_is_one")],
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("endpoint", models.CharField(max_length=1000, unique=True)),
                ("p256dh", models.CharField(max_length=120)),
                ("auth", models.CharField(max_length=40)),
                ("browser", models.CharField(max_length=60)),
                ("groups", models.JSONField(default=list)),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="push_subscriptions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
