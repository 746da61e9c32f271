"""A version that was ever in force never changes; the database refuses."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial"), ("teams", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION policies_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF OLD.state = 'draft' THEN
                    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
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
            CREATE TRIGGER policies_policyversion_immutable BEFORE UPDATE OR DELETE ON policies_policyversion
                FOR EACH ROW EXECUTE FUNCTION policies_refuse_version_change();

            CREATE FUNCTION policies_refuse_part_change() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                parts jsonb[] := CASE TG_OP
                    WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
                    WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
                    ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)] END;
                part jsonb;
                found_state text;
            BEGIN
                -- Both ends of a change count: nothing moves out of a published version either.
                FOREACH part IN ARRAY parts LOOP
                    SELECT state INTO found_state FROM policies_policyversion WHERE id = COALESCE(
                        (part->>'version_id')::bigint,
                        (SELECT version_id FROM policies_clause WHERE id = (part->>'clause_id')::bigint)
                    );
                    -- Not found: the version itself is being deleted, which only a draft can be.
                    IF found_state IS NOT NULL AND found_state <> 'draft' THEN
                        RAISE EXCEPTION 'the policy version of this % is published and immutable', TG_TABLE_NAME
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                END LOOP;
                RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
            END $$;
            CREATE TRIGGER policies_clause_immutable BEFORE INSERT OR UPDATE OR DELETE ON policies_clause
                FOR EACH ROW EXECUTE FUNCTION policies_refuse_part_change();
            CREATE TRIGGER policies_rule_immutable BEFORE INSERT OR UPDATE OR DELETE ON policies_rule
                FOR EACH ROW EXECUTE FUNCTION policies_refuse_part_change();
            CREATE TRIGGER policies_target_immutable BEFORE INSERT OR UPDATE OR DELETE ON policies_target
                FOR EACH ROW EXECUTE FUNCTION policies_refuse_part_change();
            CREATE TRIGGER policies_attestation_append_only BEFORE UPDATE OR DELETE ON policies_attestation
                FOR EACH ROW EXECUTE FUNCTION socialhub_refuse_change();
            """,
            """
            DROP TRIGGER policies_attestation_append_only ON policies_attestation;
            DROP TRIGGER policies_target_immutable ON policies_target;
            DROP TRIGGER policies_rule_immutable ON policies_rule;
            DROP TRIGGER policies_clause_immutable ON policies_clause;
            DROP FUNCTION policies_refuse_part_change();
            DROP TRIGGER policies_policyversion_immutable ON policies_policyversion;
            DROP FUNCTION policies_refuse_version_change();
            """,
        )
    ]
