"""Play planned conversations as the product's services would have handled them, into the ledger."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from insights.models import Takeaway
from listening.models import PracticePost
from listening.practice.exchanges import Author
from listening.practice.network import external_id_of
from policies.engine.facts import Facts, names
from policies.engine.rules import Policy
from socialhub.demo import company
from socialhub.demo.beside import NEEDED, VERDICTS, Beside
from socialhub.demo.company import responders
from socialhub.demo.founding import Company
from socialhub.demo.hearing import Ear
from socialhub.demo.ledger import Ledger
from socialhub.demo.plan import ChoicePlan, PlannedConversation, Step
from socialhub.demo.telling import Teller
from teams.models import User
from triage.models import Concern, Conversation, Decision, Draft, Event, Reply
from triage.services.arriving.facts import facts_data
from triage.services.arriving.listeners import Listener
from triage.services.arriving.opening import suggestion_data
from triage.states import Disposition, DueFor, Outcome, ReplyState, Stage

KEYS = uuid.UUID("6b0f4c1e-3f59-4b42-9d0e-5a1c7d2f9b10")
MOMENT = timedelta(seconds=1)
ERRORS = {
    "failed": "The network does not take answers to this post at the moment.",
    "uncertain": "The connection broke after the answer had left.",
}


@dataclass(frozen=True, slots=True)
class Theatre:
    """What all conversations of the history share."""

    company: Company
    ledger: Ledger
    ear: Ear
    teller: Teller
    earlier: Policy
    current: Policy
    current_from: datetime
    listeners: tuple[Listener, ...]

    def policy_at(self, at: datetime) -> Policy:
        """Return the version that was in force."""
        return self.current if at >= self.current_from else self.earlier


class Playback:
    """One conversation on its way through the product."""

    def __init__(self, theatre: Theatre, planned: PlannedConversation) -> None:
        self._theatre = theatre
        self._ledger = theatre.ledger
        self._planned = planned
        self._people = theatre.company.people
        self._channel = theatre.company.channels[planned.channel]
        self._conversation = Conversation()
        self._asked = (0, "")
        self._last_said = ""
        self._beside = Beside(theatre.company, theatre.ledger, theatre.teller, self._note)

    def open(self) -> None:
        """Begin with what the customer said first."""
        exchange, at = self._planned.exchange, self._planned.opened_at
        heard = self._theatre.ear.hear(
            self._planned.channel, exchange.author, exchange.opening, exchange.language, in_reply_to="", at=at
        )
        policy = self._theatre.policy_at(at)
        facts = heard.facts = Facts(
            text=heard.text,
            language=heard.language,
            sentiment=heard.sentiment,
            reach=heard.profile_reach,
            channel=names(heard.channel_kind, self._channel.name),
            local=at.astimezone(ZoneInfo(company.TIME_ZONE)),
        )
        suggestion = policy.suggest(facts)
        self._conversation = Conversation(
            pk=self._ledger.conversation_ids.next(),
            channel=self._channel,
            profile_id=heard.profile_id,
            stage=Stage.NEW,
            priority=suggestion.priority,
            suggestion=suggestion_data(suggestion),
            facts=facts_data(facts, heard.mention_id),
            author_name=heard.author_name,
            snippet=heard.snippet,
            language=heard.language,
            sentiment=heard.sentiment,
            mention_count=0,
            opened_at=at,
            last_inbound_at=at,
            due_at=policy.deadline("decide", priority=suggestion.priority, since=at),
            due_for=DueFor.DECIDE,
            due_under=policy.version_id,
        )
        self._ledger.conversations.append(self._conversation)
        self._enter(heard.mention_id)
        self._asked = (heard.mention_id, heard.external_id)
        self._last_said = heard.external_id
        self._note(Event.Kind.OPENED, None, at, mention=heard.mention_id)
        for listener in self._theatre.listeners:
            if listener.words.first_in(heard.wording):
                self._concern(listener.department_id, Concern.Because.HEARD)

    def play(self, step: Step) -> None:
        """Do what somebody did."""
        actor = self._people[step.by] if step.by else None
        if step.kind == "heard":
            self._hear(step)
        elif step.kind == "reopened":
            self._reopen(step.at)
        elif actor is None:
            raise ValueError(f"nobody did {step.kind}")
        elif step.kind == "decided" and step.choice is not None:
            self._decide(step.choice, actor, step.at)
        elif step.kind == "claimed":
            self._claim(actor, step.at)
        elif step.kind == "released":
            self._release(actor, step.at)
        elif step.kind == "replied":
            self._reply(step, actor)
        elif step.kind == "closed":
            self._close(step.outcome, actor, step.at)
        elif step.kind == "takeaway":
            self._take_away(step, actor)
        elif step.kind == "note":
            self._beside.write_note(self._conversation, step, actor)
        elif step.kind == "asked_approval":
            version_id = self._theatre.policy_at(step.at).version_id
            self._beside.ask_approval(
                self._conversation, step, actor, answers_id=self._asked[0], policy_version_id=version_id
            )
        elif step.kind in VERDICTS:
            self._beside.speak(self._conversation, step, actor)

    def leave_draft(self, text: str, at: datetime) -> None:
        """Leave what the holder has begun to write, unless it is before those who approve it."""
        waiting = self._beside.draft_of(self._conversation)
        if waiting is not None:
            self._ledger.drafts.append(waiting)
        elif text and self._conversation.holder is not None:
            self._ledger.drafts.append(
                Draft(conversation=self._conversation, author=self._conversation.holder, body=text, saved_at=at)
            )

    def _note(self, kind: Event.Kind, actor: User | None, at: datetime, **data: object) -> int:
        return self._ledger.event(self._conversation.pk, kind, actor.pk if actor else None, at, data)

    def _enter(self, mention_id: int) -> None:
        self._ledger.entries.append((mention_id, self._conversation.pk))
        self._conversation.mention_count += 1

    def _concern(self, department_id: int, because: Concern.Because) -> None:
        self._ledger.concerns.setdefault((self._conversation.pk, department_id), because.value)

    def _due(self, step: str, due_for: DueFor, at: datetime) -> None:
        policy = self._theatre.policy_at(at)
        self._conversation.due_at = policy.deadline(step, priority=self._conversation.priority, since=at)
        self._conversation.due_for = due_for
        self._conversation.due_under = policy.version_id

    def _hear(self, step: Step) -> None:
        conversation, exchange = self._conversation, self._planned.exchange
        author: Author = step.author or exchange.author
        heard = self._theatre.ear.hear(
            self._planned.channel, author, step.text, exchange.language, in_reply_to=self._last_said, at=step.at
        )
        self._enter(heard.mention_id)
        self._asked = (heard.mention_id, heard.external_id)
        self._last_said = heard.external_id
        event_id = self._note(Event.Kind.HEARD, None, step.at, mention=heard.mention_id)
        conversation.last_inbound_at = step.at
        conversation.snippet = heard.snippet
        conversation.sentiment = heard.sentiment
        if conversation.stage == Stage.WAITING:
            conversation.stage = Stage.CLAIMED
            self._due("answer", DueFor.ANSWER, step.at)
            self._theatre.teller.holder(conversation, event_id, step.at)
        for listener in self._theatre.listeners:
            if listener.words.first_in(heard.wording):
                self._concern(listener.department_id, Concern.Because.HEARD)

    def _decide(self, choice: ChoicePlan, actor: User, at: datetime) -> None:
        conversation = self._conversation
        department = self._theatre.company.departments[choice.department] if choice.department else None
        offered_to = self._people[choice.offered_to] if choice.offered_to else None
        policy = self._theatre.policy_at(at)
        decision = Decision(
            pk=self._ledger.decision_ids.next(),
            conversation=conversation,
            disposition=choice.disposition,
            reason=choice.reason,
            priority=choice.priority,
            department=department,
            visibility=choice.visibility,
            offered_to=offered_to,
            note=choice.note,
            approval=NEEDED.kept() if choice.needs_approval else {},
            policy_version_id=policy.version_id,
            clause_id=self._clause(policy),
            follows_suggestion=_follows(conversation.suggestion, choice) if conversation.suggestion else None,
            decided_by=actor,
            at=at,
        )
        self._ledger.decisions.append(decision)
        event_id = self._note(Event.Kind.DECIDED, actor, at, decision=decision.pk)
        conversation.disposition = Disposition(choice.disposition)
        conversation.priority = choice.priority
        conversation.visibility = choice.visibility
        conversation.decided_at = conversation.decided_at or at
        conversation.fence += 1
        conversation.department = department
        if department is None:
            self._end(Outcome.NO_ANSWER, at)
            self._note(Event.Kind.CLOSED, actor, at, outcome=Outcome.NO_ANSWER.value)
            return
        conversation.stage = Stage.ASSIGNED
        conversation.offered_to = offered_to
        self._due("claim", DueFor.CLAIM, at)
        self._concern(department.pk, Concern.Because.DECIDED)
        if offered_to is not None:
            self._theatre.teller.person(conversation, offered_to, event_id, actor, at)
        else:
            self._theatre.teller.department(conversation, department.slug, event_id, actor, at)

    def _clause(self, policy: Policy) -> int | None:
        because = self._conversation.suggestion.get("because")
        clause_id = int(because[0]["clause_id"]) if because else None
        return clause_id if any(rule.clause_id == clause_id for rule in policy.rules) else None

    def _claim(self, actor: User, at: datetime) -> None:
        conversation = self._conversation
        conversation.stage = Stage.CLAIMED
        conversation.holder = actor
        conversation.offered_to = None
        conversation.fence += 1
        conversation.claimed_at = conversation.claimed_at or at
        self._due("answer", DueFor.ANSWER, at)
        self._note(Event.Kind.CLAIMED, actor, at)

    def _release(self, actor: User, at: datetime) -> None:
        conversation = self._conversation
        conversation.stage = Stage.ASSIGNED
        conversation.holder = None
        conversation.fence += 1
        self._due("claim", DueFor.CLAIM, at)
        self._note(Event.Kind.RELEASED, actor, at)

    def _reply(self, step: Step, actor: User) -> None:
        conversation = self._conversation
        reply = Reply(
            pk=self._ledger.reply_ids.next(),
            conversation=conversation,
            author=actor,
            body=step.text,
            visibility=conversation.visibility,
            answers_id=self._asked[0],
            policy_version_id=self._theatre.policy_at(step.at).version_id,
            approval=self._beside.use_approval(step.at - MOMENT),
            fence=conversation.fence,
            state=ReplyState(step.state),
            queued_at=step.at - MOMENT,
            not_before_at=step.at - MOMENT,
            claimed_at=step.at,
            attempt_count=1,
            error=ERRORS.get(step.state, ""),
        )
        reply.key = uuid.uuid5(KEYS, str(reply.pk))
        self._ledger.replies.append(reply)
        self._note(Event.Kind.REPLY_QUEUED, actor, step.at - MOMENT, reply=reply.pk)
        if step.state == ReplyState.SENT:
            self._sent(reply, actor, step)
            return
        kind = Event.Kind.REPLY_FAILED if step.state == ReplyState.FAILED else Event.Kind.REPLY_UNCERTAIN
        event_id = self._note(kind, None, step.at, reply=reply.pk)
        self._theatre.teller.author(conversation, actor, event_id, step.at)

    def _sent(self, reply: Reply, actor: User, step: Step) -> None:
        conversation = self._conversation
        post = PracticePost(
            channel=self._channel, key=reply.key, text=step.text, in_reply_to=self._asked[1], posted_at=step.at
        )
        self._ledger.posts.append(post)
        external_id = external_id_of(post)
        reply.mention_id = self._theatre.ear.keep_ours(
            self._planned.channel, step.text, external_id, in_reply_to=self._asked[1], at=step.at
        )
        reply.sent_at = step.at
        self._enter(reply.mention_id)
        self._last_said = external_id
        self._note(Event.Kind.REPLY_SENT, actor, step.at, reply=reply.pk)
        conversation.last_outbound_at = step.at
        conversation.first_answered_at = conversation.first_answered_at or step.at
        conversation.stage = Stage.WAITING
        conversation.due_at = None
        conversation.due_for = ""
        self._note(Event.Kind.WAITING, actor, step.at)

    def _close(self, outcome: str, actor: User, at: datetime) -> None:
        self._conversation.fence += 1
        self._end(Outcome(outcome), at)
        self._note(Event.Kind.CLOSED, actor, at, outcome=outcome)

    def _end(self, outcome: Outcome, at: datetime) -> None:
        conversation = self._conversation
        conversation.stage = Stage.CLOSED
        conversation.outcome = outcome
        conversation.holder = None
        conversation.offered_to = None
        conversation.closed_at = at
        conversation.due_at = None
        conversation.due_for = ""

    def _reopen(self, at: datetime) -> None:
        conversation = self._conversation
        conversation.stage = Stage.ASSIGNED
        conversation.outcome = ""
        conversation.closed_at = None
        conversation.fence += 1
        self._due("claim", DueFor.CLAIM, at)
        event_id = self._note(Event.Kind.REOPENED, None, at, mention=self._asked[0])
        if conversation.department is not None and responders(conversation.department.slug):
            self._theatre.teller.department(conversation, conversation.department.slug, event_id, None, at)

    def _take_away(self, step: Step, actor: User) -> None:
        department = self._theatre.company.departments[step.department]
        self._concern(department.pk, Concern.Because.HEARD)
        takeaway = Takeaway(
            pk=self._ledger.takeaway_ids.next(),
            conversation=self._conversation,
            department=department,
            author=actor,
            kind=step.takeaway,
            text=step.text,
            at=step.at,
        )
        self._ledger.takeaways.append(takeaway)
        self._note(Event.Kind.TAKEAWAY, actor, step.at, takeaway=takeaway.pk, department=department.pk)


def _follows(suggestion: dict[str, object], choice: ChoicePlan) -> bool:
    """Say whether every part that was suggested was chosen."""
    chosen = {
        "priority": choice.priority,
        "disposition": choice.disposition,
        "department": choice.department,
        "visibility": choice.visibility,
    }
    return all(not suggestion.get(part) or suggestion[part] == value for part, value in chosen.items())
