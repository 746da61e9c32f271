"""A quiz, what came of it, who was reminded of it, and exceptions from clauses."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What is asked is part of the version; a try is never changed; of a waiver only its end is written later.
GUARDS = """
CREATE TRIGGER policies_question_immutable BEFORE INSERT OR UPDATE OR DELETE ON policies_question
    FOR EACH ROW EXECUTE FUNCTION policies_refuse_part_change();
CREATE TRIGGER policies_quiztry_append_only BEFORE UPDATE OR DELETE ON policies_quiztry
    FOR EACH ROW EXECUTE FUNCTION socialhub_refuse_change();
CREATE FUNCTION policies_refuse_waiver_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.revoked_at IS NULL
       AND (to_jsonb(OLD) - 'revoked_at' - 'revoked_by_id') = (to_jsonb(NEW) - 'revoked_at' - 'revoked_by_id')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a waiver is granted once and revoked once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER policies_waiver_granted_once BEFORE UPDATE OR DELETE ON policies_waiver
    FOR EACH ROW EXECUTE FUNCTION policies_refuse_waiver_change();
"""

WITHOUT_GUARDS = """
DROP TRIGGER policies_waiver_granted_once ON policies_waiver;
DROP FUNCTION policies_refuse_waiver_change();
DROP TRIGGER policies_quiztry_append_only ON policies_quiztry;
DROP TRIGGER policies_question_immutable ON policies_question;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0010_checked_share"),
        ("teams", "0014_keys_for_the_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.CharField(max_length=300, verbose_name="question")),
                (
                    "answers",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), size=None),
                ),
                ("right", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="QuizTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("right_count", models.PositiveSmallIntegerField()),
                ("question_count", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("clause_key", models.UUIDField()),
                ("clause_name", models.CharField(max_length=140)),
                ("reason", models.TextField(max_length=1000, verbose_name="reason")),
                ("granted_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="attestation",
            name="question_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attestation",
            name="right_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="attestation",
            name="try_count",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="pass_mark",
            field=models.PositiveSmallIntegerField(default=80, verbose_name="pass mark"),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("pass_mark__range", (1, 100))), name="policies_policyversion_pass_mark_of_a_hundred"
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="clause",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="policies.clause"
            ),
        ),
        migrations.AddField(
            model_name="quiztry",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="quiz_tries", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="quiztry",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="quiz_tries", to="policies.policyversion"
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attestation_reminders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="policies.policyversion"
            ),
        ),
        migrations.AddField(
            model_name="waiver",
            name="department",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="teams.department"
            ),
        ),
        migrations.AddField(
            model_name="waiver",
            name="granted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="waiver",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="waivers",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="waiver",
            name="revoked_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("answers__len__gte", 2), ("answers__len__lte", 5)),
                name="policies_question_has_two_to_five_answers",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("right__lt", models.F("answers__len"))),
                name="policies_question_has_its_right_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="quiztry",
            index=models.Index(fields=["version", "user"], name="policies_quiztry_of_person"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("user", "on"), name="policies_reminder_once_a_day"),
        ),
        migrations.AddIndex(
            model_name="waiver",
            index=models.Index(fields=["clause_key"], name="policies_waiver_of_clause"),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("department__isnull", False), ("person", None)),
                    models.Q(("department", None), ("person__isnull", False)),
                    _connector="OR",
                ),
                name="policies_waiver_for_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("granted_at"))), name="policies_waiver_ends_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at", None), ("revoked_by", None)),
                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                    _connector="OR",
                ),
                name="policies_waiver_revoked_by_somebody",
            ),
        ),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
