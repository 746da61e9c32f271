"""What the record says of the pen and of approvals: who asked whom, who took it from whom, and why."""

from collections.abc import Iterable, Mapping

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from policies.models import Clause, Incident
from teams.models import User
from triage.history.changes import change_sentence
from triage.models import Event, HandOver, LegalHold, Reply, TakeOver
from triage.states import ReplyKind

_NAMING = ("to", "from")


class Words:
    """What events name by number, read at once for a whole page of the record."""

    def __init__(self, events: Iterable[Event]) -> None:
        """Read the names and the notes that ``events`` refer to."""
        found = list(events)
        people = {event.data[part] for event in found for part in _NAMING if event.data.get(part)}
        people |= {person for event in found if event.kind == Event.Kind.ESCALATED for person in event.data["told"]}
        asked = {event.data.get("hand_over") for event in found if event.kind == Event.Kind.HAND_OVER_ASKED}
        taken = {event.data.get("take_over") for event in found if event.kind == Event.Kind.TAKEN_OVER}
        self.names = dict(User.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}
        self.notes = dict(HandOver.objects.filter(pk__in=asked).values_list("pk", "note")) if asked else {}
        skipping = (Event.Kind.APPROVAL_SKIPPED, Event.Kind.CONDUCT_SKIPPED)
        skipped = {_sent_by(event) for event in found if event.kind in skipping}
        removing = {
            event.data["change"]
            for event in found
            if event.kind == Event.Kind.CHANGE_QUEUED and event.data.get("as") == ReplyKind.REMOVAL
        }
        self.removals = dict(Reply.objects.filter(pk__in=removing).values_list("pk", "reason")) if removing else {}
        self.emergencies = dict(Reply.objects.filter(pk__in=skipped).values_list("pk", "emergency")) if skipped else {}
        held = {event.data["hold"] for event in found if event.kind in (Event.Kind.HELD, Event.Kind.HOLD_LIFTED)}
        clauses = {event.data["clause"] for event in found if event.kind == Event.Kind.ERASED}
        self.holds = {hold.pk: hold for hold in LegalHold.objects.filter(pk__in=held)} if held else {}
        self.clauses = dict(Clause.objects.filter(pk__in=clauses).values_list("pk", "label")) if clauses else {}
        declared = {event.data.get("incident") for event in found} - {None}
        self.incidents = dict(Incident.objects.filter(pk__in=declared).values_list("pk", "name")) if declared else {}
        self.reasons = dict(TakeOver.objects.filter(pk__in=taken).values_list("pk", "reason")) if taken else {}


def pen_sentence(event: Event, words: Words) -> str:
    """Return what an event of the pen says with the names it tells of; nothing for the other events."""
    say = _SAY.get(event.kind)
    if say is None:
        return ""
    somebody = _("somebody")
    parts = {
        "actor": event.actor.name if event.actor else _("Socialhub"),
        "to": words.names.get(event.data.get("to"), "") or somebody,
        "from": words.names.get(event.data.get("from"), "") or somebody,
    }
    return say(event, parts, words)


def _offered(event: Event, parts: Mapping[str, str], words: Words) -> str:
    if event.data.get("to") is None and event.data.get("from") is not None:
        return _("%(from)s did not take the conversation in time: it is free again.") % parts
    return _("The conversation was offered to %(to)s.") % parts


def _asked(event: Event, parts: Mapping[str, str], words: Words) -> str:
    text = _("%(actor)s asked %(to)s to take the conversation over.") % parts
    return _noted(text, words.notes.get(event.data.get("hand_over"), ""))


def _handed_over(event: Event, parts: Mapping[str, str], words: Words) -> str:
    return _("%(to)s took the conversation over from %(from)s, as asked.") % parts


def _taken_over(event: Event, parts: Mapping[str, str], words: Words) -> str:
    if event.data.get("to") is None:
        text = _("%(actor)s put the conversation of %(from)s back in the queue.") % parts
    elif event.data["to"] == event.actor_id:
        text = _("%(actor)s took the conversation over from %(from)s.") % parts
    else:
        text = _("%(actor)s took the conversation from %(from)s and gave it to %(to)s.") % parts
    reason = words.reasons.get(event.data.get("take_over"), "")
    return text + " " + _("Reason: %(reason)s") % {"reason": reason} if reason else text


