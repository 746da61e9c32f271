"""The whole life of a conversation in sentences, from its event rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from socialhub.lib.labels import inside_sentence
from socialhub.lib.moments import date_format
from triage.history.changes import change_sentence
from triage.history.clocks import clock_sentence
from triage.history.guide import sentences_of_walk
from triage.history.incidents import incident_sentence
from triage.history.merging import merge_sentence
from triage.history.pen import Words, pen_sentence
from triage.models import Conversation, Decision, Event
from triage.states import Departure, Disposition, Failure, Occasion, Outcome, Reason

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the history."""

    text: str
    at_text: str
    at_iso: str
    # How the guide was walked for a decision.
    walk: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class History:
    """A page of sentences, the newest first; before the event ``earlier`` there are more."""

    lines: list[Line]
    earlier: int | None


def read_history(conversation: Conversation, *, before: int | None = None, latest: Decision | None = None) -> History:
    """Return what the last hundred events say, or the hundred before the event ``before``.

    ``latest`` is the decision in force with whom it names, where that was read already.
    """
    events = Event.objects.filter(conversation=conversation).select_related("actor").order_by("-pk")
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    decisions = _decisions_of(shown, latest)
    said = _say(shown, decisions)
    lines = []
    for _kind, alike in groupby(shown, key=_told_with):
        told = list(alike)
        event = told[0]
        lines.append(
            Line(
                said[event.pk] if len(told) == 1 else _heard(len(told)),
                date_format(timezone.localtime(event.at), "j M, H:i"),
                event.at.isoformat(),
                _walk(event, decisions),
            )
        )
    return History(lines, shown[-1].pk if len(found) > PAGE_SIZE else None)


def _told_with(event: Event) -> object:
    """Return what is the same for events that one sentence tells: messages that came one after the other."""
    return event.kind if event.kind == Event.Kind.HEARD else event.pk


def _heard(count: int) -> str:
    return ngettext("A message came in.", "%(count)d messages came in.", count) % {"count": count}


def sentences(events: Sequence[Event], *, latest: Decision | None = None) -> dict[int, str]:
    """Return what each event says to a reader, with the names, notes and decisions that it tells of."""
    return _say(events, _decisions_of(events, latest))


def _say(events: Sequence[Event], decisions: Mapping[int, Decision]) -> dict[int, str]:
    words = Words(events)
    return {
        event.pk: pen_sentence(event, words)
        or clock_sentence(event, words.names)
        or incident_sentence(event, words.incidents)
        or sentence(event, decisions.get(event.data.get("decision", 0)))
        for event in events
    }


def _walk(event: Event, decisions: Mapping[int, Decision]) -> list[str]:
    decision = decisions.get(event.data["decision"]) if event.kind == Event.Kind.DECIDED else None
    return sentences_of_walk(decision) if decision is not None else []


def _decisions_of(events: Sequence[Event], latest: Decision | None) -> dict[int, Decision]:
    known = {latest.pk: latest} if latest is not None else {}
    named = {event.data["decision"] for event in events if event.kind == Event.Kind.DECIDED} - known.keys()
    if not named:
        return known
    people = ("decided_by", "decided_by_rule", "clause", "department", "offered_to", "policy_version")
    return known | Decision.objects.select_related(*people).defer("policy_version__guide").in_bulk(named)


