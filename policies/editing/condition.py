"""A condition while it is edited: with menus, or as text."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from policies.editing.posted import act_on, check_tree, read_text, tree_in
from policies.editing.tree import Group, Leaf, as_text, condition_of, nodes_in, tree_of
from policies.engine.conditions import read_condition
from socialhub.lib.errors import Invalid


class ConditionEditor:
    """One condition on the page. ``text`` is it where it is edited as text, else None."""

    def __init__(self, root: Group) -> None:
        self.root = root
        self.text: str | None = None
        self.text_errors: list[str] = []
        # What was posted, where it can be used.
        self.condition: Mapping[str, Any] | None = None

    def problems(self) -> list[str]:
        """Return what is wrong with the condition that was posted."""
        return [*self.text_errors, *(error for node in nodes_in(self.root) for error in node.errors)]

    def refuse(self, message: str) -> None:
        """Say what is wrong with the condition as a whole."""
        (self.root.errors if self.text is None else self.text_errors).append(message)

    @property
    def newest(self) -> str:
        """The place of the term that a button has just added."""
        return next((node.path for node in nodes_in(self.root) if isinstance(node, Leaf) and node.is_new), "")

    def act(self, posted: QueryDict) -> None:
        """Do what a button says other than the one that saves; nothing is refused yet."""
        if posted.get("view") == "text":
            self.text = _text(posted)
        act = posted.get("act", "")
        if act == "text" and self.text is None:
            try:
                self.text = as_text(condition_of(self.root, read_text))
            except Invalid as refusal:
                self.root.errors.append(str(refusal))
        elif act == "menus" and self.text is not None:
            try:
                data = read_text(self.text)
                if data:
                    read_condition(data)
                self.root, self.text = tree_of(data or {}), None
            except Invalid as refusal:
                self.text_errors.append(str(refusal))
        else:
            act_on(self.root, act, posted)

    def take(self, posted: QueryDict, before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Return what was posted, or None after entering at its place what is wrong.

        What nobody touched stays as it was written ``before``.
        """
        self.condition = self._taken(posted, before)
        return self.condition

    def _taken(self, posted: QueryDict, before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if posted.get("view") == "text":
            self.text = _text(posted)
            try:
                data = read_text(self.text)
                read_condition(data)
            except Invalid as refusal:
                self.text_errors.append(str(refusal))
                return None
            return dict(data)
        condition = check_tree(self.root)
        if condition is None or before is None or condition != condition_of(tree_of(before), read_text):
            return condition
        try:
            read_condition(before)
        except Invalid as refusal:
            self.root.errors.append(str(refusal))
            return None
        return dict(before)


def posted_condition(posted: QueryDict) -> ConditionEditor:
    """Return the editor of the condition that was posted."""
    return ConditionEditor(tree_in(posted))


def _text(posted: QueryDict) -> str:
    return posted.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
