"""What stands above a list: the filter, its menus, the order and the density. Printed once for all who see the same."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from triage.finding.language import Asked
from triage.finding.values import Value
from triage.finding.vocabulary import VOCABULARY
from triage.lists.choices import Density, density_of
from triage.lists.listing import Listing
from triage.lists.rows import Names
from triage.lists.sorting import Sort

# What people narrow a list to most often: one click each.
COMMON = ("is:late", "is:unclaimed", "is:mine", "is:press", "is:spike", "has:note", "sentiment:negative", "reach:>10k")
# Fields with so few values that a menu shows them all.
MENUS = ("stage", "priority", "sentiment", "disposition", "outcome")


class Option(NamedTuple):
    """One entry of a menu: the term that it adds."""

    term: str
    title: str


class Menu(NamedTuple):
    """The values of one field."""

    name: str
    title: str
    options: tuple[Option, ...]


def print_bar(listing: Listing, names: Names, base_url: str, *, incidents: Iterable[str] = ()) -> str:
    """Return the bar above a list, printed; ``incidents`` are what finds those that are open."""
    return _print_bar(
        base_url,
        listing.query(),
        listing.typed.text,
        listing.profile,
        listing.queue.sorts,
        listing.sort,
        density_of(listing.user),
        tuple(names.departments.values()),
        tuple(names.channels.values()),
        tuple(incidents),
        get_language() or "",
    )


@lru_cache(maxsize=300)
def _print_bar(
    base_url: str,
    query: str,
    text: str,
    profile: int | None,
    sorts: tuple[Sort, ...],
    sort: Sort,
    density: Density,
    departments: tuple[tuple[str, str], ...],
    channels: tuple[str, ...],
    incidents: tuple[str, ...],
    language: str,
) -> str:
    """Print the bar. ``language`` only tells entries of the cache apart: it is the one that is active."""
    context: dict[str, Any] = {
        "base_url": base_url,
        "list_url": f"{base_url}{query}",
        "text": text,
        "profile": profile,
        "sorts": sorts,
        "sort": sort,
        "densities": Density,
        "density": density,
        "common": _common(),
        "menus": [*_menus(), *_named(departments, channels), *_incidents(incidents)],
    }
    return render_to_string("triage/_filter_bar.html", context)


def _common() -> list[Option]:
    titles = {
        "is:late": _("Late"),
        "is:unclaimed": _("Unclaimed"),
        "is:mine": _("Mine"),
        "is:press": _("Press"),
        "is:spike": _("In a spike"),
        "has:note": _("With a note"),
        "sentiment:negative": _("Negative"),
        "reach:>10k": _("Reaches many"),
    }
    return [Option(term, titles[term]) for term in COMMON]


def _menus() -> Iterable[Menu]:
    for name in MENUS:
        field = VOCABULARY[name]
        values: Mapping[str, tuple[Any, Any]] = field.options or field.named
        options = tuple(Option(f"{name}:{value}", str(title)) for value, (title, _facts) in values.items())
        # The field of the language says how numbers are written; here there are words.
        yield Menu(name, _("Mood") if name == "sentiment" else str(field.title), options)


def _named(departments: tuple[tuple[str, str], ...], channels: tuple[str, ...]) -> list[Menu]:
    none = Option("dept:none", _("None"))
    return [
        Menu("channel", _("Channel"), tuple(Option(str(Asked("channel", (Value(name),))), name) for name in channels)),
        Menu("dept", _("Department"), (*(Option(f"dept:{slug}", name) for slug, name in departments), none)),
    ]


def _incidents(names: tuple[str, ...]) -> list[Menu]:
    if not names:
        return []
    every = Option("is:incident", _("Any that is open"))
    named = (Option(str(Asked("incident", (Value(name),))), name) for name in names)
    return [Menu("incident", _("Incident"), (every, *named))]
