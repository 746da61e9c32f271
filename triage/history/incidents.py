"""Coming to an incident and leaving it, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from triage.models import Event


def incident_sentence(event: Event, names: Mapping[int, str]) -> str:
    """Return what an event of an incident says, with the name that the incident has now; nothing for the others."""
    told = {
        "actor": event.actor.name if event.actor else "",
        "name": names.get(event.data.get("incident", 0), "…"),
        "level": event.data.get("level", "…"),
    }
    if event.kind == Event.Kind.INCIDENT_JOINED:
        text = (
            _("%(actor)s attached the conversation to the incident “%(name)s”, level %(level)s.")
            if event.actor
            else _("The conversation became part of the incident “%(name)s”, level %(level)s.")
        )
        return text % told
    if event.kind == Event.Kind.INCIDENT_LEFT:
        text = (
            _("%(actor)s took the conversation out of the incident “%(name)s”.")
            if event.actor
            else _("The conversation is not part of the incident “%(name)s” any more.")
        )
        return text % told
    return ""
