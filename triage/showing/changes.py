"""Answers that were corrected or removed, as the thread shows them, and changes that are on their way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from socialhub.lib.moments import date_format
from triage.models import Reply
from triage.showing.addresses import act_url
from triage.states import ReplyKind, ReplyState


@dataclass(frozen=True, slots=True)
class ShownChange:
    """What became of an answer that is out, in words, and what its chip says."""

    chip: str
    text: str
    is_removal: bool


def read_changes(reply_ids: Iterable[int]) -> Mapping[int, ShownChange]:
    """Return what became last of those answers that were changed."""
    changes = Reply.objects.filter(original__in=list(reply_ids), state=ReplyState.SENT).select_related("author")
    return {change.original_id or 0: _shown(change) for change in changes.order_by("sent_at", "pk")}


def change_url(reply: Reply, *, slug: str) -> str:
    """Return where an answer is corrected or removed."""
    return act_url("change_answer", reply.original_id or reply.pk, slug=slug)


def what_it_does(change: Reply) -> str:
    """Say of a change on its way what it is to do."""
    if change.kind == ReplyKind.REMOVAL:
        return _("Removes this answer. Reason: %(reason)s") % {"reason": change.reason}
    return _("Corrects an answer that is out. Until it is done, that one says what it said.")


def _shown(change: Reply) -> ShownChange:
    told = {"name": change.author.name, "moment": _moment(change)}
    if change.kind == ReplyKind.REMOVAL:
        text = _("Removed by %(name)s on %(moment)s. Reason: %(reason)s") % {**told, "reason": change.reason}
        return ShownChange(_("Removed"), text, is_removal=True)
    return ShownChange(_("Corrected"), _("Corrected by %(name)s on %(moment)s; said before") % told, is_removal=False)


def _moment(change: Reply) -> str:
    return date_format(timezone.localtime(change.sent_at), "j F Y, H:i") if change.sent_at else ""
