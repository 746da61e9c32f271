"""The times allowed, as a part of a version."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.plain import refuse
from policies.engine.targets import Target as Times
from policies.engine.targets import read_target
from policies.models import PolicyVersion, Target
from policies.parts.base import Files, Part
from policies.wording import sentence_of_target
from socialhub.lib.errors import Invalid

# What the folder calls each column.
_COLUMNS = {
    "priority": "priority",
    "disposition": "disposition",
    "decide": "decide_minutes",
    "claim": "claim_minutes",
    "answer": "answer_minutes",
    "resolve": "resolve_minutes",
    "rest": "idle_minutes",
    "hours": "hours",
}
_UNSAID = {"disposition": "", "resolve": None, "hours": "always"}


def read(data: Any, _files: Files) -> list[dict[str, Any]]:
    """Check the times at each priority."""
    if data is None:
        return []
    if not isinstance(data, list):
        raise refuse(_("Give a list, one entry for each priority."))
    found: dict[tuple[int, str], Times] = {}
    for number, entry in enumerate(data):
        if not isinstance(entry, Mapping):
            raise refuse(_("Write what is allowed as names with minutes."), number)
        try:
            times = read_target(entry)
        except Invalid as refusal:
            raise refuse(str(refusal), number, refusal.field or "") from None
        if (times.priority, times.disposition) in found:
            raise refuse(_("Name each priority, and each disposition of it, once."), number)
        if times.disposition and (times.priority, "") not in found:
            told = {"priority": times.priority, "disposition": times.disposition}
            sentence = _("Give the times of priority %(priority)d for all before those for %(disposition)s.")
            raise refuse(sentence % told, number)
        found[times.priority, times.disposition] = times
    return [_plain(found[key]) for key in sorted(found)]


def take(version: PolicyVersion) -> list[dict[str, Any]]:
    """Return the times of a version."""
    return [
        _said({name: getattr(row, column) for name, column in _COLUMNS.items()})
        for row in version.targets.order_by("priority", "disposition")
    ]


def put(version: PolicyVersion, data: Sequence[Mapping[str, Any]]) -> None:
    """Give a draft exactly these times."""
    version.targets.all().delete()
    Target.objects.bulk_create([Target(version=version, **_columns(row)) for row in data])


def lines(data: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Tell the times, one sentence for each priority."""
    return [f"{sentence_of_target(Target(**_columns(row)))}." for row in data or ()]


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {_COLUMNS[name]: value for name, value in {**_UNSAID, **row}.items()}


def _plain(times: Times) -> dict[str, Any]:
    return _said({name: asdict(times)[name] for name in _COLUMNS} | {"hours": times.hours.value})


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _UNSAID or value != _UNSAID[name]}


PART = Part(
    "targets",
    gettext_lazy("Time allowed"),
    read=read,
    write=lambda data: (data, {}),
    lines=lines,
    take=take,
    put=put,
)
