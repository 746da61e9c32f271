"""What may be done with a conversation beside answering it: put it aside, tag it, merge it, take it apart."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from socialhub.lib.moments import date_format, grouped
from teams.models import User
from triage.models import Conversation, Merge
from triage.showing.addresses import act_url
from triage.states import OPEN, RUNNING, Outcome


@dataclass(slots=True)
class Later:
    """``snoozed_text`` says until when it is put aside, ``clock_text`` that its clock runs on meanwhile.

    ``merged_url`` leads to where its thread goes on.
    """

    snooze_url: str = ""
    tags_url: str = ""
    wake_url: str = ""
    snoozed_text: str = ""
    clock_text: str = ""
    merge_url: str = ""
    split_url: str = ""
    merged_url: str = ""
    undo_url: str = ""


def read_later(conversation: Conversation, user: User, *, slug: str) -> Later:
    """Return what ``user`` may do with a conversation that they see; ``slug`` names the list to come back to."""
    later = Later()
    if conversation.learner_id is not None:
        return later
    rights, department_id = user.rights, conversation.department_id
    is_free = conversation.holder_id in (None, user.pk)
    may_merge = rights.may("conversation.merge", department_id)
    if conversation.outcome == Outcome.MERGED:
        _read_merge(later, conversation, user, may_merge=may_merge, slug=slug)
        return later
    if conversation.stage in OPEN and is_free and rights.may("conversation.snooze", department_id):
        later.snooze_url = act_url("snooze", conversation.pk, slug=slug)
        later.wake_url = act_url("wake", conversation.pk, slug=slug)
    if is_free and conversation.erased_at is None and rights.may("conversation.tag", department_id):
        later.tags_url = act_url("tags", conversation.pk, slug=slug)
    if may_merge and conversation.erased_at is None:
        later.merge_url = act_url("merge", conversation.pk, slug=slug)
        if is_free and conversation.mention_count > 1:
            later.split_url = act_url("split_off", conversation.pk, slug=slug)
    if conversation.snoozed_at is not None:
        later.snoozed_text = snoozed_text(conversation)
        later.clock_text = clock_text(conversation)
    return later


def snoozed_text(conversation: Conversation) -> str:
    """Return until when a conversation is put aside."""
    until, reach = conversation.snoozed_until, conversation.snoozed_reach
    told = {
        "moment": date_format(timezone.localtime(until), "j F, H:i") if until is not None else "",
        "reach": grouped(reach) if reach is not None else "",
    }
    if until is not None and reach is not None:
        return _("Snoozed until %(moment)s, until it reaches %(reach)s people, or until a new message.") % told
    if until is not None:
        return _("Snoozed until %(moment)s, or until a new message.") % told
    if reach is not None:
        return _("Snoozed until it reaches %(reach)s people, or until a new message.") % told
    return _("Snoozed until a new message.")


def clock_text(conversation: Conversation) -> str:
    """Return what becomes of the deadline of what is put aside: the clock runs on."""
    if conversation.stage not in RUNNING or conversation.due_at is None:
        return ""
    moment = date_format(timezone.localtime(conversation.due_at), "j F, H:i")
    return _("Its clock runs on: the deadline stays %(moment)s.") % {"moment": moment}


def goes_on_url(target_id: int | None, user: User) -> str:
    """Return the address where the thread of what was merged away goes on, if ``user`` may see that."""
    is_visible = target_id is not None and Conversation.objects.visible_to(user).filter(pk=target_id).exists()
    return reverse("triage:conversation", args=[target_id]) if is_visible else ""


def _read_merge(later: Later, conversation: Conversation, user: User, *, may_merge: bool, slug: str) -> None:
    """Lead to where the thread goes on, as far as the reader may see that."""
    merge = Merge.objects.filter(source=conversation, undone_at=None).only("pk", "target").first()
    later.merged_url = goes_on_url(merge.target_id if merge is not None else conversation.merged_into(), user)
    if later.merged_url and merge is not None and may_merge:
        later.undo_url = act_url("undo_merge", merge.pk, slug=slug)