def sentence(event: Event, decision: Decision | None = None) -> str:
    """Return what one event says to a reader."""
    actor = {"actor": event.actor.name if event.actor else _("Socialhub")}
    kind = event.kind
    changed = change_sentence(event) or merge_sentence(event)
    if changed:
        return changed
    if kind == Event.Kind.DECIDED and decision is not None:
        return decision_sentence(decision)
    if kind == Event.Kind.DECISION_UNDONE:
        return _("%(actor)s took the decision back.") % actor
    if kind == Event.Kind.TAGGED:
        return _tagged_sentence(event, actor)
    if kind == Event.Kind.CLOSED:
        code = event.data.get("outcome", "")
        outcome = inside_sentence(Outcome(code).label) if code in Outcome.values else ""
        return _("%(actor)s closed the conversation: %(outcome)s.") % {**actor, "outcome": outcome}
    if kind == Event.Kind.REOPENED and event.data.get("reverses"):
        return _("%(actor)s reversed what the rule had decided, and reopened the conversation.") % actor
    if kind == Event.Kind.DECISION_REVERSED:
        code = event.data.get("departure", "")
        why = inside_sentence(Departure(code).label) if code in Departure.values else ""
        text = _(
            "%(actor)s found that the rule should not have decided so (%(why)s). The conversation stays where it is."
        )
        return text % {**actor, "why": why}
    if kind == Event.Kind.REOPENED and event.actor is None:
        return _("A new message reopened the conversation.")
    if kind == Event.Kind.COPIED:
        count = len(event.data.get("mentions", ()))
        return ngettext("%(count)d copy came in.", "%(count)d copies came in.", count) % {"count": count}
    if kind == Event.Kind.WRITTEN_DOWN:
        code = event.data.get("occasion", "")
        occasion = str(Occasion(code).label) if code in Occasion.values else ""
        return _("%(actor)s wrote down what was said (%(occasion)s).") % {
            **actor,
            "occasion": inside_sentence(occasion),
        }
    if kind == Event.Kind.PART_SENT:
        told = {"part": event.data.get("part", 1), "of": event.data.get("of", 1)}
        return _("Part %(part)d of %(of)d of the answer is out.") % told
    if kind == Event.Kind.REPLY_FAILED and event.data.get("failure") == Failure.CHANGED:
        return _("The answer did not leave, since something had changed.")
    if kind == Event.Kind.REPLY_FAILED and event.data.get("failure") == Failure.STOPPED:
        return _("The answer did not leave: sending was stopped.")
    if kind == Event.Kind.REPLY_QUEUED and event.data.get("by_approval"):
        return _("The answer of %(actor)s is on its way by itself, since it is approved.") % actor
    if kind == Event.Kind.REPLY_WITHDRAWN and event.data.get("because") == "stopped":
        return _("The answer that a stop held became a draft again.")
    if kind == Event.Kind.REPLY_SETTLED:
        if event.data.get("verdict") == "there":
            return _("%(actor)s found the answer on the network.") % actor
        return _("%(actor)s found that the answer had not arrived.") % actor
    if kind == Event.Kind.NOTE and event.data.get("answers"):
        return _("%(actor)s answered a note.") % actor
    if kind == Event.Kind.NOTE and (event.data.get("people") or event.data.get("departments")):
        return _("%(actor)s asked colleagues in a note.") % actor
    return _plain_sentences().get(kind, _("Something happened.")) % actor


def _tagged_sentence(event: Event, actor: Mapping[str, str]) -> str:
    added, removed = (", ".join(event.data.get(name, ())) for name in ("added", "removed"))
    if not removed:
        return _("%(actor)s added tags: %(tags)s.") % {**actor, "tags": added}
    if not added:
        return _("%(actor)s took tags away: %(tags)s.") % {**actor, "tags": removed}
    return _("%(actor)s added tags: %(added)s, and took away: %(removed)s.") % {
        **actor,
        "added": added,
        "removed": removed,
    }


