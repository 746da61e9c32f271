"""What an act on many does to one conversation: the same service as for one alone, with the same guards and rights."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Forbidden, Invalid
from teams.models import Department, User
from triage.models import BulkItem, BulkRun, Conversation, Event
from triage.services import closing, undoing_closing
from triage.services.approving.standing import approval_needed
from triage.services.bulk.preparing import RIGHTS
from triage.services.decisions import deciding, tagging, undoing
from triage.services.decisions.deciding import Choice, Tell
from triage.services.pen.claims import NotTheHolder
from triage.states import Departure, Disposition, Stage

Act = BulkRun.Act
# What the act leaves in the record, by which it is undone.
_LEAVES = {
    Act.DECIDE: Event.Kind.DECIDED,
    Act.ASSIGN: Event.Kind.DECIDED,
    Act.TAG: Event.Kind.TAGGED,
    Act.CLOSE: Event.Kind.CLOSED,
}


class NotThere(Conflict):
    """The person may not see it any more."""

    code = "not_there"


class NotAllowed(Forbidden):
    """The person may see it, but not do this."""

    code = "not_allowed"


class Closed(Conflict):
    """It is closed already."""

    code = "closed"


class Yours(Conflict):
    """Who acts holds it, and it has to be given back first."""

    code = "yours"


class Undecided(Conflict):
    """There is nothing decided yet that could go to somebody else."""

    code = "undecided"


class HeardSince(Conflict):
    """Something was said that whoever began had not seen."""

    code = "heard_since"


@dataclass(frozen=True, slots=True)
class Done:
    """What an act left: the fence, and the event by which it is undone; none where nothing was to be changed."""

    fence: int
    event_id: int | None


@dataclass(frozen=True, slots=True)
class Parts:
    """Whom a run names, as they are now."""

    department: Department | None
    offered_to: User | None


def parts_of(how: Mapping[str, Any]) -> Parts:
    """Read whom a run names."""
    person, department = how.get("offered_to"), how.get("department")
    return Parts(
        Department.objects.filter(pk=department).first() if department else None,
        User.objects.filter(pk=person).first() if person else None,
    )


def act_on(item: BulkItem, *, run: BulkRun, person: User, parts: Parts, tell: Tell, at: datetime) -> Done:
    """Do to one conversation what a run does, as ``person`` with the rights that they have now.

    :raises Refusal: something stands in the way; nothing has changed.
    """
    undone = run.undoes
    act = Act(run.act if undone is None else undone.act)
    conversation, was_heard = _seen_by(person, item.conversation_id, RIGHTS[act], since=run.prepared_at)
    if undone is not None:
        _undo(act, item, person, within=at - undone.prepared_at, at=at)
        return _left(item.conversation_id, Event.Kind.DECISION_UNDONE)
    if conversation.holder is not None and conversation.holder_id != person.pk:
        raise NotTheHolder(_("%(name)s holds this conversation.") % {"name": conversation.holder.name})
    given: dict[str, Any] = {"conversation_id": conversation.pk, "at": at}
    if act == Act.TAG:
        tagged = tagging.change_tags(**given, actor=person, add=run.how["add"], remove=run.how["remove"])
        return Done(item.fence, tagged.pk if tagged is not None else None)
    if conversation.stage == Stage.CLOSED:
        raise Closed(_("This conversation is closed already."))
    if was_heard:
        raise HeardSince(_("Something was said here since you chose it. Look at it first."))
    if act == Act.CLOSE:
        closing.close_conversation(**given, actor=person, outcome=run.how["outcome"], fence=item.fence)
        return _left(conversation.pk, _LEAVES[act])
    if conversation.stage in (Stage.CLAIMED, Stage.WAITING):
        raise Yours(_("You hold this conversation. Give it back before it is decided anew."))
    choice = decided_as(run.how, conversation, parts) if act == Act.DECIDE else _assigned(run.how, conversation, parts)
    deciding.decide(**given, choice=choice, triage_owner=person, fence=item.fence, tell=tell)
    return _left(conversation.pk, _LEAVES[act])


def decided_as(how: Mapping[str, Any], conversation: Conversation, parts: Parts) -> Choice:
    """Return the decision of a run on one conversation; what it leaves open is as it was, or as suggested.

    :raises Invalid: the person whom it names is gone.
    """
    if how.get("offered_to") and (parts.offered_to is None or not parts.offered_to.is_active):
        raise Invalid(_("The person to whom it should go has left."), field="offered_to")
    return Choice(
        Disposition(how["disposition"]),
        how["priority"] or conversation.priority,
        reason=how["reason"],
        department=parts.department,
        visibility=how["visibility"],
        offered_to=parts.offered_to,
        note=how["note"],
        tags=_tags(how, conversation),
        departure=how["departure"],
    )


def _tags(how: Mapping[str, Any], conversation: Conversation) -> tuple[str, ...] | None:
    if how["tags"] is not None:
        return tuple(how["tags"])
    # None are those that were suggested, which people have had their say about once something is decided.
    return tuple(conversation.tags) if conversation.decided_at else None


def _assigned(how: Mapping[str, Any], conversation: Conversation, parts: Parts) -> Choice:
    if conversation.stage == Stage.NEW:
        raise Undecided(_("This conversation needs a decision first."))
    same = {
        "disposition": conversation.disposition,
        "priority": conversation.priority,
        "visibility": conversation.visibility,
        "reason": "",
        "tags": conversation.tags,
        "departure": Departure.OTHER,
    }
    # Whose word an answer needs was said of the conversation, not of the department.
    return replace(decided_as({**how, **same}, conversation, parts), approval=approval_needed(conversation))


def _seen_by(person: User, conversation_id: int, right: str, *, since: datetime) -> tuple[Conversation, bool]:
    """Return a conversation as the person sees it, and whether something was said in it since."""
    heard = Event.objects.filter(conversation=OuterRef("pk"), kind=Event.Kind.HEARD, at__gt=since)
    seen = Conversation.objects.visible_to(person).filter(pk=conversation_id).select_related("holder")
    # What was suggested and why is long, and the act itself reads it.
    found: Any = seen.defer("suggestion", "facts").annotate(was_heard=Exists(heard)).first()
    if found is None:
        raise NotThere(_("You may not see this conversation any more."))
    if not person.rights.may(right, found.department_id):
        raise NotAllowed(_("You may not do this here."))
    return found, found.was_heard


def _undo(act: BulkRun.Act, item: BulkItem, person: User, **when: Any) -> None:
    if act == Act.TAG:
        tagging.undo_tags(event_id=item.event_id or 0, actor=person, **when)
        return
    given = {"conversation_id": item.conversation_id, "actor": person, "fence": item.fence, **when}
    if act == Act.CLOSE:
        undoing_closing.undo_closing(**given)
    else:
        undoing.undo_decision(**given, tell=False)


def _left(conversation_id: int, kind: Event.Kind) -> Done:
    latest = Event.objects.filter(conversation=OuterRef("pk"), kind=kind).order_by("-pk").values("pk")[:1]
    left = Conversation.objects.filter(pk=conversation_id).order_by()
    return Done(*left.values_list("fence", Subquery(latest)).get())
