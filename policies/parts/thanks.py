"""Whether a word of thanks at the end is passed over, as a part of a version."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.plain import refuse
from policies.models import PolicyVersion
from policies.parts.base import Files, Part


def read(data: Any, _files: Files) -> bool:
    """Check it; a policy that says nothing passes thanks over."""
    if data is not None and not isinstance(data, bool):
        raise refuse(_("Say true or false."))
    return data is not False


def put(version: PolicyVersion, data: bool) -> None:
    """Let a draft say so."""
    version.passes_over_thanks = data
    version.save(update_fields=["passes_over_thanks"])


def lines(data: bool | None) -> list[str]:
    """Tell it in a sentence."""
    if data is False:
        return [_("A word of thanks at the end is treated like any other message.")]
    return [_("A word of thanks at the end neither reopens a conversation nor starts a clock.")]


PART = Part(
    "passes_over_thanks",
    gettext_lazy("Closing remarks"),
    read=read,
    write=lambda data: (data, {}),
    lines=lines,
    take=lambda version: version.passes_over_thanks,
    put=put,
)