def _plain_sentences() -> dict[str, str]:
    """Return the sentences that need nothing but the actor, in the reader's language."""
    return {
        Event.Kind.OPENED: _("The conversation began."),
        Event.Kind.HEARD: _heard(1),
        Event.Kind.EDITED: _("An author edited their message."),
        Event.Kind.DELETED: _("An author deleted their message."),
        Event.Kind.BOUNCED: _("An answer of ours came back."),
        Event.Kind.SPLIT: _("%(actor)s took a message out that was no copy."),
        Event.Kind.PERSON_JOINED: _("%(actor)s noted that the author is the same person as another."),
        Event.Kind.PERSON_SEPARATED: _("%(actor)s noted that the author is not the same person as another."),
        Event.Kind.DECIDED: _("%(actor)s decided."),
        Event.Kind.CLAIMED: _("%(actor)s claimed the conversation."),
        Event.Kind.RELEASED: _("%(actor)s gave the conversation back to the queue."),
        Event.Kind.OFFERED: _("%(actor)s offered the conversation to somebody."),
        Event.Kind.HAND_OVER_ASKED: _("%(actor)s asked a colleague to take the conversation over."),
        Event.Kind.HANDED_OVER: _("%(actor)s took the conversation over, as asked."),
        Event.Kind.HAND_OVER_DECLINED: _("%(actor)s declined to take the conversation over."),
        Event.Kind.HAND_OVER_WITHDRAWN: _("%(actor)s keeps the conversation after all."),
        Event.Kind.TAKEN_OVER: _("%(actor)s took the conversation over."),
        Event.Kind.CLAIM_WARNED: _("The holder was reminded: nothing had happened for a while."),
        Event.Kind.CLAIM_RETURNED: _("Nothing happened, so the conversation went back to the queue."),
        Event.Kind.NOTE: _("%(actor)s wrote a note."),
        Event.Kind.APPROVAL_ASKED: _("%(actor)s asked for approval of an answer."),
        Event.Kind.APPROVAL_GIVEN: _("%(actor)s approved the answer."),
        Event.Kind.APPROVAL_EDITED: _("%(actor)s approved the answer with another text."),
        Event.Kind.APPROVAL_REJECTED: _("%(actor)s rejected the answer."),
        Event.Kind.APPROVAL_WITHDRAWN: _("%(actor)s withdrew the answer from approval."),
        Event.Kind.APPROVAL_EXPIRED: _("The approval came too late."),
        Event.Kind.APPROVAL_SKIPPED: _("%(actor)s sent the answer without approval, in an emergency."),
        Event.Kind.CONDUCT_SKIPPED: _("%(actor)s sent the answer although it goes against a clause."),
        Event.Kind.REPLY_WITHDRAWN: _("%(actor)s took the answer back before it left."),
        Event.Kind.REPLY_QUEUED: _("%(actor)s sent an answer on its way."),
        Event.Kind.REPLY_SENT: _("The answer of %(actor)s is out."),
        Event.Kind.REPLY_FAILED: _("The answer could not be sent."),
        Event.Kind.REPLY_UNCERTAIN: _("Nobody knows whether the answer arrived."),
        Event.Kind.WAITING: _("%(actor)s waits for the customer."),
        Event.Kind.WAITING_UNDONE: _("%(actor)s goes on: it is not the customer’s turn."),
        Event.Kind.REOPENED: _("%(actor)s reopened the conversation."),
        Event.Kind.MERGED: _("Two conversations turned out to be one and were joined."),
        Event.Kind.ESCALATED: _("A deadline was told of."),
        Event.Kind.HELD: _("%(actor)s placed a legal hold."),
        Event.Kind.HOLD_LIFTED: _("%(actor)s lifted a legal hold."),
        Event.Kind.ERASED: _("What was said was erased."),
        Event.Kind.TAKEAWAY: _("%(actor)s wrote down a takeaway."),
    }


def decision_sentence(decision: Decision) -> str:
    """Return a decision as one sentence with its policy version and clause."""
    parts = {
        "actor": _decider(decision),
        "disposition": inside_sentence(Disposition(decision.disposition).label),
        "version": decision.policy_version.number,
    }
    if decision.disposition == Disposition.NO_RESPONSE:
        text = _("%(actor)s decided under policy version %(version)d: %(disposition)s (%(reason)s).") % {
            **parts,
            "reason": inside_sentence(Reason(decision.reason).label),
        }
    else:
        text = _("%(actor)s decided under policy version %(version)d: %(disposition)s, by %(department)s.") % {
            **parts,
            "department": decision.department.name if decision.department else "",
        }
    if decision.offered_to is not None:
        text += " " + _("Given to %(name)s.") % {"name": decision.offered_to.name}
    if decision.departure:
        why = inside_sentence(Departure(decision.departure).label)
        text += " " + _("Not as the policy suggested: %(why)s.") % {"why": why}
    if decision.note:
        text += " " + _("Note: %(note)s") % {"note": decision.note}
    return text


def _decider(decision: Decision) -> str:
    """Return who decided: a person, or a rule of a clause."""
    by_rule = decision.of_rule()
    if decision.decided_by is not None and by_rule is None:
        return decision.decided_by.name
    rule = by_rule.decided_by_rule if by_rule is not None else None
    told = {
        "clause": decision.clause.label if decision.clause is not None else "",
        "rule": rule.name if rule is not None else "",
    }
    return _("Clause %(clause)s, rule “%(rule)s”,") % told
