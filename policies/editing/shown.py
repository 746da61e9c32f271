"""The tree of a condition as templates draw it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from policies.editing.menus import DAYS, ENTRIES, MENUS, Choices, Menus, Shape, options
from policies.editing.tree import DEEPEST, MODES, Group, Kept, Leaf, Node

MODE_NAMES = {
    "all": _("All of these hold"),
    "any": _("At least one of these holds"),
    "none": _("None of these holds"),
}


def shown(node: Node, known: Mapping[str, Choices], *, newest: str = "", menus: Menus = MENUS) -> dict[str, Any]:
    """Return a node for a template. ``known`` are the choices of terms that the version and the company give.

    ``newest`` is the place of what was just added: its first field takes the focus.
    """
    page: dict[str, Any] = {"path": node.path, "errors": node.errors, "name": f"c.{node.path}"}
    match node:
        case Group():
            return page | {
                "is_group": True,
                "is_root": node.path == "1",
                "modes": [(mode, MODE_NAMES[mode], mode == node.mode) for mode in MODES],
                "parts": [shown(part, known, newest=newest, menus=menus) for part in node.parts],
                "menus": menus,
                "may_nest": node.path.count(".") < DEEPEST - 1,
            }
        case Kept():
            return page | {"is_kept": True, "text": node.text}
        case Leaf():
            entry = ENTRIES[node.name]
            return page | {
                "term": node.name,
                "label": entry.label,
                "help": entry.help,
                "shape": entry.shape.value,
                "was": node.was,
                "is_newest": node.path == newest,
                "first": {name: values[0] for name, values in node.given.items() if values},
                "options": _options(node, known),
            }


def _options(leaf: Leaf, known: Mapping[str, Choices]) -> Sequence[tuple[str, str, bool]]:
    entry = ENTRIES[leaf.name]
    if entry.shape == Shape.HOURS:
        chosen = leaf.given.get("days", [])
        return [(day, str(name), day in chosen) for day, name in DAYS.items()]
    if entry.shape == Shape.FLAG:
        return options(entry, {}, leaf.given.get("flag", []))
    if entry.shape == Shape.CHOICES:
        return options(entry, known.get(leaf.name.removeprefix("answer_"), {}), leaf.given.get("names", []))
    return ()
