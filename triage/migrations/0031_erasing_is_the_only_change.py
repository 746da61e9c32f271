"""What never changes may be emptied when its conversation is erased, and in no other way; holds are lifted once."""

from django.db import migrations

ONLY_ERASED = """
CREATE FUNCTION triage_refuse_decision_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Of the guide only what was seen in the words goes: its steps stay.
    IF TG_OP = 'UPDATE'
       AND (to_jsonb(NEW) - 'note' - 'guide') = (to_jsonb(OLD) - 'note' - 'guide')
       AND NEW.note = ''
       AND NEW.guide = COALESCE((
           SELECT jsonb_agg(
               CASE WHEN step ? 'evidence' THEN jsonb_set(step, '{evidence}', '[]') ELSE step END ORDER BY place
           ) FROM jsonb_array_elements(OLD.guide) WITH ORDINALITY AS steps(step, place)
       ), '[]')
       AND EXISTS (SELECT FROM triage_conversation WHERE id = OLD.conversation_id AND erased_at IS NOT NULL)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER triage_decision_append_only ON triage_decision;
CREATE TRIGGER triage_decision_append_only BEFORE UPDATE OR DELETE ON triage_decision
    FOR EACH ROW EXECUTE FUNCTION triage_refuse_decision_change();

CREATE FUNCTION triage_refuse_attachment_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM triage_conversation WHERE erased_at IS NOT NULL AND id = COALESCE(
            (SELECT conversation_id FROM triage_reply WHERE id = OLD.reply_id),
            (SELECT conversation_id FROM triage_approval WHERE id = OLD.approval_id)
        )
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER triage_attachment_frozen ON triage_attachment;
CREATE TRIGGER triage_attachment_frozen BEFORE UPDATE OR DELETE ON triage_attachment
    FOR EACH ROW WHEN (OLD.draft_id IS NULL) EXECUTE FUNCTION triage_refuse_attachment_change();

CREATE FUNCTION triage_refuse_hold_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL
       AND (to_jsonb(NEW) - 'lifted_at' - 'lifted_by_id' - 'lifted_because')
         = (to_jsonb(OLD) - 'lifted_at' - 'lifted_by_id' - 'lifted_because')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER triage_legalhold_lifted_once BEFORE UPDATE OR DELETE ON triage_legalhold
    FOR EACH ROW EXECUTE FUNCTION triage_refuse_hold_change();
"""

NEVER = """
DROP TRIGGER triage_legalhold_lifted_once ON triage_legalhold;
DROP FUNCTION triage_refuse_hold_change();
DROP TRIGGER triage_attachment_frozen ON triage_attachment;
CREATE TRIGGER triage_attachment_frozen BEFORE UPDATE OR DELETE ON triage_attachment
    FOR EACH ROW WHEN (OLD.draft_id IS NULL) EXECUTE FUNCTION socialhub_refuse_change();
DROP FUNCTION triage_refuse_attachment_change();
DROP TRIGGER triage_decision_append_only ON triage_decision;
CREATE TRIGGER triage_decision_append_only BEFORE UPDATE OR DELETE ON triage_decision
    FOR EACH ROW EXECUTE FUNCTION socialhub_refuse_change();
DROP FUNCTION triage_refuse_decision_change();
"""


class Migration(migrations.Migration):
    dependencies = [("triage", "0030_retention_and_holds")]

    operations = [migrations.RunSQL(ONLY_ERASED, NEVER)]
