"""What people do with the pen."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.concurrency.model.happening import happens
from tests.concurrency.model.tables import Row, read_tables
from tests.concurrency.model.watch import Watch
from triage.models import Approval, Conversation, Event, HandOver, Reply
from triage.services import closing
from triage.services.decisions import deciding
from triage.services.pen import claims, handing_over, idling, taking_over
from triage.states import IN_FLIGHT, Disposition, Outcome, Reason, Visibility

# Mostly one with which it can be done, and sometimes any.
conversations = st.sampled_from([0, 0, 0, 2, 1, 3])
# Mostly the one who may, and sometimes one who may not, or not any more.
persons = st.sampled_from(["holder", "holder", "holder", "anna", "bo", "cy", "lea"])
ages = st.sampled_from([0, 0, 0, 0, 1, 2])
approvals = st.sampled_from(["nobody", "nobody", "any", "all", "in order"])
departments = st.sampled_from(["care", "care", "press"])


def in_stage(*stages: str) -> Callable[[Row], bool]:
    """Return the condition that a conversation stands there."""
    return lambda row: row["stage"] in stages


open_to_decide = in_stage("new", "assigned")
free = in_stage("assigned")
held = in_stage("claimed", "waiting")


class PenRules(Watch):
    """Decide, claim, release, hand over, take over, wait, close, reopen."""

    @initialize(approval=approvals, who=st.sampled_from(["anna", "bo", "lea"]), can_tell=st.booleans())
    def two_customers_speak(self, approval: str, who: str, can_tell: bool) -> None:
        self.network.can_tell = can_tell
        for _ in range(2):
            conversation_id, mention_id = self.company.hear(self.at)
            self.ids.append(conversation_id)
            self.said[conversation_id] = [mention_id]
        self.tables = read_tables(self.ids)
        self.load_pages()
        self.decide(0, 0, approval, "care", "")
        self.claim(0, who)

    @happens(
        3,
        when=lambda self: self.any_in("new", "assigned"),
        which=conversations,
        age=ages,
        approval=approvals,
        place=departments,
        offered=st.sampled_from(["", "", "bo"]),
    )
    def decide(self, which: int, age: int, approval: str, place: str, offered: str) -> None:
        row = self.row(which, open_to_decide)
        fence = self.page(row, age).fence
        choice = deciding.Choice(
            disposition=Disposition.CUSTOMER_SERVICE,
            priority=2,
            department=getattr(self.company, place),
            visibility=Visibility.PUBLIC,
            offered_to=self.company.people[offered] if offered else None,
            approval=self.company.approvals[approval],
        )
        self._decide(row, choice, fence, ["decided"])

    @happens(when=lambda self: self.any_in("new"), which=conversations, age=ages)
    def decide_not_to_respond(self, which: int, age: int) -> None:
        row = self.row(which, in_stage("new"))
        choice = deciding.Choice(disposition=Disposition.NO_RESPONSE, priority=4, reason=Reason.RANT)
        self._decide(row, choice, self.page(row, age).fence, ["decided", "closed"])

    def _decide(self, row: Conversation, choice: deciding.Choice, fence: int, events: list[str]) -> None:
        self.act(
            lambda: deciding.decide(
                conversation_id=row.pk,
                choice=choice,
                triage_owner=self.company.people["olga"],
                fence=fence,
                at=self.at,
            ),
            allowed=row.stage in ("new", "assigned") and row.fence == fence,
            on=row,
            events=events,
        )

    @happens(4, when=lambda self: self.any_in("assigned"), which=conversations, who=persons)
    def claim(self, which: int, who: str) -> None:
        row = self.row(which, free)
        person = self.person(who, row)
        is_free = row.stage == "assigned" and row.offered_to_id in (None, person.pk)
        self.act(
            lambda: claims.claim_conversation(conversation_id=row.pk, agent=person, at=self.at),
            allowed=is_free and self.may_claim(person, row) and self.has_room(person),
            on=row,
            events=["claimed"],
        )

    @happens(when=lambda self: self.any_in("claimed", "waiting"), which=conversations, who=persons, age=ages)
    def release(self, which: int, who: str, age: int) -> None:
        row = self.row(which, held)
        person, fence = self.person(who, row), self.page(row, age).fence
        stays, before = self.underway(row)
        self.act(
            lambda: claims.release_conversation(conversation_id=row.pk, agent=person, fence=fence, at=self.at),
            allowed=row.holder_id == person.pk and row.fence == fence and not stays,
            on=row,
            events=[*before, "released"],
        )

    @happens(
        2,
        when=lambda self: self.any_in("claimed", "waiting"),
        which=conversations,
        who=persons,
        to=st.sampled_from(["bo", "lea", "cy"]),
        age=ages,
    )
    def ask_to_take(self, which: int, who: str, to: str, age: int) -> None:
        row = self.row(which, held)
        giver, taker, fence = self.person(who, row), self.company.people[to], self.page(row, age).fence
        open_one = row.hand_overs.filter(answer="").first()
        self.act(
            lambda: handing_over.ask(
                conversation_id=row.pk, giver=giver, taker=taker, note="", fence=fence, at=self.at
            ),
            allowed=row.holder_id == giver.pk
            and row.fence == fence
            and taker.pk != giver.pk
            and self.may_claim(taker, row)
            and open_one in (None, row.hand_overs.filter(answer="", taker=taker).first()),
            on=row,
            events=["hand_over_asked"] if open_one is None else [],
        )

    @happens(
        3,
        when=lambda self: self.tables.hand_overs,
        which=conversations,
        back=st.sampled_from([0, 0, 0, 1]),
        how=st.sampled_from(["accept", "accept", "decline"]),
    )
    def answer_hand_over(self, which: int, back: int, how: str) -> None:
        row = self.row(which, self.is_asked)
        asked = self._asked(row, back)
        if asked is None:
            return
        if how == "decline":
            self.act(
                lambda: handing_over.decline(hand_over_id=asked.pk, taker=asked.taker, at=self.at),
                allowed=asked.answer == "",
                on=row,
                events=["hand_over_declined"],
            )
            return
        stays, before = self.underway(row)
        self.act(
            lambda: handing_over.accept(hand_over_id=asked.pk, taker=asked.taker, at=self.at),
            allowed=asked.answer == "" and not stays and self.has_room(asked.taker),
            on=row,
            events=[*before, "handed_over"],
        )

    @happens(when=lambda self: self.tables.hand_overs, which=conversations, back=st.sampled_from([0, 1]))
    def withdraw_hand_over(self, which: int, back: int) -> None:
        row = self.row(which, self.is_asked)
        asked = self._asked(row, back)
        if asked is not None:
            self.act(
                lambda: handing_over.withdraw(hand_over_id=asked.pk, giver=asked.giver, at=self.at),
                allowed=asked.answer == "",
                on=row,
                events=["hand_over_withdrawn"],
            )

    def is_asked(self, row: Row) -> bool:
        return any(one["conversation_id"] == row["id"] and not one["answer"] for one in self.tables.hand_overs)

    def _asked(self, row: Conversation, back: int) -> HandOver | None:
        found = row.hand_overs.select_related("giver", "taker").order_by("-pk")[back : back + 1]
        return next(iter(found), None)

    @happens(
        when=lambda self: self.any_in("claimed", "waiting"),
        which=conversations,
        who=st.sampled_from(["lea", "olga"]),
        to_queue=st.booleans(),
        age=ages,
    )
    def take_over(self, which: int, who: str, to_queue: bool, age: int) -> None:
        row = self.row(which, held)
        actor, fence = self.company.people[who], self.page(row, age).fence
        give_to = self.company.people["bo"] if to_queue and which == 0 else None
        stays, before = self.underway(row)
        fits = give_to is None or (give_to.pk != row.holder_id and self.may_claim(give_to, row))
        self.act(
            lambda: taking_over.take_over(
                conversation_id=row.pk,
                actor=actor,
                reason="They are ill.",
                to_queue=to_queue,
                give_to=give_to,
                fence=fence,
                at=self.at,
            ),
            allowed=row.holder_id not in (None, actor.pk)
            and row.fence == fence
            and not stays
            and fits
            and (to_queue or self.may_claim(actor, row)),
            on=row,
            events=[*before, "taken_over"],
        )

    @happens(when=lambda self: self.any_in("claimed", "waiting"), which=conversations, who=persons, age=ages)
    def wait_for_customer(self, which: int, who: str, age: int) -> None:
        row = self.row(which, held)
        person, fence = self.person(who, row), self.page(row, age).fence
        self.act(
            lambda: closing.wait_for_customer(conversation_id=row.pk, agent=person, fence=fence, at=self.at),
            allowed=row.stage == "claimed" and row.holder_id == person.pk and row.fence == fence,
            on=row,
            events=["waiting"],
        )

    @happens(when=lambda self: self.any_in("assigned", "claimed"), which=conversations, who=persons, age=ages)
    def close(self, which: int, who: str, age: int) -> None:
        row = self.row(which, in_stage("assigned", "claimed"))
        person, fence = self.person(who, row), self.page(row, age).fence
        stays, before = self.underway(row)
        self.act(
            lambda: closing.close_conversation(
                conversation_id=row.pk, actor=person, outcome=Outcome.RESOLVED, fence=fence, at=self.at
            ),
            allowed=row.stage != "closed"
            and row.fence == fence
            and row.holder_id in (None, person.pk)
            and not stays
            and (row.first_answered_at is not None or self.has_attested(person)),
            on=row,
            events=[*before, "closed"],
        )

    @happens(2, when=lambda self: self.any_in("closed"), which=conversations)
    def reopen(self, which: int) -> None:
        row = self.row(which, in_stage("closed"))
        self.act(
            lambda: closing.reopen_conversation(conversation_id=row.pk, actor=self.company.people["olga"], at=self.at),
            allowed=row.stage == "closed",
            on=row,
            events=["reopened"],
        )

    @happens(when=lambda self: self.any_in("claimed"))
    def hours_pass_and_claims_are_looked_after(self) -> None:
        self.at += timedelta(hours=4, minutes=1)
        others = {row.pk: self._of_resting(row) for row in Conversation.objects.filter(pk__in=self.ids)}
        self.act(lambda: idling.sweep(at=self.at), others=others)

    def _of_resting(self, row: Conversation) -> list[str]:
        can_only_wait = (
            row.replies.filter(state__in=IN_FLIGHT).exists()
            or Approval.objects.filter(conversation=row, state="asked").exists()
        )
        if row.stage != "claimed" or can_only_wait or row.snoozed_at is not None:
            return []
        return ["claim_warned"] if row.idle_warned_at is None else ["claim_returned"]


def after_sending(row: Conversation, reply: Reply, newest_id: int) -> list[str]:
    """Return what else is recorded when the network is known to have an answer."""
    if newest_id != reply.answers_id or row.stage not in ("claimed", "waiting"):
        return []
    if reply.closes:
        return [Event.Kind.CLOSED.value]
    return [Event.Kind.WAITING.value] if row.stage == "claimed" else []
