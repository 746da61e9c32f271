"""What a part of a version must be able to do, so that it is compared, kept in a folder and tried."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from policies.engine.plain import refuse
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
