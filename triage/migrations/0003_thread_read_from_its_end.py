"""The end of a thread is read from an index, however long the thread is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0002_append_only_and_counted")]

    operations = [
        migrations.AddIndex(
            model_name="threadentry",
            index=models.Index(fields=["conversation", "-mention"], name="triage_threadentry_latest"),
        ),
        migrations.AlterField(
            model_name="threadentry",
            name="conversation",
            field=models.ForeignKey(
                db_index=False, on_delete=models.deletion.PROTECT, related_name="entries", to="triage.conversation"
            ),
        ),
    ]
