from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import migrations, models
from django.db.models import Case, Func, Value, When
from django.db.models.functions import Concat

CONFIGURATIONS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
WORDS = Case(
    *(When(language=code, then=SearchVector("text", config=name)) for code, name in CONFIGURATIONS.items()),
    default=SearchVector("text", config="simple"),
)
NAMES = SearchVector(
    Func(Concat("name", Value(" "), "handle", Value(" ")), Value("@._-/:"), Value("      "), function="translate"),
    config="simple",
)


class Migration(migrations.Migration):
    dependencies = [("listening", "0009_heard_hours")]

    # The column cannot be altered on every PostgreSQL that we run on: it goes, with its index, and comes again.
    operations = [
        migrations.RemoveIndex("mention", "listening_mention_search"),
        migrations.RemoveField("mention", "search"),
        migrations.AddField(
            "mention",
            "search",
            models.GeneratedField(expression=WORDS, output_field=SearchVectorField(), db_persist=True),
        ),
        migrations.AddIndex("mention", GinIndex(fields=["search"], name="listening_mention_search")),
        migrations.AddIndex("mention", models.Index(fields=["-published_at", "-id"], name="listening_mention_newest")),
        migrations.AddIndex("profile", GinIndex(NAMES, name="listening_profile_search")),
    ]
