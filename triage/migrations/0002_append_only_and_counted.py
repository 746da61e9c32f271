"""Events and decisions never change; the counters of the queues are kept by the database."""

from django.db import migrations

APPEND_ONLY = """
CREATE TRIGGER triage_event_append_only BEFORE UPDATE OR DELETE ON triage_event
    FOR EACH ROW EXECUTE FUNCTION socialhub_refuse_change();
CREATE TRIGGER triage_decision_append_only BEFORE UPDATE OR DELETE ON triage_decision
    FOR EACH ROW EXECUTE FUNCTION socialhub_refuse_change();
"""

NOT_APPEND_ONLY = """
DROP TRIGGER triage_decision_append_only ON triage_decision;
DROP TRIGGER triage_event_append_only ON triage_event;
"""

# One trigger call per statement, whatever the number of rows, and only inserts:
# a bulk load costs one row per queue and two claims never wait for one counter.
COUNTED = """
CREATE FUNCTION triage_count_queues() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, count(*) FROM after_rows GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, -count(*) FROM before_rows GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, sum(n) FROM (
            SELECT stage, department_id, channel_id, priority, 1 AS n FROM after_rows
            UNION ALL
            SELECT stage, department_id, channel_id, priority, -1 FROM before_rows
        ) AS changes GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER triage_conversation_counted_insert AFTER INSERT ON triage_conversation
    REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION triage_count_queues();
CREATE TRIGGER triage_conversation_counted_update AFTER UPDATE ON triage_conversation
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION triage_count_queues();
CREATE TRIGGER triage_conversation_counted_delete AFTER DELETE ON triage_conversation
    REFERENCING OLD TABLE AS before_rows FOR EACH STATEMENT EXECUTE FUNCTION triage_count_queues();
"""

NOT_COUNTED = """
DROP TRIGGER triage_conversation_counted_delete ON triage_conversation;
DROP TRIGGER triage_conversation_counted_update ON triage_conversation;
DROP TRIGGER triage_conversation_counted_insert ON triage_conversation;
DROP FUNCTION triage_count_queues();
"""


class Migration(migrations.Migration):
    dependencies = [("triage", "0001_initial"), ("teams", "0002_append_only")]

    operations = [migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY), migrations.RunSQL(COUNTED, NOT_COUNTED)]
