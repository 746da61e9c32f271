"""What reviewers read does not change under them, and their words stay with the version; the database refuses."""

from django.db import migrations

# What becomes of a version, as against what it says.
LIFE = (
    "state",
    "reason",
    "scheduled_for",
    "tried_fingerprint",
    "tried_at",
    "published_by_id",
    "in_force_from",
    "in_force_until",
)
WITHOUT_LIFE = "ARRAY[" + ", ".join(f"'{name}'" for name in LIFE) + "]"

VERSION = f"""
CREATE OR REPLACE FUNCTION policies_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF OLD.state IN ('in_review', 'approved', 'scheduled') THEN
        IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) - {WITHOUT_LIFE}) = (to_jsonb(NEW) - {WITHOUT_LIFE}) THEN
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

FORMER_VERSION = """
CREATE OR REPLACE FUNCTION policies_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'in_force' AND NEW.state = 'retired'
       AND (to_jsonb(OLD) - 'state' - 'in_force_until') = (to_jsonb(NEW) - 'state' - 'in_force_until')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'policy version % is published and immutable', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
"""

# What was said of a version while it was reviewed is part of it from the day it comes in force.
SAID = """
CREATE FUNCTION policies_refuse_word_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_state text;
BEGIN
    SELECT state INTO found_state FROM policies_policyversion
        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
    IF found_state IN ('in_force', 'retired') THEN
        RAISE EXCEPTION 'the policy version of this % is published and immutable', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER policies_review_immutable BEFORE INSERT OR UPDATE OR DELETE ON policies_review
    FOR EACH ROW EXECUTE FUNCTION policies_refuse_word_change();
CREATE TRIGGER policies_comment_immutable BEFORE INSERT OR UPDATE OR DELETE ON policies_comment
    FOR EACH ROW EXECUTE FUNCTION policies_refuse_word_change();
"""

FORMER_SAID = """
DROP TRIGGER policies_comment_immutable ON policies_comment;
DROP TRIGGER policies_review_immutable ON policies_review;
DROP FUNCTION policies_refuse_word_change();
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0005_life_of_a_version")]

    operations = [
        migrations.RunSQL(VERSION, FORMER_VERSION),
        migrations.RunSQL(SAID, FORMER_SAID),
    ]
