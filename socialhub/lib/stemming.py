"""How texts and searches are cut into words and stems: in the language's own way, where PostgreSQL knows it."""

from collections.abc import Mapping
from functools import reduce
from operator import add

from django.contrib.postgres.search import SearchVector
from django.db.models import Case, Func, Value, When
from django.db.models.expressions import Expression
from django.db.models.functions import Concat

# Without stems and without words that are left out: for every language that is not below.
PLAIN = "simple"
CONFIGURATIONS: Mapping[str, str] = {
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
# What colleagues write has no language of its own, so that it is cut in those of the pages.
WRITTEN_IN = (PLAIN, "english", "german", "spanish", "french")
# What sets the words of a name or a handle apart.
_IN_HANDLES = "@._-/:"


def in_language(text: str, language: str) -> Case:
    """Return the words of the column ``text`` in the language that the column ``language`` names."""
    return Case(
        *(
            When(**{language: code}, then=SearchVector(text, config=configuration))
            for code, configuration in CONFIGURATIONS.items()
        ),
        default=SearchVector(text, config=PLAIN),
    )


def in_every_language(*texts: str) -> Expression:
    """Return the words of what colleagues write."""
    return reduce(add, (SearchVector(*texts, config=configuration) for configuration in WRITTEN_IN))


def of_names(*columns: str) -> SearchVector:
    """Return the words of names and handles."""
    spaced: list[object] = []
    for column in columns:
        spaced += [column, Value(" ")]
    plain = Func(Concat(*spaced), Value(_IN_HANDLES), Value(" " * len(_IN_HANDLES)), function="translate")
    return SearchVector(plain, config=PLAIN)


def name_words(name: str) -> str:
    """Return a name as its words stand in the index."""
    return name.translate(dict.fromkeys(map(ord, _IN_HANDLES), " "))
