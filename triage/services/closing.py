"""The end of a conversation, the pause, and the way back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.incidents import Incidents
from policies.engine.rules import Policy
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib.bulk import save_rows
from socialhub.lib.errors import Conflict, Invalid
from teams.models import User
from triage.models import ClockEnd, Conversation, Event
from triage.services import clocks, gate, recording, telling
from triage.services.arriving import suggesting_anew
from triage.services.arriving.joining import reopening
from triage.services.pen import giving_back, offering, voiding, working
from triage.services.pen.claims import NotTheHolder
from triage.services.threads.joined import has_changed_hands, joined_since
from triage.states import CLOSING_OUTCOMES, Outcome, Stage


class NotOpen(Conflict):
    """The conversation is closed already."""

    code = "not_open"


class NotClosed(Conflict):
    """The conversation is not closed."""

    code = "not_closed"


def wait_for_customer(*, conversation_id: int, agent: User, fence: int, at: datetime) -> None:
    """Stop the clocks: it is the customer's turn. They go on where they stand when the customer has answered.

    :raises NotTheHolder: ``agent`` does not hold it under ``fence``.
    """
    with transaction.atomic():
        held = Conversation.objects.filter(pk=conversation_id, stage=Stage.CLAIMED, holder=agent)
        conversation = held.select_for_update(of=("self",)).first()
        if conversation is None:
            raise NotTheHolder(_("You do not hold this conversation any more."))
        if why := working.why_older(conversation, fence):
            raise NotTheHolder(why)
        clocks.acknowledge(conversation.pk, actor=agent, at=at)
        fields = clocks.apply(conversation, clocks.pause(conversation, is_done=False, at=at))
        conversation.stage = Stage.WAITING
        conversation.save(update_fields=["stage", *fields])
        recording.record(conversation_id=conversation_id, kind=Event.Kind.WAITING, actor=agent, at=at)
        offering.wake_offering(conversation.department_id)


def close_conversation(*, conversation_id: int, actor: User, outcome: str, fence: int, at: datetime) -> None:
    """Close with an outcome. A held conversation is closed only by its holder. Locks the conversation.

    :raises Invalid: the outcome is not one that a person may choose.
    :raises NotAttested: nobody has answered it, and the person has not attested the policy in force.
    :raises NotOpen: it is closed, or changed hands since ``fence``.
    :raises NotTheHolder: somebody else holds it.
    """
    check_outcome(outcome)
    is_bound = not gate.must_attest(actor, at=at)
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        closed = close_locked(conversation, actor=actor, outcome=outcome, fence=fence, is_bound=is_bound, at=at)
        write_closed([closed], actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class Closed:
    """A conversation that is closed and not written yet."""

    conversation: Conversation
    event: Event
    ended: list[ClockEnd]


def check_outcome(outcome: str) -> None:
    """Make sure that a person may choose this outcome.

    :raises Invalid: they may not.
    """
    if outcome not in CLOSING_OUTCOMES:
        raise Invalid(_("Choose how the conversation ended."), field="outcome")


def close_locked(
    conversation: Conversation,
    *,
    actor: User,
    outcome: str,
    fence: int,
    is_bound: bool,
    at: datetime,
    may_be_answering: bool = True,
) -> Closed:
    """Close a locked conversation, which ``write_closed`` writes; the refusals are those of ``close_conversation``.

    ``is_bound``: whether ``actor`` has attested the policy in force. ``may_be_answering``: whether
    to ask if an answer is on its way, for who does not know that none is.
    """
    if conversation.stage == Stage.CLOSED or has_changed_hands(conversation, fence):
        raise NotOpen(_("This conversation was closed or changed hands a moment ago."))
    if joined := joined_since(conversation, fence):
        raise NotOpen(" ".join(map(str, joined)))
    if conversation.holder_id is not None and conversation.holder_id != actor.pk:
        raise NotTheHolder(working.who_holds(conversation))
    if not is_bound and conversation.first_answered_at is None:
        # That nobody answers is a decision, whatever it is called.
        raise gate.NotAttested(_("Read and attest the policy in force before you close what nobody has answered."))
    if may_be_answering and giving_back.is_underway(conversation, actor=actor, at=at):
        raise NotOpen(_("An answer is on its way. Close when its fate is known."))
    was_held = conversation.holder_id is not None
    ended = clocks.ended(conversation, is_done=True, at=at) + clocks.resolved(conversation, at=at)
    conversation.stage = Stage.CLOSED
    conversation.outcome = Outcome(outcome)
    conversation.holder = None
    conversation.offered_to = None
    conversation.closed_at = at
    conversation.fence += 1
    clocks.apply(conversation, clocks.stop())
    data: dict[str, object] = {"outcome": outcome, "was_held": True} if was_held else {"outcome": outcome}
    event = Event(conversation=conversation, kind=Event.Kind.CLOSED, actor=actor, at=at, data=data)
    return Closed(conversation, event, ended)


def write_closed(closed: Sequence[Closed], *, actor: User, at: datetime) -> None:
    """Write conversations that were closed, in the transaction that locked them."""
    conversations = [one.conversation for one in closed]
    ids = [one.pk for one in conversations]
    clocks.acknowledge(*ids, actor=actor, at=at)
    ClockEnd.objects.bulk_create([end for one in closed for end in one.ended])
    save_rows(conversations, _CLOSED_COLUMNS)
    voiding.void_askings(conversation_ids=ids, at=at)
    recording.record_many([one.event for one in closed])
    for department_id in {one.department_id for one in conversations}:
        offering.wake_offering(department_id)


_CLOSED_COLUMNS = ("stage", "outcome", "holder", "offered_to", "closed_at", "fence", *clocks.COLUMNS)


def reopen_conversation(*, conversation_id: int, actor: User, at: datetime) -> None:
    """Open a closed conversation again, at the department that had it, else for a new decision.

    :raises NotClosed: it is open.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        incidents = standing_until_committed()
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        reopen_locked(conversation, policy=policy, at=at)
        write_reopened(
            [conversation],
            policy=policy,
            incidents=incidents,
            actor=actor,
            tell=telling.tell_department,
            at=at,
        )


def reopen_locked(conversation: Conversation, *, policy: Policy, at: datetime) -> None:
    """Open a locked conversation again, which ``write_reopened`` writes.

    :raises NotClosed: it is open.
    """
    if conversation.stage != Stage.CLOSED or conversation.outcome == Outcome.MERGED:
        raise NotClosed(_("This conversation is not closed."))
    clocks.apply(conversation, reopening(conversation, policy, at))


def write_reopened(
    conversations: Sequence[Conversation],
    *,
    policy: Policy,
    incidents: Incidents,
    actor: User,
    tell: Callable[[Conversation, Event], None],
    at: datetime,
) -> list[Event]:
    """Write conversations that were opened again, in the transaction that locked them, and ``tell`` of each.

    ``incidents`` are those that stay open until it is committed: asked for before the conversations were locked.
    """
    save_rows(conversations, _REOPENED_COLUMNS)
    suggesting_anew.hold_again([one.pk for one in conversations], incidents, policy, at)
    kind = Event.Kind.REOPENED
    events = [Event(conversation=one, kind=kind, actor=actor, at=at) for one in conversations]
    recording.record_many(events)
    for conversation, event in zip(conversations, events, strict=True):
        tell(conversation, event)
    for department_id in {one.department_id for one in conversations}:
        offering.wake_offering(department_id)
    return events


_REOPENED_COLUMNS = (
    "stage",
    "holder",
    "outcome",
    "closed_at",
    "erased_at",
    "raw_erased_at",
    "fence",
    *clocks.COLUMNS,
)
