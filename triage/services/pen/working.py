"""That the holder is at work: what keeps a claim from resting, and what a stale page is told."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from teams.models import User
from triage.models import Conversation
from triage.services.threads.joined import has_changed_hands, joined_since
from triage.services.threads.merged_away import MergedAway
from triage.states import Outcome

# Typing is work all the time: one write a minute tells as much as sixty.
OFTEN_ENOUGH = timedelta(minutes=1)


def note_work(*, conversation_id: int, person: User, at: datetime) -> None:
    """Note that ``person`` did something; nothing happens unless they hold the conversation."""
    Conversation.objects.filter(
        Q(worked_at=None) | Q(worked_at__lt=at - OFTEN_ENOUGH) | Q(idle_warned_at__isnull=False),
        pk=conversation_id,
        holder=person,
    ).update(worked_at=at, idle_warned_at=None)


def why_stale(*, conversation_id: int, person: User, fence: int | None) -> str:
    """Return why ``person`` cannot act under ``fence`` any more; nothing when they can."""
    conversation = Conversation.objects.select_related("holder").get(pk=conversation_id)
    if conversation.holder_id != person.pk:
        if conversation.holder is not None:
            return who_holds(conversation)
        if conversation.outcome == Outcome.MERGED:
            return str(MergedAway(conversation))
        return _("You do not hold this conversation any more.")
    return why_older(conversation, fence) if fence is not None else ""


def who_holds(conversation: Conversation) -> str:
    """Return in a sentence who holds a conversation; nothing where nobody does."""
    if conversation.holder is None:
        return ""
    return _("%(name)s holds this conversation now.") % {"name": conversation.holder.name}


def why_older(conversation: Conversation, fence: int) -> str:
    """Return why ``fence`` is not that of a conversation any more, to whoever still holds it; nothing when it is."""
    if has_changed_hands(conversation, fence):
        return _("You hold this conversation anew. Load the page again.")
    return " ".join(map(str, joined_since(conversation, fence)))
