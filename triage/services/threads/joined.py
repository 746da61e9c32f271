"""What a holder's page does not know: that another conversation was merged into theirs, or taken out again."""

from socialhub.lib.told import Told
from socialhub.lib.told import told as _
from triage.models import Conversation, Event

_KINDS = (Event.Kind.MERGED, Event.Kind.MERGE_UNDONE)


def joined_since(conversation: Conversation, fence: int) -> list[Told]:
    """Return in sentences what was merged into a held conversation, or taken out again, since ``fence``."""
    if conversation.fence == fence:
        return []
    return [_sentence(event) for event in _raising(conversation, fence)]


def has_changed_hands(conversation: Conversation, fence: int) -> bool:
    """Say whether the fence rose since ``fence`` by anything but a thread that came to it, or went."""
    return conversation.fence != fence and conversation.fence - fence != len(_raising(conversation, fence))


def _raising(conversation: Conversation, fence: int) -> list[Event]:
    """Return the events of merging by which the fence rose: they tell to what."""
    events = Event.objects.filter(conversation=conversation, kind__in=_KINDS, data__fence__gt=fence)
    return list(events.order_by("pk"))


def _sentence(event: Event) -> Told:
    if event.kind == Event.Kind.MERGE_UNDONE:
        return _("A merge was undone: what had come with it is gone from here.")
    name = Conversation.objects.values_list("author_name", flat=True).get(pk=event.data["from"])
    if not name:
        return _("Another conversation was merged into this one.")
    return _("The conversation with %(name)s was merged into this one.") % {"name": name}
