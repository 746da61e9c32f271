"""What the record says of answers that were changed when they were out."""

from django.utils.translation import gettext as _

from triage.models import Event
from triage.states import Failure, ReplyKind

# What these tell needs no more words.
_ALWAYS = {Event.Kind.REPLY_REMOVED.value: ReplyKind.REMOVAL}
_KINDS = frozenset(
    {
        Event.Kind.CHANGE_QUEUED,
        Event.Kind.CHANGE_FAILED,
        Event.Kind.CHANGE_UNCERTAIN,
        Event.Kind.CHANGE_SETTLED,
        Event.Kind.CHANGE_WITHDRAWN,
        Event.Kind.REPLY_CORRECTED,
        Event.Kind.REPLY_REMOVED,
    }
)


def change_sentence(event: Event) -> str:
    """Return what an event of a correction or a removal says; nothing for the other events."""
    if event.kind not in _KINDS:
        return ""
    actor = {"actor": event.actor.name if event.actor else _("Socialhub")}
    is_removal = ReplyKind.REMOVAL in (event.data.get("as"), _ALWAYS.get(event.kind))
    kind = event.kind
    if kind == Event.Kind.CHANGE_FAILED and event.data.get("failure") in (Failure.CHANGED, Failure.STOPPED):
        is_stopped = event.data["failure"] == Failure.STOPPED
        if is_stopped:
            return _("The answer was left as it was: sending was stopped.")
        return _("The answer was left as it was, since something had changed.")
    if kind == Event.Kind.CHANGE_SETTLED:
        return _settled(is_there=event.data.get("verdict") == "there", is_removal=is_removal) % actor
    return (_removal() if is_removal else _correction()).get(kind, "") % actor


def _settled(*, is_there: bool, is_removal: bool) -> str:
    if is_removal:
        return (
            _("%(actor)s found that the answer was gone.")
            if is_there
            else _("%(actor)s found the answer still there: it was not removed.")
        )
    return (
        _("%(actor)s found the correction on the network.")
        if is_there
        else _("%(actor)s found that the answer was not corrected.")
    )


def _correction() -> dict[str, str]:
    return {
        Event.Kind.CHANGE_QUEUED: _("%(actor)s sent a correction of an answer on its way."),
        Event.Kind.CHANGE_FAILED: _("The answer could not be corrected."),
        Event.Kind.CHANGE_UNCERTAIN: _("Nobody knows whether the answer was corrected."),
        Event.Kind.CHANGE_WITHDRAWN: _("%(actor)s took the correction back before it left."),
        Event.Kind.REPLY_CORRECTED: _("The answer was corrected by %(actor)s."),
    }


def _removal() -> dict[str, str]:
    return {
        Event.Kind.CHANGE_QUEUED: _("%(actor)s asked for the removal of an answer."),
        Event.Kind.CHANGE_FAILED: _("The answer could not be removed."),
        Event.Kind.CHANGE_UNCERTAIN: _("Nobody knows whether the answer was removed."),
        Event.Kind.CHANGE_WITHDRAWN: _("%(actor)s took the removal back before it happened."),
        Event.Kind.REPLY_REMOVED: _("The answer was removed by %(actor)s."),
    }
