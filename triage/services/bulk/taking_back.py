"""Each act on many taken back on some of them, where nobody has gone on since. The rules are those of one."""

from collections.abc import Sequence
from datetime import timedelta

from policies.services import reading
from triage.models import BulkItem, Conversation, Event
from triage.services import gate, undoing_closing
from triage.services.bulk.doing import Doing, Turn
from triage.services.decisions import tagging, undoing
from triage.services.decisions.undoing import Undone


class Tag(Doing["Event | None"]):
    """Put tags back."""

    def __init__(self, turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> None:
        """Read how they were changed, and where somebody has gone on."""
        super().__init__(turn, free)
        changes = Event.objects.filter(kind=Event.Kind.TAGGED, actor=turn.person)
        self.changed = changes.in_bulk([item.event_id for item, _conversation in free if item.event_id])
        self.passed = tagging.passed(self.changed.values())

    def one(self, item: BulkItem, conversation: Conversation) -> Event | None:
        """Put the tags of one back."""
        changed, turn = self.changed.get(item.event_id or 0), self.turn
        if changed is not None:
            changed.conversation = conversation
        is_passed = changed is not None and changed.pk in self.passed
        return tagging.untag_locked(changed, actor=turn.person, at=turn.at, within=_within(turn), is_passed=is_passed)

    def write(self, made: Sequence[Event | None]) -> Sequence[Event | None]:
        """Write those that changed."""
        tagging.write_tagged([event for event in made if event is not None])
        return made


class Close(Doing[tuple[Conversation, "Event | None"]]):
    """Open again, with the pen for who held it."""

    def __init__(self, turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> None:
        """Read how they were closed."""
        super().__init__(turn, free)
        self.policy = reading.policy_in_force()
        closings = Event.objects.filter(conversation__in=self.conversations, kind=Event.Kind.CLOSED)
        latest = closings.order_by("conversation", "-pk").distinct("conversation")
        self.closed = {event.conversation_id: event for event in latest}

    def one(self, item: BulkItem, conversation: Conversation) -> tuple[Conversation, Event | None]:
        """Open one again."""
        closed, turn = self.closed.get(conversation.pk), self.turn
        undoing_closing.open_again_locked(
            conversation,
            closed,
            actor=turn.person,
            fence=item.fence,
            policy=self.policy,
            at=turn.at,
            within=_within(turn),
        )
        return conversation, closed

    def write(self, made: Sequence[tuple[Conversation, Event | None]]) -> Sequence[Event]:
        """Write all."""
        turn = self.turn
        return undoing_closing.write_open_again(
            made, policy=self.policy, incidents=turn.incidents, actor=turn.person, tell=turn.tell, at=turn.at
        )


class Decide(Doing[Undone]):
    """Put in force again what was so before."""

    def __init__(self, turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> None:
        """Ask the gate, and what was so before."""
        super().__init__(turn, free)
        self.policy = reading.policy_in_force()
        gate.check_deciding(turn.person, self.policy, at=turn.at)
        self.befores = undoing.befores(self.conversations)

    def one(self, item: BulkItem, conversation: Conversation) -> Undone:
        """Take back the decision on one."""
        turn = self.turn
        return undoing.undo_locked(
            conversation,
            self.befores[conversation.pk],
            actor=turn.person,
            fence=item.fence,
            policy=self.policy,
            at=turn.at,
            within=_within(turn),
        )

    def write(self, made: Sequence[Undone]) -> Sequence[Event]:
        """Write all."""
        turn = self.turn
        return undoing.write_undone(
            made, policy=self.policy, incidents=turn.incidents, actor=turn.person, tell=turn.tell, at=turn.at
        )


def _within(turn: Turn) -> timedelta:
    """Return how old what is taken back may be: as old as the run that did it."""
    undone = turn.run.undoes
    return turn.at - undone.prepared_at if undone is not None else timedelta()
