"""A condition as a tree that menus can show, and back; what menus cannot show stays text."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.editing.menus import ENTRIES, WITH_COMMAS, Shape

# Groups within groups that menus show; deeper ones stay text.
DEEPEST = 4
MODES = ("all", "any", "none")
_PRIORITY = re.compile(r"[0-9]\Z")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?\Z")

Given = dict[str, list[str]]


@dataclass
class Leaf:
    """A term with what its fields hold; ``was`` is what it was given before, as JSON, to be kept if they are."""

    name: str
    given: Given
    was: str = ""
    path: str = ""
    # A button has just added it.
    is_new: bool = False
    errors: list[str] = field(default_factory=list)


@dataclass
class Kept:
    """A part that menus cannot show, as YAML."""

    text: str
    path: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass
class Group:
    """Parts of which all, any or none must hold."""

    mode: str
    parts: list["Node"]
    path: str = ""
    errors: list[str] = field(default_factory=list)


Node = Leaf | Kept | Group


def tree_of(condition: Mapping[str, Any]) -> Group:
    """Return a stored condition as a tree."""
    node = _node(condition, 1)
    root = node if isinstance(node, Group) else Group("all", [node])
    number(root)
    return root


def number(group: Group, path: str = "1") -> None:
    """Give every node its place."""
    group.path = path
    for place, part in enumerate(group.parts, start=1):
        if isinstance(part, Group):
            number(part, f"{path}.{place}")
        else:
            part.path = f"{path}.{place}"


def nodes_in(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    yield node
    if isinstance(node, Group):
        for part in node.parts:
            yield from nodes_in(part)


def condition_of(node: Node, read: Any) -> dict[str, Any]:
    """Return what a tree says as it is stored; ``read`` turns the text of a kept part into data."""
    match node:
        case Leaf():
            return {node.name: value_of(node)}
        case Kept():
            data = read(node.text)
            return data if isinstance(data, dict) else {"": data}
        case Group():
            parts = [condition_of(part, read) for part in node.parts]
            if node.mode == "none":
                return {"not": parts[0] if len(parts) == 1 else {"any": parts}}
            if node.mode == "any":
                return {"any": parts}
            names = [name for part in parts for name in part]
            # Terms that differ stand side by side, as a person would write them.
            if len(parts) == 1 or len(names) == len(set(names)):
                return {name: value for part in parts for name, value in part.items()}
            return {"all": parts}


def value_of(leaf: Leaf) -> Any:
    """Return what a term was given; as before, where its fields hold what they held."""
    before = _before(leaf)
    given = leaf.given
    if before is not None and _given(leaf.name, before) == given:
        return before
    match ENTRIES[leaf.name].shape:
        case Shape.LINES:
            # A phrase that has a comma in it stays one.
            commas = leaf.name in WITH_COMMAS and not (isinstance(before, list) and "," in "".join(map(str, before)))
            return _lines(_one(given, "lines"), commas=commas)
        case Shape.TEXT:
            return _one(given, "text")
        case Shape.RANGE:
            limits = {name: _number(_one(given, name)) for name in ("at_least", "below")}
            return {name: limit for name, limit in limits.items() if limit != ""}
        case Shape.FLAG:
            return {"true": True, "false": False}.get(_one(given, "flag"), "")
        case Shape.HOURS:
            clocks = {name: _one(given, name) for name in ("from", "to")}
            return {"days": given.get("days", []), **{name: clock for name, clock in clocks.items() if clock}}
        case Shape.CHOICES:
            names = given.get("names", [])
            return [int(name) for name in names if _PRIORITY.match(name)] if leaf.name == "priority" else names


def new_leaf(name: str) -> Leaf:
    """Return a term with its fields empty."""
    return Leaf(name, {"flag": ["true"]} if ENTRIES[name].shape == Shape.FLAG else {}, is_new=True)


def _before(leaf: Leaf) -> Any:
    try:
        return json.loads(leaf.was) if leaf.was else None
    except (ValueError, RecursionError):
        return None


def _node(data: Any, depth: int) -> Node:
    if not isinstance(data, Mapping) or not data:
        return Kept(as_text(data)) if data else Group("all", [])
    if len(data) > 1:
        if depth > DEEPEST:
            return Kept(as_text(data))
        return Group("all", [_node({name: value}, depth + 1) for name, value in data.items()])
    ((name, value),) = data.items()
    if name in ("all", "any", "not"):
        return _group(name, value, depth) or Kept(as_text(data))
    given = _given(name, value)
    return Kept(as_text(data)) if given is None else Leaf(name, given, as_json(value))


def _group(name: str, value: Any, depth: int) -> Group | None:
    if depth > DEEPEST:
        return None
    if name == "not":
        value = value["any"] if isinstance(value, Mapping) and list(value) == ["any"] else [value]
    if not isinstance(value, list) or not value:
        return None
    return Group("none" if name == "not" else name, [_node(part, depth + 1) for part in value])


def _given(name: str, value: Any) -> Given | None:
    """Return what the fields of a term hold for what it was given, or None where they cannot."""
    entry = ENTRIES.get(name)
    if entry is None:
        return None
    texts = [value] if isinstance(value, str | int) and not isinstance(value, bool) else value
    is_list = isinstance(texts, list) and all(isinstance(text, str | int) for text in texts)
    match entry.shape:
        case Shape.LINES if is_list:
            return {"lines": ["\n".join(str(text) for text in texts)]}
        case Shape.CHOICES if is_list:
            return {"names": [str(text) for text in texts]}
        case Shape.TEXT if isinstance(value, str):
            return {"text": [value]}
        case Shape.FLAG if isinstance(value, bool):
            return {"flag": ["true" if value else "false"]}
        case Shape.RANGE if isinstance(value, Mapping) and not set(value) - {"at_least", "below"}:
            return {name: [str(limit)] for name, limit in value.items()}
        case Shape.HOURS if isinstance(value, Mapping) and not set(value) - {"days", "from", "to"}:
            days = value.get("days", [])
            if isinstance(days, list) and all(isinstance(day, str) for day in days):
                clocks = {name: [str(value[name])] for name in ("from", "to") if name in value}
                return {"days": days, **clocks} if days else clocks
            return None
        case _:
            return None


def as_json(data: Any) -> str:
    """Return data as JSON on one line."""
    return json.dumps(data, ensure_ascii=False)


def as_text(data: Any) -> str:
    """Return data as JSON that a person can read; it is YAML, too."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def _one(given: Mapping[str, Sequence[str]], name: str) -> str:
    return (given.get(name) or [""])[0].strip()


def _number(text: str) -> int | float | str:
    if not _NUMBER.match(text):
        return text
    return float(text) if "." in text else int(text)


def _lines(text: str, *, commas: bool) -> list[str]:
    found = re.split(r"[,;\r\n]" if commas else r"[\r\n]", text)
    return list(dict.fromkeys(word for line in found if (word := " ".join(line.split()))))
