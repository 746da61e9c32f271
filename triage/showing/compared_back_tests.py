"""Two trials side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from socialhub.lib.moments import grouped
from triage.showing.back_tests import department_names, missed, part_names, percent_of, share_of, value_names


@dataclass(frozen=True, slots=True)
class Line:
    """One number in both, with its share."""

    label: str
    one: str
    other: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Section:
    """What is compared together."""

    title: str
    lines: list[Line]


def compare(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Section]:
    """Return two results side by side: what each version suggests, what it misses, and what its rules do."""
    names = value_names(department_names())
    sections = [_short(one, other)]
    for part in ("disposition", "department", "priority"):
        mine, theirs = _suggested(one, part), _suggested(other, part)
        order = [value for value in names[part] if value in mine or value in theirs]
        order += sorted((set(mine) | set(theirs)) - set(order))
        lines = [
            _line(
                names[part].get(value, value),
                (mine.get(value, 0), one["count"]),
                (theirs.get(value, 0), other["count"]),
            )
            for value in order
        ]
        sections.append(Section(part_names()[part], lines))
    sections.append(_agreement(one, other))
    sections.append(_rules(one, other))
    return sections


def _short(one: Mapping[str, Any], other: Mapping[str, Any]) -> Section:
    (_was, late), (_was_too, late_too) = missed(one["deadlines"]), missed(other["deadlines"])
    return Section(
        _("In short"),
        [
            _plain(_("Tried"), grouped(one["count"]), grouped(other["count"])),
            _line(_("Would change"), (one["moved"], one["count"]), (other["moved"], other["count"])),
            _line(_("Deadlines to decide missed"), (late, one["count"]), (late_too, other["count"])),
        ],
    )


def _agreement(one: Mapping[str, Any], other: Mapping[str, Any]) -> Section:
    lines = [
        _plain(name, share_of(one["agreement_after"].get(part, {})), share_of(other["agreement_after"].get(part, {})))
        for part, name in part_names().items()
    ]
    return Section(_("People decided as suggested"), lines)


def _rules(one: Mapping[str, Any], other: Mapping[str, Any]) -> Section:
    mine, theirs = ({rule["key"]: rule for rule in result["rules"]} for result in (one, other))
    lines = []
    for key in dict.fromkeys([*theirs, *mine]):
        rule = theirs.get(key) or mine[key]
        label = f"{rule['clause']} {rule['name']}"
        told = [grouped(side[key]["matched"]) if key in side else "–" for side in (mine, theirs)]
        lines.append(_plain(label, told[0], told[1]))
    return Section(_("How often each rule applies"), lines)


def _suggested(result: Mapping[str, Any], part: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for way, n in result["moves"][part].items():
        after = way.partition(">")[2]
        counts[after] = counts.get(after, 0) + n
    return counts


def _line(label: str, one: tuple[int, int], other: tuple[int, int]) -> Line:
    told = [f"{grouped(n)} ({percent_of(n, whole)})" if n else "0" for n, whole in (one, other)]
    return _plain(label, told[0], told[1])


def _plain(label: str, one: str, other: str) -> Line:
    return Line(label, one, other, one != other)
