"""How each person wants their lists: the order of each, and how dense all are."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models import User

# Of more lists nobody remembers what they chose.
MOST_LISTS = 100


class Density(models.TextChoices):
    """How much room a row takes."""

    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


def density_of(user: User) -> Density:
    """Return what the person chose, or the roomy one."""
    return Density.COMPACT if _of(user).get("density") == Density.COMPACT else Density.COMFORTABLE


def sort_of(user: User, slug: str) -> str:
    """Return the order that the person chose for a list; empty where they chose none."""
    sorts = _of(user).get("sorts")
    chosen = sorts.get(slug, "") if isinstance(sorts, dict) else ""
    return chosen if isinstance(chosen, str) else ""


def with_density(kept: Mapping[str, Any], density: Density) -> dict[str, Any]:
    """Return the choices with another density."""
    return {**kept, "density": density.value}


def with_sort(kept: Mapping[str, Any], slug: str, sort: str) -> dict[str, Any]:
    """Return the choices with another order of one list; the oldest choice of too many is forgotten."""
    sorts = {name: value for name, value in (kept.get("sorts") or {}).items() if name != slug}
    newest = list({**sorts, slug: sort}.items())[-MOST_LISTS:]
    return {**kept, "sorts": dict(newest)}


def _of(user: User) -> Mapping[str, Any]:
    kept = user.choices.get("lists") if isinstance(user.choices, dict) else None
    return kept if isinstance(kept, dict) else {}
