"""What concerns a department is read newest first, and what it has answered or closed from its own index."""

from django.db import migrations, models
from django.db.models import Q

FILLED = """
UPDATE triage_concern SET last_inbound_at = conversation.last_inbound_at
FROM triage_conversation AS conversation WHERE conversation.id = triage_concern.conversation_id
"""

# A concern that is written while a message comes in waits for it, as whoever changes the conversation would.
KEPT = """
CREATE FUNCTION triage_date_concern() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT last_inbound_at INTO NEW.last_inbound_at FROM triage_conversation
    WHERE id = NEW.conversation_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;
CREATE TRIGGER triage_concern_dated BEFORE INSERT ON triage_concern FOR EACH ROW
    WHEN (NEW.last_inbound_at IS NULL) EXECUTE FUNCTION triage_date_concern();
CREATE FUNCTION triage_date_concerns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE triage_concern SET last_inbound_at = NEW.last_inbound_at WHERE conversation_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER triage_conversation_dates_concerns AFTER UPDATE OF last_inbound_at ON triage_conversation FOR EACH ROW
    WHEN (OLD.last_inbound_at IS DISTINCT FROM NEW.last_inbound_at) EXECUTE FUNCTION triage_date_concerns();
"""

NOT_KEPT = """
DROP TRIGGER triage_conversation_dates_concerns ON triage_conversation;
DROP FUNCTION triage_date_concerns();
DROP TRIGGER triage_concern_dated ON triage_concern;
DROP FUNCTION triage_date_concern();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0034_bulk_runs"),
    ]

    operations = [
        migrations.AddField(
            model_name="concern",
            name="last_inbound_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
        # The keys that were checked later are checked now: a table with work left is not altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="concern",
            name="last_inbound_at",
            field=models.DateTimeField(editable=False),
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RemoveIndex(model_name="concern", name="triage_concern_stream"),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                fields=["department", "-last_inbound_at", "-conversation"], name="triage_concern_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["department", "-last_inbound_at", "-id"],
                name="triage_conv_dept_waiting",
                condition=Q(("stage", "waiting")),
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["department", "-closed_at", "-id"],
                name="triage_conv_dept_closed",
                condition=Q(("stage", "closed")),
            ),
        ),
    ]
