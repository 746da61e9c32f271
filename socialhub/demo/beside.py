"""Play what goes on beside an answer: notes among colleagues, and the word of those who approve it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from socialhub.demo.founding import Company
from socialhub.demo.ledger import Ledger
from socialhub.demo.plan import Step
from socialhub.demo.telling import Teller
from teams.models import User
from teams.roles import Role
from triage.models import Approval, ApprovalStep, Concern, Conversation, Draft, Event, Note, NoteAsk
from triage.services.approving.standing import Needed, digest_of

NEEDED = Needed(Approval.Mode.ANY, ({"role": Role.MANAGER.value},))
VERDICTS = {
    "approved": (ApprovalStep.Verdict.APPROVED, Approval.State.APPROVED, Event.Kind.APPROVAL_GIVEN),
    "proposed": (ApprovalStep.Verdict.EDITED, Approval.State.EDITED, Event.Kind.APPROVAL_EDITED),
    "rejected": (ApprovalStep.Verdict.REJECTED, Approval.State.REJECTED, Event.Kind.APPROVAL_REJECTED),
}
NoteEvent = Callable[..., int]


@dataclass(slots=True)
class Beside:
    """The notes and approvals of one conversation; ``record`` writes its events."""

    company: Company
    ledger: Ledger
    teller: Teller
    record: NoteEvent
    _asked: NoteAsk | None = None
    _approval: Approval | None = None
    _steps: dict[int, ApprovalStep] = field(default_factory=dict)

    def write_note(self, conversation: Conversation, step: Step, actor: User) -> None:
        """Write a note that asks a department, or the answer to the one before."""
        note = Note(
            pk=self.ledger.note_ids.next(), conversation=conversation, author=actor, body=step.text, written_at=step.at
        )
        self.ledger.notes.append(note)
        if step.is_answer and self._asked is not None:
            question = self._asked.note
            note.answers, self._asked.answered_at = question, step.at
            event_id = self.record(Event.Kind.NOTE, actor, step.at, note=note.pk, answers=question.pk)
            self.teller.asker(conversation, question.author, event_id, actor, step.at)
            return
        department = self.company.departments[step.department]
        self._asked = NoteAsk(note=note, department=department)
        self.ledger.note_asks.append(self._asked)
        self.ledger.concerns.setdefault((conversation.pk, department.pk), Concern.Because.ASKED.value)
        event_id = self.record(Event.Kind.NOTE, actor, step.at, note=note.pk, departments=[department.pk])
        self.teller.asked(conversation, step.department, event_id, actor, step.at)

    def ask_approval(
        self, conversation: Conversation, step: Step, actor: User, *, answers_id: int, policy_version_id: int
    ) -> None:
        """Put a text before the managers."""
        due_at = conversation.due_at
        approval = Approval(
            pk=self.ledger.approval_ids.next(),
            conversation=conversation,
            author=actor,
            body=step.text,
            digest=digest_of(step.text),
            fence=conversation.fence,
            answers_id=answers_id,
            policy_version_id=policy_version_id,
            needed=[NEEDED.kept()],
            mode=NEEDED.mode,
            asked_at=step.at,
            # At the end nothing that waits is late: it was asked with all the time that it takes.
            expires_at=due_at if due_at is not None and due_at > self.teller.until else None,
        )
        self._approval = approval
        self._steps[approval.pk] = ApprovalStep(
            approval=approval, author=actor, position=0, mode=NEEDED.mode, role=Role.MANAGER
        )
        self.ledger.approvals.append(approval)
        self.ledger.approval_steps.append(self._steps[approval.pk])
        event_id = self.record(Event.Kind.APPROVAL_ASKED, actor, step.at, approval=approval.pk)
        self.teller.approvers(conversation, approval.pk, event_id, actor, step.at)

    def speak(self, conversation: Conversation, step: Step, actor: User) -> None:
        """Take the word of a manager."""
        approval = self._approval
        if approval is None:
            raise ValueError("nothing was put before anybody")
        verdict, state, kind = VERDICTS[step.kind]
        spoken = self._steps[approval.pk]
        spoken.verdict, spoken.decided_by, spoken.decided_at = verdict, actor, step.at
        spoken.note = step.text if step.kind == "rejected" else ""
        approval.state, approval.settled_at = state, step.at
        approval.edited_body = step.text if step.kind == "proposed" else ""
        complete = {"complete": True} if step.kind == "approved" else {}
        event_id = self.record(kind, actor, step.at, approval=approval.pk, **complete)
        self.teller.verdict(conversation, approval.author, state, event_id, actor, step.at)

    def use_approval(self, at: datetime) -> Approval | None:
        """Return the approval of the answer that goes out now, used up; None where it needed none."""
        approval, self._approval = self._approval, None
        if approval is not None:
            approval.state, approval.settled_at = Approval.State.USED, at
        return approval

    def draft_of(self, conversation: Conversation) -> Draft | None:
        """Return the draft that is before those who approve it, if one is."""
        approval = self._approval
        if approval is None:
            return None
        return Draft(conversation=conversation, author=approval.author, body=approval.body, saved_at=approval.asked_at)
