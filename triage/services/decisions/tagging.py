"""What a conversation is about, changed without deciding anew."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from socialhub.lib.bulk import save_rows
from socialhub.lib.errors import Conflict, Invalid
from teams.models import User
from triage.models import Conversation, Event
from triage.services import recording
from triage.services.decisions.undoing import UNDO_WITHIN, NotUndoable
from triage.services.pen.claims import NotTheHolder
from triage.services.threads import merged_away

MOST_TAGS = 20


class NothingLeft(Conflict):
    """What the conversation was about is erased."""

    code = "erased"


def change_tags(
    *,
    conversation_id: int,
    actor: User,
    add: Collection[str],
    remove: Collection[str],
    at: datetime,
    reverses: int | None = None,
) -> Event | None:
    """Add tags to a conversation and take others away; None where it is so already. Locks the conversation.

    A held conversation is tagged only by its holder. Nothing changes hands, so the fence stays.

    :raises NotTheHolder: somebody else holds it.
    :raises NothingLeft: it is erased.
    :raises MergedAway: it was merged into another.
    :raises Invalid: it would have too many.
    """
    with transaction.atomic():
        locked = Conversation.objects.select_for_update(of=("self",)).select_related("holder")
        conversation = locked.get(pk=conversation_id)
        event = tag_locked(conversation, actor=actor, add=add, remove=remove, at=at, reverses=reverses)
        write_tagged([event] if event is not None else [])
    return event


def tag_locked(
    conversation: Conversation,
    *,
    actor: User,
    add: Collection[str],
    remove: Collection[str],
    at: datetime,
    reverses: int | None = None,
) -> Event | None:
    """Change the tags of a locked conversation as ``change_tags`` does; ``write_tagged`` writes them and the event."""
    if conversation.holder is not None and conversation.holder_id != actor.pk:
        raise NotTheHolder(_("%(name)s holds this conversation.") % {"name": conversation.holder.name})
    merged_away.check(conversation)
    if conversation.erased_at is not None:
        raise NothingLeft(_("What was said here is erased."))
    before = list(conversation.tags)
    removed = [tag for tag in before if tag in remove]
    added = [tag for tag in add if tag not in before]
    if not added and not removed:
        return None
    conversation.tags = [tag for tag in before if tag not in remove] + added
    if len(conversation.tags) > MOST_TAGS:
        raise Invalid(_("A conversation has at most %(count)d tags.") % {"count": MOST_TAGS}, field="tags")
    data: dict[str, object] = {"added": added, "removed": removed}
    if reverses is not None:
        data["reverses"] = reverses
    return Event(conversation=conversation, kind=Event.Kind.TAGGED, actor=actor, at=at, data=data)


def write_tagged(events: Sequence[Event]) -> None:
    """Write the changed tags of locked conversations, each with its event."""
    save_rows([event.conversation for event in events], ["tags"])
    recording.record_many(events)


def undo_tags(*, event_id: int, actor: User, at: datetime, within: timedelta = UNDO_WITHIN) -> None:
    """Put the tags back as they were before ``actor`` changed them. Locks the conversation.

    :raises NotUndoable: it is not theirs, was too long ago, or somebody has tagged or decided since.
    :raises NotTheHolder: somebody else holds it by now.
    """
    with transaction.atomic():
        changed = Event.objects.filter(pk=event_id, kind=Event.Kind.TAGGED, actor=actor).first()
        if changed is not None:
            locked = Conversation.objects.select_for_update(of=("self",)).select_related("holder")
            changed.conversation = locked.get(pk=changed.conversation_id)
        is_passed = changed is not None and changed.pk in passed([changed])
        event = untag_locked(changed, actor=actor, at=at, within=within, is_passed=is_passed)
        write_tagged([event] if event is not None else [])


def untag_locked(
    changed: Event | None, *, actor: User, at: datetime, within: timedelta, is_passed: bool
) -> Event | None:
    """Put the tags of a locked conversation back; ``write_tagged`` writes the event. See ``undo_tags``."""
    if changed is None or changed.actor_id != actor.pk or at - changed.at > within or is_passed:
        raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Change the tags instead."))
    return tag_locked(
        changed.conversation,
        actor=actor,
        add=changed.data["removed"],
        remove=changed.data["added"],
        at=at,
        reverses=changed.pk,
    )


def passed(events: Collection[Event]) -> set[int]:
    """Return which of these changes of tags, each of another conversation, somebody has gone on from."""
    kinds = (Event.Kind.TAGGED, Event.Kind.DECIDED, Event.Kind.DECISION_UNDONE, Event.Kind.MERGED)
    later = Event.objects.filter(conversation__in=[event.conversation_id for event in events], kind__in=kinds)
    latest = dict(later.order_by().values_list("conversation").annotate(Max("pk")))
    return {event.pk for event in events if latest.get(event.conversation_id, 0) > event.pk}
