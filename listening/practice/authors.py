"""Invented people who write: a name, a handle that suits the place, a reach."""

from random import Random

from listening.practice.corpus import Corpus
from listening.practice.exchanges import Author

PLAIN = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "á": "a", "à": "a", "ã": "a",
        "é": "e", "è": "e", "ê": "e", "ë": "e", "í": "i", "ó": "o", "ô": "o", "õ": "o", "ú": "u", "ç": "c", "ñ": "n",
    }
)  # fmt: skip
HABITS = ("rides", "folds", "pedals", "onwheels", "bakes", "outside", "reads", "writes", "runs", "cycles")


def _plain(name: str) -> str:
    return name.lower().translate(PLAIN)


def _handle(rng: Random, first: str, last: str, medium: str) -> str:
    first, last = _plain(first), _plain(last)
    number = rng.randint(10, 999)
    if medium == "mail":
        return f"{first}.{last}{rng.choice(('', '', str(number)))}@post.example"
    if medium == "review":
        return f"{first}-{last[0]}-{number}"
    # Each has the whole name in it: one handle must never be two people.
    styles = (
        f"{first}.{last}",
        f"{first}{last}{number}",
        f"{first}_{last}_{rng.choice(HABITS)}",
        f"{last}.{first}",
        f"{last}{first}.{number}",
        f"{rng.choice(HABITS)}with{first}{last}",
    )
    return rng.choice(styles)


def invent_author(rng: Random, corpus: Corpus, *, language: str, medium: str) -> Author:
    """Return a person of that language; most have few readers, very few have a hundred thousand."""
    names = corpus.people[language]
    first, last = rng.choice(names["first"]), rng.choice(names["last"])
    reach = 0 if medium == "mail" else min(int(rng.lognormvariate(5.2, 1.7)), 400_000)
    name = f"{first} {last[0]}." if medium == "review" else f"{first} {last}"
    return Author(handle=_handle(rng, first, last, medium), name=name, reach=reach, language=language)
