import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0002_channel_secrets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="channel",
            name="budget_left",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="budget_of",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="budget_resets_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="mention",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="mention",
            name="is_automatic",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="mention",
            name="is_private",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="mention",
            name="repeats",
            field=models.CharField(db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="profile",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="profiles", to="listening.person"
            ),
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("name", "Our name"),
                            ("product", "A product"),
                            ("competitor", "A competitor"),
                            ("campaign", "A campaign"),
                            ("hiring", "Hiring"),
                            ("risk", "A risk"),
                        ],
                        max_length=12,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "any_terms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                    ),
                ),
                (
                    "all_terms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                    ),
                ),
                (
                    "no_terms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), blank=True, default=list, size=None
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                ("review_on", models.DateField(verbose_name="to be reviewed on")),
                ("daily_limit", models.PositiveIntegerField(blank=True, null=True, verbose_name="at most on one day")),
                ("is_paused", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("channels", models.ManyToManyField(blank=True, related_name="streams", to="listening.channel")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StreamDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("warned_at", models.DateTimeField(null=True)),
                (
                    "stream",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="listening.stream",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StreamMatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "mention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stream_matches",
                        to="listening.mention",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="matches",
                        to="listening.stream",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=200)),
                ("body", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhook_calls",
                        to="listening.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Gap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("paused", "Paused by us"),
                            ("authorisation", "Our sign-in was not accepted"),
                            ("rate_limit", "Asked too often"),
                            ("quota", "The quota was used up"),
                            ("network", "The network did not answer as it should"),
                            ("refused", "The network refused"),
                            ("stopped", "Socialhub was not running"),
                        ],
                        max_length=16,
                    ),
                ),
                ("detail", models.TextField(blank=True)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("is_filled", models.BooleanField(default=False)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="gaps", to="listening.channel"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["channel", "-began_at"], name="listening_gap_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("channel",), name="listening_gap_open_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("began_at")), _connector="OR"
                        ),
                        name="listening_gap_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SetAside",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("raw", models.TextField()),
                ("reason", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="set_aside", to="listening.channel"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["channel", "-received_at"],
                        name="listening_setaside_open",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("channel", "digest"), name="listening_setaside_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="stream",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"), name="listening_stream_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="streamday",
            constraint=models.UniqueConstraint(fields=("stream", "day"), name="listening_streamday_once"),
        ),
        migrations.AddConstraint(
            model_name="streammatch",
            constraint=models.UniqueConstraint(fields=("stream", "mention"), name="listening_streammatch_once"),
        ),
        migrations.AddIndex(
            model_name="webhookcall",
            index=models.Index(
                condition=models.Q(("read_at", None)), fields=["id"], name="listening_webhookcall_unread"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookcall",
            constraint=models.UniqueConstraint(fields=("channel", "event_id"), name="listening_webhookcall_once"),
        ),
    ]
