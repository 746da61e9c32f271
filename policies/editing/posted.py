"""The tree that a form posts: one name for each field, which begins with the place of its node."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from policies.editing.menus import ENTRIES, FIELDS_OF
from policies.editing.tree import (
    DEEPEST,
    MODES,
    Given,
    Group,
    Kept,
    Leaf,
    Node,
    condition_of,
    new_leaf,
    nodes_in,
    number,
    value_of,
)
from policies.engine.conditions import read_condition
from policies.engine.terms import read_term
from policies.folder.problems import BadFolder
from policies.folder.yaml_text import read_yaml
from socialhub.lib.errors import Invalid

_NODE = re.compile(r"c\.(1(?:\.[1-9]\d{0,2}){0,8})\.is\Z")
MOST_NODES = 200
LONGEST_TEXT = 100_000

Condition = dict[str, Any]


def tree_in(posted: QueryDict) -> Group:
    """Return the tree that was posted; what does not belong to it is passed over."""
    found = (match[1] for name in posted if (match := _NODE.match(name)))
    paths = sorted(found, key=lambda path: [int(step) for step in path.split(".")])[:MOST_NODES]
    nodes: dict[str, Node] = {}
    for path in paths:
        node = _node(posted, path)
        parent = nodes.get(path.rpartition(".")[0])
        if node is None or (path != "1" and not isinstance(parent, Group)):
            continue
        nodes[path] = node
        if isinstance(parent, Group):
            parent.parts.append(node)
    root = nodes.get("1")
    return root if isinstance(root, Group) else Group("all", [], "1")


def act_on(root: Group, act: str, posted: QueryDict) -> None:
    """Do what a button says: add a term or a group at a place, or remove what is there."""
    doing, _colon, path = act.partition(":")
    for node in nodes_in(root):
        if not isinstance(node, Group):
            continue
        if node.path == path and doing == "add":
            name = posted.get(f"c.{path}.new", "")
            if name in ENTRIES:
                node.parts.append(new_leaf(name))
        elif node.path == path and doing == "group" and path.count(".") < DEEPEST - 1:
            node.parts.append(Group("any", []))
        elif doing == "remove":
            node.parts = [part for part in node.parts if part.path != path]
    number(root)


def check_tree(root: Group) -> Condition | None:
    """Return what the tree says, or None after entering at each node what is wrong with it."""
    for node in nodes_in(root):
        match node:
            case Group(parts=[]):
                node.errors.append(_("Add at least one condition."))
            case Kept():
                _try(node, partial(_read_kept, node))
            case Leaf():
                _try(node, partial(_read_leaf, node))
    if any(node.errors for node in nodes_in(root)):
        return None
    condition = condition_of(root, read_text)
    _try(root, partial(read_condition, condition))
    return None if root.errors else condition


def read_text(text: str) -> Any:
    """Return the data of a text of YAML or JSON.

    :raises Invalid: it is neither.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid(_("A condition has at most %(count)d characters.") % {"count": LONGEST_TEXT}, field="condition")
    try:
        return read_yaml(text, "").data
    except BadFolder as refusal:
        problem = refusal.problems[0]
        where = "" if problem.line is None else _("Line %(line)d: ") % {"line": problem.line}
        raise Invalid(where + problem.text, field="condition") from None


def _read_kept(kept: Kept) -> None:
    read_condition(read_text(kept.text))


def _read_leaf(leaf: Leaf) -> None:
    read_term(leaf.name, value_of(leaf))


def _try(node: Node, read: Callable[[], object]) -> None:
    try:
        read()
    except Invalid as refusal:
        node.errors.append(str(refusal))


def _node(posted: QueryDict, path: str) -> Node | None:
    kind = posted.get(f"c.{path}.is", "")
    if kind in MODES:
        return Group(kind, [], path)
    if kind == "text":
        return Kept(_plain(posted.get(f"c.{path}.text", "")), path)
    if kind not in ENTRIES:
        return None
    return Leaf(kind, _given(posted, path, FIELDS_OF[ENTRIES[kind].shape]), posted.get(f"c.{path}.was", ""), path)


def _given(posted: QueryDict, path: str, fields: tuple[str, ...]) -> Given:
    held: Mapping[str, list[str]] = {name: posted.getlist(f"c.{path}.{name}") for name in fields}
    return {name: [_plain(value) for value in values] for name, values in held.items() if any(values)}


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
