"""Which attestations are enough under a version is written when it comes in force, and never changes after."""

from django.db import migrations, models

# What becomes of a version, as against what it says.
FORMER_LIFE = (
    "state",
    "reason",
    "scheduled_for",
    "tried_fingerprint",
    "tried_at",
    "published_by_id",
    "in_force_from",
    "in_force_until",
)
LIFE = (*FORMER_LIFE, "binds_from", "grace_from", "grace_until")


def refusing(names):
    life = "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"
    return f"""
CREATE OR REPLACE FUNCTION policies_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF OLD.state IN ('in_review', 'approved', 'scheduled') THEN
        IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) - {life}) = (to_jsonb(NEW) - {life}) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'policy version % is frozen while it is not a draft', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- All that may still happen to it is to be retired.
    IF TG_OP = 'UPDATE' AND OLD.state = 'in_force' AND NEW.state = 'retired'
       AND (to_jsonb(OLD) - 'state' - 'in_force_until') = (to_jsonb(NEW) - 'state' - 'in_force_until')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'policy version % is published and immutable', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0007_times_by_disposition")]

    operations = [
        migrations.AddField(
            "policyversion", "grace_days", models.PositiveSmallIntegerField(default=0, verbose_name="days of grace")
        ),
        migrations.AddField("policyversion", "binds_from", models.DateTimeField(null=True)),
        migrations.AddField("policyversion", "grace_from", models.DateTimeField(null=True)),
        migrations.AddField("policyversion", "grace_until", models.DateTimeField(null=True)),
        # So far each version was attested for itself. Which are enough is not what a version says.
        migrations.RunSQL(
            [
                "ALTER TABLE policies_policyversion DISABLE TRIGGER USER",
                "UPDATE policies_policyversion SET binds_from = in_force_from",
                "SET CONSTRAINTS ALL IMMEDIATE",
                "ALTER TABLE policies_policyversion ENABLE TRIGGER USER",
            ],
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(refusing(LIFE), refusing(FORMER_LIFE)),
        migrations.AddConstraint(
            "policyversion",
            models.CheckConstraint(
                condition=models.Q(("grace_days__lte", 90)), name="policies_policyversion_grace_within_a_quarter"
            ),
        ),
        migrations.AddConstraint(
            "policyversion",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("grace_from", None), ("grace_until", None)),
                    models.Q(
                        ("binds_from__isnull", False), ("grace_from__isnull", False), ("grace_until__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="policies_policyversion_grace_is_whole",
            ),
        ),
    ]
