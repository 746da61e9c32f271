"""What a conversation is about, changed without deciding anew."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Invalid
from teams.models import User
from triage.models import Conversation, Event
from triage.services import recording
from triage.services.decisions.undoing import UNDO_WITHIN, NotUndoable
from triage.services.pen.claims import NotTheHolder

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
    :raises Invalid: it would have too many.
    """
    with transaction.atomic():
        locked = Conversation.objects.select_for_update(of=("self",)).select_related("holder")
        conversation = locked.get(pk=conversation_id)
        if conversation.holder is not None and conversation.holder_id != actor.pk:
            raise NotTheHolder(_("%(name)s holds this conversation.") % {"name": conversation.holder.name})
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
        conversation.save(update_fields=["tags"])
        data: dict[str, object] = {"added": added, "removed": removed}
        return recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.TAGGED,
            actor=actor,
            at=at,
            data=data if reverses is None else {**data, "reverses": reverses},
        )


def undo_tags(*, event_id: int, actor: User, at: datetime, within: timedelta = UNDO_WITHIN) -> None:
    """Put the tags back as they were before ``actor`` changed them. Locks the conversation.

    :raises NotUndoable: it is not theirs, was too long ago, or somebody has tagged or decided since.
    :raises NotTheHolder: somebody else holds it by now.
    """
    with transaction.atomic():
        changed = Event.objects.filter(pk=event_id, kind=Event.Kind.TAGGED, actor=actor).first()
        if changed is not None:
            Conversation.objects.select_for_update(of=("self",)).get(pk=changed.conversation_id)
        if changed is None or at - changed.at > within or _is_passed(changed):
            raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Change the tags instead."))
        change_tags(
            conversation_id=changed.conversation_id,
            actor=actor,
            add=changed.data["removed"],
            remove=changed.data["added"],
            at=at,
            reverses=changed.pk,
        )


def _is_passed(changed: Event) -> bool:
    kinds = (Event.Kind.TAGGED, Event.Kind.DECIDED, Event.Kind.DECISION_UNDONE, Event.Kind.MERGED)
    later = Event.objects.filter(conversation=changed.conversation_id, pk__gt=changed.pk, kind__in=kinds)
    return later.exists()
