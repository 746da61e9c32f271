import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0006_webhook_notes"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("callback_id", models.CharField(max_length=64, unique=True)),
                ("callback", models.TextField()),
                ("hub", models.TextField()),
                ("topic", models.TextField()),
                ("sealed", models.TextField(editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "asked"),
                            ("active", "active"),
                            ("leaving", "leaving"),
                            ("refused", "refused"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("ask_next_at", models.DateTimeField()),
                ("try_count", models.PositiveIntegerField(default=0)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="web_subscription",
                        to="listening.channel",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["ask_next_at"], name="listening_websubscription_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", False), ("state__in", ["active", "leaving"])),
                            models.Q(("lease_until__isnull", True), ("state__in", ["asked", "refused"])),
                            _connector="OR",
                        ),
                        name="listening_websubscription_lease_while_confirmed",
                    )
                ],
            },
        ),
    ]
