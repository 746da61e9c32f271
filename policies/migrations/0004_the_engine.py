"""Rules that the engine runs: kinds, keys, conditions that nest, word lists; clauses of two levels."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

TABLES = ("policies_policyversion", "policies_clause", "policies_rule")
# What the flat conditions of before are called now.
FORMER = {
    "any_words": lambda value: {"words": value},
    "languages": lambda value: {"language": value},
    "sentiment_below": lambda value: {"sentiment": {"below": value}},
    "reach_at_least": lambda value: {"reach": {"at_least": value}},
}


def translate(apps, schema_editor):
    for clause in apps.get_model("policies", "Clause").objects.all():
        clause.label = str(clause.number)
        clause.save(update_fields=["label"])
    # A rule is the same one as long as its clause and its name are.
    keys = {}
    rules = apps.get_model("policies", "Rule").objects.select_related("clause").order_by("clause__version_id", "pk")
    for rule in rules:
        condition = {}
        for name, value in rule.condition.items():
            condition |= FORMER[name](value)
        rule.condition = condition
        rule.key = keys.setdefault((rule.clause.key, rule.name), uuid.uuid4())
        rule.save(update_fields=["condition", "key"])


class Migration(migrations.Migration):
    dependencies = [("policies", "0003_idle_claims")]

    operations = [
        # Versions in force are immutable; how their rules are written down is not what they say.
        migrations.RunSQL(
            [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES],
            [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES],
        ),
        migrations.AddField("clause", "level", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField(
            "clause", "label", models.CharField(default="", editable=False, max_length=12), preserve_default=False
        ),
        migrations.AddField(
            "clause",
            "may_decide",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            "clause", "is_substantial", models.BooleanField(default=True, verbose_name="changes what binds people")
        ),
        migrations.AddField("rule", "key", models.UUIDField(default=uuid.uuid4, editable=False)),
        migrations.AddField(
            "rule",
            "kind",
            models.CharField(
                choices=[
                    ("routing", "Where a mention goes"),
                    ("approval", "Who must approve an answer"),
                    ("conduct", "What an answer may say"),
                    ("escalation", "Who is told when nobody acts"),
                ],
                default="routing",
                max_length=10,
            ),
        ),
        migrations.RunPython(translate, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            "clause",
            models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="policies_clause_level_known"),
        ),
        migrations.CreateModel(
            name="WordList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), blank=True, default=list, size=None
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="word_lists",
                        to="policies.policyversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "slug"), name="policies_wordlist_slug_once")
                ],
            },
        ),
        migrations.RunSQL(
            [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES],
            [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES],
        ),
        migrations.RunSQL(
            "CREATE TRIGGER policies_wordlist_immutable BEFORE INSERT OR UPDATE OR DELETE ON policies_wordlist "
            "FOR EACH ROW EXECUTE FUNCTION policies_refuse_part_change()",
            "DROP TRIGGER policies_wordlist_immutable ON policies_wordlist",
        ),
    ]
