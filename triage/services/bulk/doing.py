"""Each act on some of many conversations: read what it needs, do it to one, write all. The rules are those of one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext as _

from policies.engine.incidents import Incidents
from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from teams.models import Department, User
from triage.models import BulkItem, BulkRun, Conversation, Decision, Event, Merge, Reply
from triage.services import closing, gate
from triage.services.approving.standing import approval_needed
from triage.services.closing import Closed
from triage.services.decisions import deciding, tagging
from triage.services.decisions.deciding import Choice, Decided, Tell
from triage.states import IN_FLIGHT, Departure, Disposition, Stage

Made = TypeVar("Made")


class Yours(Conflict):
    """Who acts holds it, and it has to be given back first."""

    code = "yours"


class Undecided(Conflict):
    """There is nothing decided yet that could go to somebody else."""

    code = "undecided"


@dataclass(frozen=True, slots=True)
class Parts:
    """Whom a run names, as they are now."""

    department: Department | None
    offered_to: User | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Who acts, as what run, and how is told of it; ``incidents`` stay open while something is taken back."""

    run: BulkRun
    person: User
    parts: Parts
    tell: Tell
    at: datetime
    incidents: Incidents


class Doing(ABC, Generic[Made]):
    """One act on conversations that are locked, and that the person may act on."""

    def __init__(self, turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> None:
        """Read what all of them need.

        :raises Refusal: every single one would be refused.
        """
        self.turn = turn
        self.conversations = [conversation for _item, conversation in free]

    @abstractmethod
    def one(self, item: BulkItem, conversation: Conversation) -> Made:
        """Do it to one; nothing is written yet.

        :raises Refusal: something stands in the way.
        """

    @abstractmethod
    def write(self, made: Sequence[Made]) -> Sequence[Event | None]:
        """Write what was done; return the event of each, none where there was nothing to change."""


class Tag(Doing["Event | None"]):
    """Add tags and take others away."""

    def one(self, item: BulkItem, conversation: Conversation) -> Event | None:
        """Change the tags of one."""
        how, turn = self.turn.run.how, self.turn
        return tagging.tag_locked(conversation, actor=turn.person, add=how["add"], remove=how["remove"], at=turn.at)

    def write(self, made: Sequence[Event | None]) -> Sequence[Event | None]:
        """Write those that changed."""
        tagging.write_tagged([event for event in made if event is not None])
        return made


class Close(Doing[Closed]):
    """Close with an outcome."""

    def __init__(self, turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> None:
        """Ask the gate, and for answers that are on their way."""
        super().__init__(turn, free)
        self.is_bound = not gate.must_attest(turn.person, at=turn.at)
        answers = Reply.objects.filter(conversation__in=self.conversations, state__in=IN_FLIGHT).order_by()
        self.answering = set(answers.values_list("conversation", flat=True))

    def one(self, item: BulkItem, conversation: Conversation) -> Closed:
        """Close one."""
        return closing.close_locked(
            conversation,
            actor=self.turn.person,
            outcome=self.turn.run.how["outcome"],
            fence=item.fence,
            is_bound=self.is_bound,
            at=self.turn.at,
            may_be_answering=conversation.pk in self.answering,
        )

    def write(self, made: Sequence[Closed]) -> Sequence[Event]:
        """Write all."""
        closing.write_closed(made, actor=self.turn.person, at=self.turn.at)
        return [one.event for one in made]


class Decide(Doing[Decided]):
    """Decide, each anew under the policy in force."""

    def __init__(self, turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> None:
        """Ask the gate, and what was decided before."""
        super().__init__(turn, free)
        policy = reading.policy_in_force()
        gate.check_deciding(turn.person, policy, at=turn.at)
        self.known = deciding.know(self.conversations, policy)

    def choice(self, conversation: Conversation) -> Choice:
        """Return what is decided on one."""
        return decided_as(self.turn.run.how, conversation, self.turn.parts)

    def one(self, item: BulkItem, conversation: Conversation) -> Decided:
        """Decide on one."""
        if conversation.stage in (Stage.CLAIMED, Stage.WAITING):
            raise Yours(_("You hold this conversation. Give it back before it is decided anew."))
        choice, turn = self.choice(conversation), self.turn
        deciding.check_choice(choice)
        return deciding.decide_locked(
            conversation, choice, actor=turn.person, fence=item.fence, known=self.known, at=turn.at
        )

    def write(self, made: Sequence[Decided]) -> Sequence[Event]:
        """Write all."""
        turn = self.turn
        return deciding.write_decided(made, actor=turn.person, tell=turn.tell, at=turn.at)


class Assign(Decide):
    """Decide the same again for somebody else to answer."""

    def __init__(self, turn: Turn, free: Sequence[tuple[BulkItem, Conversation]]) -> None:
        """Ask where somebody's word was wanted so far."""
        super().__init__(turn, free)
        decisions = Decision.objects.filter(conversation__in=self.conversations).exclude(approval={})
        merges = Merge.objects.filter(target__in=self.conversations, undone_at=None)
        self.asking = {
            *decisions.order_by().values_list("conversation", flat=True),
            *merges.order_by().values_list("target", flat=True),
        }

    def choice(self, conversation: Conversation) -> Choice:
        """Return what was decided on one, with others to answer."""
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
        choice = decided_as({**self.turn.run.how, **same}, conversation, self.turn.parts)
        # Whose word an answer needs was said of the conversation, not of the department.
        return replace(choice, approval=approval_needed(conversation) if conversation.pk in self.asking else None)


def parts_of(how: Mapping[str, Any]) -> Parts:
    """Read whom a run names."""
    person, department = how.get("offered_to"), how.get("department")
    return Parts(
        Department.objects.filter(pk=department).first() if department else None,
        User.objects.filter(pk=person).first() if person else None,
    )


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
