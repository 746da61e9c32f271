"""How many days people may go on who have not attested anew yet, as a part of a version."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from policies.engine.plain import refuse
from policies.models import PolicyVersion
from policies.models.version import MOST_GRACE_DAYS
from policies.parts.base import Files, Part


def read(data: Any, _files: Files) -> int:
    """Check the days; a policy that says nothing gives none."""
    if data is None:
        return 0
    if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data <= MOST_GRACE_DAYS:
        raise refuse(_("The days must be a whole number from 0 to %(most)d.") % {"most": MOST_GRACE_DAYS})
    return data


def put(version: PolicyVersion, data: int) -> None:
    """Let a draft give so many days."""
    version.grace_days = data
    version.save(update_fields=["grace_days"])


def lines(data: int | None) -> list[str]:
    """Tell the days in a sentence."""
    if not data:
        return [_("Who has not attested what binds them anew does not act.")]
    days = ngettext("%(days)d day", "%(days)d days", data) % {"days": data}
    return [_("Who could act before has %(days)s to attest what binds them anew.") % {"days": days}]


PART = Part(
    "grace_days",
    gettext_lazy("Time to attest"),
    read=read,
    write=lambda data: (data or None, {}),
    lines=lines,
    take=lambda version: version.grace_days,
    put=put,
    is_tried=False,
)