def _warned(event: Event, parts: Mapping[str, str], words: Words) -> str:
    return _("%(to)s was reminded: nothing had happened for a while.") % parts


def _returned(event: Event, parts: Mapping[str, str], words: Words) -> str:
    return _("Nothing happened, so the conversation of %(from)s went back to the queue.") % parts


def _approval_asked(event: Event, parts: Mapping[str, str], words: Words) -> str:
    if event.data.get("replaces"):
        return _("%(actor)s took the text that an approver proposed.") % parts
    if event.data.get("as") == ReplyKind.CORRECTION:
        return _("%(actor)s asked for approval of a correction.") % parts
    if event.data.get("as") == ReplyKind.REMOVAL:
        return _("%(actor)s asked for approval to remove an answer.") % parts
    return _("%(actor)s asked for approval of an answer.") % parts


def _skipped(event: Event, parts: Mapping[str, str], words: Words) -> str:
    text = _("%(actor)s sent the answer without approval, in an emergency.") % parts
    if event.data.get("as") == ReplyKind.CORRECTION:
        text = _("%(actor)s corrected the answer without approval, in an emergency.") % parts
    elif event.data.get("as") == ReplyKind.REMOVAL:
        text = _("%(actor)s removed the answer without approval, in an emergency.") % parts
    reason = words.emergencies.get(_sent_by(event), "")
    return text + " " + _("Reason: %(reason)s") % {"reason": reason} if reason else text


def _conduct_skipped(event: Event, parts: Mapping[str, str], words: Words) -> str:
    clauses = get_text_list(event.data["clauses"], _("and"))
    told = {**parts, "clauses": clauses, "reason": words.emergencies.get(_sent_by(event), "")}
    return _("%(actor)s sent the answer although it goes against clause %(clauses)s. Reason: %(reason)s") % told


def _change_queued(event: Event, parts: Mapping[str, str], words: Words) -> str:
    text = change_sentence(event)
    reason = words.removals.get(event.data["change"], "")
    return text + " " + _("Reason: %(reason)s") % {"reason": reason} if reason else text


def _held(event: Event, parts: Mapping[str, str], words: Words) -> str:
    hold = words.holds.get(event.data["hold"])
    told = {**parts, "reason": hold.reason if hold is not None else ""}
    if event.actor is None:
        return _("A legal hold came with what was moved here (%(reason)s).") % told
    if event.data.get("of_author"):
        return _("%(actor)s placed a legal hold on everything of the author (%(reason)s).") % told
    return _("%(actor)s placed a legal hold (%(reason)s).") % told


def _hold_lifted(event: Event, parts: Mapping[str, str], words: Words) -> str:
    hold = words.holds.get(event.data["hold"])
    told = {**parts, "reason": hold.lifted_because if hold is not None else ""}
    return _("%(actor)s lifted a legal hold (%(reason)s).") % told


def _erased(event: Event, parts: Mapping[str, str], words: Words) -> str:
    clause = words.clauses.get(event.data["clause"], "")
    return _("What was said was erased under clause %(clause)s.") % {"clause": clause or "–"}


def _sent_by(event: Event) -> int:
    """Return the row that went out: an answer, or what changes one; 0 where the event names none."""
    sent: int = event.data.get("change") or event.data.get("reply") or 0
    return sent


def _noted(text: str, note: str) -> str:
    return text + " " + _("Note: %(note)s") % {"note": note} if note else text


_SAY = {
    Event.Kind.OFFERED.value: _offered,
    Event.Kind.HAND_OVER_ASKED.value: _asked,
    Event.Kind.HANDED_OVER.value: _handed_over,
    Event.Kind.TAKEN_OVER.value: _taken_over,
    Event.Kind.CLAIM_WARNED.value: _warned,
    Event.Kind.CLAIM_RETURNED.value: _returned,
    Event.Kind.APPROVAL_ASKED.value: _approval_asked,
    Event.Kind.APPROVAL_SKIPPED.value: _skipped,
    Event.Kind.CONDUCT_SKIPPED.value: _conduct_skipped,
    Event.Kind.CHANGE_QUEUED.value: _change_queued,
    Event.Kind.HELD.value: _held,
    Event.Kind.HOLD_LIFTED.value: _hold_lifted,
    Event.Kind.ERASED.value: _erased,
}
