"""What the record says of merging, taking apart and snoozing."""

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from socialhub.lib.moments import date_format, grouped
from triage.models import Event

_WOKEN: dict[str, Promise] = {
    "time": gettext_lazy("The conversation came back: its time had come."),
    "message": gettext_lazy("The conversation came back: there was a new message."),
    "reach": gettext_lazy("The conversation came back: it had reached as many people as was said."),
    "person": gettext_lazy("%(actor)s brought the conversation back."),
}


def merge_sentence(event: Event) -> str:
    """Return what an event of merging, splitting or snoozing says; nothing for the other events."""
    actor = {"actor": event.actor.name if event.actor else _("Socialhub")}
    data = event.data
    if event.kind == Event.Kind.MERGED and "merge" in data:
        if "into" in data:
            return _("%(actor)s merged this conversation into another one.") % actor
        return _("%(actor)s merged another conversation into this one.") % actor
    if event.kind == Event.Kind.MERGE_UNDONE:
        if "lost_by" in data:
            return (
                _("%(actor)s undid the merge: this conversation stands by itself again, and who held it lost it.")
                % actor
            )
        if "out_of" in data:
            return _("%(actor)s undid the merge: this conversation stands by itself again.") % actor
        return _("%(actor)s undid the merge: what had come with it is gone again.") % actor
    if event.kind == Event.Kind.SPLIT and "mentions" in data:
        count = len(data["mentions"])
        return ngettext(
            "%(actor)s made %(count)d message a conversation of its own.",
            "%(actor)s made %(count)d messages a conversation of their own.",
            count,
        ) % {**actor, "count": count}
    if event.kind == Event.Kind.SNOOZED:
        return _snoozed(data.get("until"), data.get("reach"), actor)
    if event.kind == Event.Kind.WOKEN:
        return str(_WOKEN.get(data.get("because", ""), _WOKEN["person"])) % actor
    return ""


def _snoozed(until: str | None, reach: int | None, actor: dict[str, str]) -> str:
    moment = parse_datetime(until) if until else None
    said = {**actor, "reach": grouped(reach) if reach else ""}
    if moment is not None:
        said["moment"] = date_format(timezone.localtime(moment), "j M, H:i")
    if moment is not None and reach:
        return _("%(actor)s snoozed the conversation until %(moment)s, or until it reaches %(reach)s people.") % said
    if moment is not None:
        return _("%(actor)s snoozed the conversation until %(moment)s.") % said
    if reach:
        return _("%(actor)s snoozed the conversation until it reaches %(reach)s people.") % said
    return _("%(actor)s snoozed the conversation until the next message.") % said
