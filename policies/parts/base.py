"""What a part of a version must be able to do, so that it is compared, kept in a folder and tried."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from policies.engine.conditions import InvalidAt
from policies.models import PolicyVersion


class Files:
    """The texts of a folder by their path; remembers which were asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.used: set[str] = set()

    def read(self, path: Any, *, below: str, place: str) -> str:
        """Return what stands in a file of the folder ``below``.

        :raises InvalidAt: there is no such file.
        """
        found = self.texts.get(path) if isinstance(path, str) and path.startswith(f"{below}/") else None
        if found is None:
            told = {"path": str(path)[:100], "folder": below}
            raise refuse(_("“%(path)s” is no file of the folder “%(folder)s”.") % told, place)
        self.used.add(path)
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a version beside its clauses: how it is read, written, told and stored.

    What it says travels as plain data: texts, numbers, lists and mappings with names.
    ``read`` checks what stands under ``name`` in policy.yaml and raises ``InvalidAt`` with
    the place below it; None means that the folder says nothing of it. ``write`` gives it
    back, with further files by their path. ``lines`` tells it in sentences, to be compared.
    ``put`` replaces it in a draft that is locked. ``is_tried``: whether the back-test of a
    version is void when this part changes. ``is_open``: whether everybody who may read the
    policy reads this part too.
    """

    name: str
    title: str | Promise
    read: Callable[[Any, Files], Any]
    write: Callable[[Any], tuple[Any, Mapping[str, str]]]
    lines: Callable[[Any], list[str]]
    take: Callable[[PolicyVersion], Any]
    put: Callable[[PolicyVersion, Any], None]
    is_tried: bool = True
    is_open: bool = True


def refuse(message: str, *place: str | int) -> InvalidAt:
    """Return the refusal of what stands at a place, below the part's own name."""
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
