"""YAML as people mean it: plain data alone, and every place with its line.

Anchors, aliases and tags are refused, so that nothing grows or runs while it is read.
Plain words stay words: ``no`` is Norwegian and ``17:00`` a time, as in YAML 1.2.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from policies.folder.problems import BadFolder, bad

DEEPEST = 20
MOST_NODES = 200_000
# No wider than what PyYAML puts in quotes when it is a text, so that what is written is what is read.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_NUMBER = re.compile(r"(?:[-+]?[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})(?:[eE][-+][0-9]{1,3})?\Z")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Place = tuple[str | int, ...]


@dataclass
class Located:
    """Plain data, and the line on which each of its places begins."""

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Sequence[str | int]) -> int | None:
        """Return the line of a place, or of the nearest one around it."""
        for length in range(len(place), -1, -1):
            found = self.lines.get(tuple(place[:length]))
            if found is not None:
                return found
        return None


def read_yaml(text: str, file: str) -> Located:
    """Read a text of YAML.

    :raises BadFolder: it is no YAML, or does what is refused; with the line.
    """
    try:
        _refuse_tricks(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = str(error.problem or error.context or "")
        raise bad(
            file, _("This is no YAML: %(reason)s.") % {"reason": reason}, mark.line + 1 if mark else None
        ) from None
    except yaml.YAMLError as error:
        raise bad(file, _("This is no YAML: %(reason)s.") % {"reason": str(error).splitlines()[0]}) from None
    found = Located(file)
    found.data = None if node is None else _data(node, (), found)
    return found


def write_yaml(data: Any) -> str:
    """Return plain data as YAML, long texts as blocks, in the order given."""
    return str(
        yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False)
    )


def _refuse_tricks(text: str, file: str) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise bad(file, _("Anchors and aliases (& and *) are not taken. Write it out."), line)
        if getattr(event, "tag", None):
            raise bad(file, _("Tags (!) are not taken. Write plain texts, numbers and lists."), line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise bad(file, _("This nests more than %(count)d deep.") % {"count": DEEPEST}, line)
        if count > MOST_NODES:
            raise bad(file, _("This has more than %(count)d entries.") % {"count": MOST_NODES}, line)


def _data(node: yaml.Node, place: Place, found: Located) -> Any:
    found.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, found.file)
    if isinstance(node, yaml.SequenceNode):
        return [_data(entry, (*place, number), found) for number, entry in enumerate(node.value)]
    mapping: dict[Any, Any] = {}
    for name_node, value_node in node.value:
        line = name_node.start_mark.line + 1
        name = _scalar(name_node, found.file) if isinstance(name_node, yaml.ScalarNode) else None
        if isinstance(name, bool) or name is None:
            # What YAML reads as no text was meant as a name: "true", "null" or nothing.
            raise bad(found.file, _("A name must be a plain text."), line)
        name = str(name)
        if name in mapping:
            raise bad(found.file, _("“%(name)s” stands here twice.") % {"name": name[:40]}, line)
        found.lines[(*place, name)] = line
        mapping[name] = _data(value_node, (*place, name), found)
    return mapping


def _scalar(node: yaml.ScalarNode, file: str) -> Any:
    text: str = node.value
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise bad(file, _("This holds a character that is none."), node.start_mark.line + 1)
    if node.style:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _NUMBER.match(text) else text


class _Dumper(yaml.SafeDumper):
    """Writes long texts as blocks, short lists on one line, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    is_block = "\n" in text and not any(line != line.rstrip() for line in text.split("\n"))
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if is_block else None)


def _write_list(dumper: yaml.SafeDumper, entries: Sequence[Any]) -> yaml.Node:
    is_short = all(isinstance(entry, str | int | float) for entry in entries) and len(str(entries)) <= 80
    return dumper.represent_sequence("tag:yaml.org,2002:seq", entries, flow_style=is_short)


def _write_mapping(dumper: yaml.SafeDumper, entries: Mapping[Any, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", entries.items(), flow_style=not entries)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(list, _write_list)
_Dumper.add_representer(tuple, _write_list)
_Dumper.add_representer(dict, _write_mapping)

__all__ = ["BadFolder", "Located", "Place", "read_yaml", "write_yaml"]
