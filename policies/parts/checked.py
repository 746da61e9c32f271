"""How many of the decisions that rules make by themselves people look at, as a part of a version."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.plain import refuse
from policies.models import PolicyVersion
from policies.parts.base import Files, Part

USUAL_SHARE = 10


def read(data: Any, _files: Files) -> int:
    """Check it; a policy that says nothing has every tenth looked at."""
    if data is None:
        return USUAL_SHARE
    if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data <= 100:
        raise refuse(_("The share must be a whole number from 0 to 100."))
    return data


def put(version: PolicyVersion, data: int) -> None:
    """Let a draft say so."""
    version.checked_share = data
    version.save(update_fields=["checked_share"])


def lines(data: int | None) -> list[str]:
    """Tell it in a sentence."""
    share = USUAL_SHARE if data is None else data
    return [_("Of a hundred decisions that rules make by themselves, people look at %(share)d.") % {"share": share}]


PART = Part(
    "checked_share",
    gettext_lazy("Decisions of rules"),
    read=read,
    write=lambda data: (data, {}),
    lines=lines,
    take=lambda version: version.checked_share,
    put=put,
    is_tried=False,
)
