"""What an act on many does to some of them: locked in the order of their ids, asked one by one, written together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from policies.engine.incidents import NO_INCIDENTS
from policies.services.incidents import standing_until_committed
from socialhub.lib.errors import Conflict, Forbidden, Refusal
from teams.models import User
from triage.models import BulkItem, BulkRun, Conversation, Event
from triage.models.bulk import WasBefore
from triage.services.bulk import doing, taking_back
from triage.services.bulk.doing import Doing, Parts, Turn
from triage.services.bulk.preparing import RIGHTS
from triage.services.decisions.deciding import Tell
from triage.services.pen import capacity
from triage.services.pen.claims import NotTheHolder
from triage.states import Stage

Act = BulkRun.Act
_DOING: Mapping[BulkRun.Act, type[Doing[Any]]] = {
    Act.DECIDE: doing.Decide,
    Act.ASSIGN: doing.Assign,
    Act.TAG: doing.Tag,
    Act.CLOSE: doing.Close,
}
_TAKING_BACK: Mapping[BulkRun.Act, type[Doing[Any]]] = {
    Act.DECIDE: taking_back.Decide,
    Act.ASSIGN: taking_back.Decide,
    Act.TAG: taking_back.Tag,
    Act.CLOSE: taking_back.Close,
}

# What was merged into it was not before them either.
_HEARD = (Event.Kind.HEARD, Event.Kind.MERGED)


class NotThere(Conflict):
    """The person may not see it any more."""

    code = "not_there"


class NotAllowed(Forbidden):
    """The person may see it, but not do this."""

    code = "not_allowed"


class Closed(Conflict):
    """It is closed already."""

    code = "closed"


class HeardSince(Conflict):
    """Something was said that whoever began had not seen."""

    code = "heard_since"


@dataclass(frozen=True, slots=True)
class Done:
    """What an act left: the fence, and the event by which it is undone; none where nothing was to be changed."""

    fence: int
    event_id: int | None


def act_on(
    items: Sequence[BulkItem], *, run: BulkRun, person: User, parts: Parts, tell: Tell, at: datetime
) -> dict[int, Done | Refusal]:
    """Do to some conversations what a run does, as ``person`` with the rights that they have now.

    Return by conversation what it left, or what stands in the way and has changed nothing. Call it in the
    transaction that counts them; it locks the conversations in the order of their ids.
    """
    undone = run.undoes
    act = Act(run.act if undone is None else undone.act)
    # Nothing is declared while what is taken back is held against what is open: before any row, as everywhere.
    incidents = NO_INCIDENTS if undone is None else standing_until_committed()
    if undone is not None and act == Act.CLOSE and person.capacity is not None:
        # Who gets pens back is locked before any conversation, as by every claim.
        capacity.lock(person)
    seen = _seen_by(person, [item.conversation_id for item in items], run)
    came: dict[int, Done | Refusal] = {}
    free: list[tuple[BulkItem, Conversation]] = []
    for item in items:
        try:
            free.append((item, _checked(seen.get(item.conversation_id), act, person, is_undoing=undone is not None)))
        except Refusal as refusal:
            came[item.conversation_id] = refusal
    turn = Turn(run, person, parts, tell, at, incidents)
    return came | _do((_DOING if undone is None else _TAKING_BACK)[act], turn, free)


def _do(kind: type[Doing[Any]], turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> dict[int, Done | Refusal]:
    came: dict[int, Done | Refusal] = {}
    made = []
    try:
        doing = kind(turn, free)
    except Refusal as refusal:
        # What every single one would be refused for.
        return {conversation.pk: refusal for _item, conversation in free}
    for item, conversation in free:
        try:
            made.append((conversation, doing.one(item, conversation)))
        except Refusal as refusal:
            came[conversation.pk] = refusal
    events = doing.write([one for _conversation, one in made]) if made else []
    for (conversation, _one), event in zip(made, events, strict=True):
        came[conversation.pk] = Done(conversation.fence, event.pk if event is not None else None)
    return came


def _seen_by(person: User, ids: Sequence[int], run: BulkRun) -> dict[int, tuple[Conversation, bool]]:
    """Lock conversations; return those that the person sees, and whether something was said that they had not seen."""
    list(Conversation.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    # Read once they are locked: what was said until then has been written.
    # A message may have begun to come in before the run was prepared, and have come in after.
    is_news = Q(at__gt=run.prepared_at) | Q(was_before=False)
    told = Event.objects.alias(was_before=WasBefore("transaction", run.prepared_in))
    heard = told.filter(is_news, conversation=OuterRef("pk"), kind__in=_HEARD)
    seen = Conversation.objects.visible_to(person).filter(pk__in=ids).select_related("holder").order_by()
    # Why it was suggested is long, and no act reads it.
    found: Any = seen.defer("facts").annotate(was_heard=Exists(heard))
    return {one.pk: (one, one.was_heard) for one in found}


def _checked(
    seen: tuple[Conversation, bool] | None, act: BulkRun.Act, person: User, *, is_undoing: bool
) -> Conversation:
    """Return a conversation with which the act goes on."""
    if seen is None:
        raise NotThere(_("You may not see this conversation any more."))
    conversation, was_heard = seen
    if not person.rights.may(RIGHTS[act], conversation.department_id):
        raise NotAllowed(_("You may not do this here."))
    if is_undoing:
        return conversation
    if conversation.holder is not None and conversation.holder_id != person.pk:
        raise NotTheHolder(_("%(name)s holds this conversation.") % {"name": conversation.holder.name})
    if act == Act.TAG:
        return conversation
    if conversation.stage == Stage.CLOSED:
        raise Closed(_("This conversation is closed already."))
    if was_heard:
        raise HeardSince(_("Something was said here since you chose it. Look at it first."))
    return conversation
