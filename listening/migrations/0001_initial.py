import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("options", models.JSONField(default=dict)),
                (
                    "our_handles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                    ),
                ),
                ("cursor", models.JSONField(default=dict)),
                ("poll_seconds", models.PositiveIntegerField(default=300, verbose_name="seconds between two looks")),
                ("is_paused", models.BooleanField(default=False, verbose_name="paused")),
                ("next_fetch_at", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True)),
                ("failure_count", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("heard_from", models.DateTimeField()),
                ("heard_until", models.DateTimeField()),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="coverage", to="listening.channel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("file_name", models.CharField(max_length=255)),
                ("last_line", models.PositiveBigIntegerField(default=0)),
                ("read_count", models.PositiveBigIntegerField(default=0)),
                ("new_count", models.PositiveBigIntegerField(default=0)),
                ("known_count", models.PositiveBigIntegerField(default=0)),
                ("rejected_count", models.PositiveBigIntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="import_runs", to="listening.channel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=500)),
                ("is_ours", models.BooleanField(default=False)),
                ("text", models.TextField()),
                ("language", models.CharField(blank=True, max_length=8)),
                ("sentiment", models.FloatField(null=True)),
                ("url", models.TextField(blank=True)),
                ("in_reply_to", models.CharField(blank=True, max_length=500)),
                ("published_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                ("raw", models.JSONField(default=dict)),
                ("edited_at", models.DateTimeField(null=True)),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector("text", config="simple"),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mentions", to="listening.channel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MentionVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("raw", models.JSONField(default=dict)),
                ("replaced_at", models.DateTimeField()),
                (
                    "mention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="listening.mention"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PracticePost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(unique=True)),
                ("text", models.TextField()),
                ("in_reply_to", models.CharField(max_length=500)),
                ("posted_at", models.DateTimeField()),
                ("follow_up_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="practice_posts",
                        to="listening.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=500)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("handle", models.CharField(blank=True, max_length=200)),
                ("url", models.TextField(blank=True)),
                ("reach", models.PositiveIntegerField(null=True)),
                ("is_ours", models.BooleanField(default=False)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="profiles", to="listening.channel"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="mention",
            name="profile",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="mentions", to="listening.profile"
            ),
        ),
        migrations.AddIndex(
            model_name="channel",
            index=models.Index(
                condition=models.Q(("is_paused", False)), fields=["next_fetch_at"], name="listening_channel_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"), name="listening_channel_name_once"
            ),
        ),
        migrations.AddIndex(
            model_name="coverage",
            index=models.Index(fields=["channel", "-heard_until"], name="listening_coverage_newest"),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("heard_until__gte", models.F("heard_from"))), name="listening_coverage_forward"
            ),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.UniqueConstraint(fields=("channel", "digest"), name="listening_importrun_once"),
        ),
        migrations.AddIndex(
            model_name="practicepost",
            index=models.Index(
                condition=models.Q(("follow_up_at__isnull", False)),
                fields=["channel", "follow_up_at"],
                name="listening_practicepost_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="profile",
            constraint=models.UniqueConstraint(fields=("channel", "external_id"), name="listening_profile_once"),
        ),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(
                condition=models.Q(("in_reply_to", ""), _negated=True),
                fields=["channel", "in_reply_to"],
                name="listening_mention_answers",
            ),
        ),
        migrations.CreateModel(
            name="WaitingMention",
            fields=[
                (
                    "mention",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="listening.mention",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="mention",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="listening_mention_search"),
        ),
        migrations.AddConstraint(
            model_name="mention",
            constraint=models.UniqueConstraint(fields=("channel", "external_id"), name="listening_mention_once"),
        ),
    ]
