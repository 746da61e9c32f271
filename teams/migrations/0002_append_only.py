"""Rows that nobody may change are refused by the database itself."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION socialhub_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER teams_auditentry_append_only BEFORE UPDATE OR DELETE ON teams_auditentry
                FOR EACH ROW EXECUTE FUNCTION socialhub_refuse_change();
            """,
            """
            DROP TRIGGER teams_auditentry_append_only ON teams_auditentry;
            DROP FUNCTION socialhub_refuse_change();
            """,
        )
    ]
