"""Plain data as people write it, checked with the place of what is wrong."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from policies.engine.conditions import InvalidAt


def refuse(message: str, *place: str | int) -> InvalidAt:
    """Return the refusal of what stands at a place, below what is read."""
    return InvalidAt(message, field=None, place=".".join(str(step) for step in place if step != ""))


def only(data: Any, known: tuple[str, ...], *place: str | int) -> Mapping[str, Any]:
    """Return a mapping that has no other names than those known.

    :raises InvalidAt: it is none, or has; the place is that of the unknown name.
    """
    if not isinstance(data, Mapping):
        raise refuse(_("Write names with values here: %(known)s.") % {"known": ", ".join(known)}, *place)
    for name in data:
        if name not in known:
            told = {"word": str(name)[:40], "known": ", ".join(known)}
            raise refuse(_("“%(word)s” is not known here. Known are: %(known)s.") % told, *place, str(name))
    return data


def text(data: Mapping[str, Any], name: str, *place: str | int, most: int, fallback: str | None = None) -> str:
    """Return a text of a mapping, of at most so many characters.

    :raises InvalidAt: it is missing and has no ``fallback``, is no text, is empty or too long.
    """
    value = data.get(name, fallback)
    if value is None:
        raise refuse(_("“%(name)s” is missing.") % {"name": name}, *place)
    if not isinstance(value, str) or len(value) > most or not (value.strip() or value == fallback):
        told = {"name": name, "count": most}
        raise refuse(_("“%(name)s” must be a text of 1 to %(count)d characters.") % told, *place, name)
    return value.strip()
