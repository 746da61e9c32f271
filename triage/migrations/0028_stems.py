from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import migrations, models


def words():
    simple, english, german, spanish, french = (
        SearchVector("body", config=name) for name in ("simple", "english", "german", "spanish", "french")
    )
    return simple + english + german + spanish + french


class Migration(migrations.Migration):
    dependencies = [("listening", "0010_stems"), ("triage", "0027_reversals_are_events")]

    operations = [
        migrations.RemoveIndex("note", "triage_note_search"),
        migrations.RemoveField("note", "search"),
        migrations.AddField(
            "note",
            "search",
            models.GeneratedField(expression=words(), output_field=SearchVectorField(), db_persist=True),
        ),
        migrations.AddIndex("note", GinIndex(fields=["search"], name="triage_note_search")),
        migrations.AddIndex("note", models.Index(fields=["-written_at", "-id"], name="triage_note_newest")),
        migrations.AddIndex("reply", GinIndex(words(), name="triage_reply_search", condition=models.Q(mention=None))),
    ]
