"""What goes out, what the network says, and what becomes of it when a worker dies."""

from datetime import timedelta
from uuid import UUID, uuid5

from hypothesis import strategies as st

from teams.models import User
from tests.concurrency.model.happening import happens
from tests.concurrency.model.ledger import ANSWERS, Worker
from tests.concurrency.model.pen_rules import after_sending, ages, conversations, held, persons
from tests.concurrency.model.tables import Row
from tests.concurrency.model.writing_rules import WritingRules, freshness
from triage.models import Approval, Conversation, Reply
from triage.services.seen import Seen
from triage.services.sending import delivery, replies, resending, withdrawing
from triage.services.sending.delivery import Verdict
from triage.states import IN_FLIGHT, ReplyState

KEYS = UUID(int=7)
MOST_QUICK = 4


class SendingRules(WritingRules):
    """Send, undo, try again; workers that send, hang and die; what nobody knows, and what a person finds."""

    def latest_reply(self, which: int, *states: str) -> tuple[Conversation, Reply | None]:
        found = {one["conversation_id"] for one in self.tables.replies if one["state"] in states}
        row = self.row(which, lambda row: row["id"] in found)
        return row, Reply.objects.filter(conversation=row).select_related("author", "approval").order_by("pk").last()

    def may_send(
        self, row: Conversation, person: User, text: str, seen: Seen, emergency: str, *, but_approval: bool = False
    ) -> bool:
        return (
            self.has_attested(person)
            and (row.holder_id, row.fence) == (person.pk, seen.fence)
            and self.is_as_seen(row, seen)
            and not row.replies.filter(state__in=IN_FLIGHT).exists()
            and (but_approval or self._is_approved(row, person, text, seen, emergency))
        )

    def _is_approved(self, row: Conversation, person: User, text: str, seen: Seen, emergency: str) -> bool:
        if self.needed(row) is None:
            return True
        if emergency:
            return self.name(person) == "lea" and row.department_id == self.company.care.pk
        latest = Approval.objects.filter(conversation=row).order_by("pk").last()
        return (
            latest is not None
            and latest.state in ("approved", "used")
            and self.may_be_used(latest)
            and self.holds_for(latest, row, person, text, seen, soon=True)
        )

    def can_be_answered(self, row: Row) -> bool:
        of_it = [one["state"] for one in self.tables.replies if one["conversation_id"] == row["id"]]
        return row["stage"] == "claimed" and not set(of_it).intersection(IN_FLIGHT)

    @happens(
        6,
        when=lambda self: any(map(self.can_be_answered, self.tables.conversations)),
        which=st.sampled_from([0, 2]),
        closes=st.booleans(),
    )
    def the_holder_answers(self, which: int, closes: bool) -> None:
        """Go the straight way: read the policy, write, get the word of whoever is asked, send."""
        row = self.row(which, self.can_be_answered)
        at = 2 * self.ids.index(row.pk) + 1
        self.read_the_policy(self.name(self.person("holder", row)))
        self.draft(at, "holder", KEYS)
        if self.needed(row) is not None:
            self.ask_approval(at, "holder", 0, "drafted")
            for approver in ("max", "lars"):
                self.speak(at, approver, "approve")
        self.send(at, "holder", 0, "drafted", closes, "", twice=False)

    @happens(
        3,
        when=lambda self: self.any_in("claimed", "waiting"),
        which=conversations,
        who=persons,
        age=ages,
        fresh=freshness,
        closes=st.booleans(),
        emergency=st.sampled_from(["", "", "", "The house burns."]),
        twice=st.booleans(),
    )
    def send(self, which: int, who: str, age: int, fresh: str, closes: bool, emergency: str, twice: bool) -> None:
        row = self.row(which, held)
        person, seen = self.person(who, row), self.page(row, age)
        text = self.text_of(row, person, fresh)
        key = uuid5(KEYS, f"{row.pk} {self.at}")
        self.wrote(row, person, text)

        def queue() -> Reply:
            return replies.queue_reply(
                conversation_id=row.pk,
                author=person,
                body=text,
                key=key,
                seen=seen,
                closes=closes,
                emergency=emergency,
                at=self.at,
            )

        skips = ["approval_skipped"] if emergency and self.needed(row) is not None else []
        reply = self.act(
            queue,
            allowed=self.may_send(row, person, text, seen, emergency),
            on=row,
            events=["reply_queued", *skips],
        )
        if reply is not None and twice:
            assert self.act(queue, on=row) == reply

    @happens(2, when=lambda self: self.any_reply("queued", "failed", "withdrawn"), which=conversations, who=persons)
    def undo(self, which: int, who: str) -> None:
        row, reply = self.latest_reply(which, "queued")
        if reply is None:
            return
        person = self.person(who, row)
        is_back = reply.state == ReplyState.WITHDRAWN
        self.act(
            lambda: withdrawing.withdraw_reply(reply_id=reply.pk, actor=person, at=self.at),
            allowed=person.pk in (reply.author_id, row.holder_id)
            and reply.state in (ReplyState.QUEUED, ReplyState.FAILED, ReplyState.WITHDRAWN),
            on=row,
            events=[] if is_back else ["reply_withdrawn"],
        )

    @happens(3, when=lambda self: self.any_reply("failed"), which=conversations, who=persons)
    def try_again(self, which: int, who: str) -> None:
        row, reply = self.latest_reply(which, "failed")
        if reply is None:
            return
        person = self.person(who, row)
        is_approved = reply.approval is not None and reply.approval.fence == row.fence
        speaks = self.needed(row) is None or (reply.author_id == person.pk and (is_approved or bool(reply.emergency)))
        seen = Seen(row.fence, reply.answers_id, reply.policy_version_id)
        self.act(
            lambda: replies.retry_reply(reply_id=reply.pk, author=person, at=self.at),
            allowed=reply.state == ReplyState.FAILED
            and speaks
            and not self.was_merged_since(row, reply.fence)
            and self.may_send(row, person, reply.body, seen, "", but_approval=True),
            on=row,
            events=["reply_queued"],
        )

    @happens(3, when=lambda self: self.any_reply("failed"), which=conversations, who=persons, age=ages)
    def send_anyway(self, which: int, who: str, age: int) -> None:
        row, reply = self.latest_reply(which, "failed")
        if reply is None:
            return
        person, seen = self.person(who, row), self.page(row, age)
        known = uuid5(reply.key, f"{seen.fence} {seen.mention_id} {seen.policy_version_id}")
        is_known = Reply.objects.filter(key=known, author=person).exists()
        can = reply.state == ReplyState.FAILED and self.may_send(row, person, reply.body, seen, "")
        self.act(
            lambda: resending.send_anyway(reply_id=reply.pk, author=person, seen=seen, at=self.at),
            allowed=is_known or can,
            on=row,
            events=[] if is_known else ["reply_queued"],
        )

    @happens(6, when=lambda self: self.any_reply("queued"), seconds=st.sampled_from([11, 11, 11, 90, 4000, 1]))
    def a_worker_sends(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)
        waiting = Reply.objects.select_related("conversation").filter(conversation__in=self.ids, state="queued")
        reply = waiting.order_by("not_before_at", "pk")[0]
        row = reply.conversation
        worker = Worker(reply.pk, self.at + timedelta(seconds=1), self.network)
        events, reaches = self._of_a_try(row, reply, worker)
        assert self.act(worker.begin, on=row, events=events) == reaches, "it is sent, or not sent, on another world"
        if reaches:
            self.workers.append(worker)

    def _of_a_try(self, row: Conversation, reply: Reply, worker: Worker) -> tuple[list[str], bool]:
        """Return what a worker records before it reaches the network, and whether it does."""
        if reply.not_before_at > worker.at or self.is_stopped(row):
            return [], False
        seen = Seen(reply.fence, reply.answers_id, reply.policy_version_id)
        if row.holder_id is None or row.fence != reply.fence or not self.is_as_seen(row, seen):
            return ["reply_failed"], False
        if reply.failure in delivery.TRIED and self.network.can_tell:
            if self.network.is_down:
                return (["reply_failed"] if reply.quick_failures >= MOST_QUICK else []), False
            if self.network.has(reply.key):
                return ["reply_sent", *after_sending(row, reply, self.said[row.pk][-1])], False
        return [], True

    @happens(12, when=lambda self: self.workers, first=st.booleans(), how=st.sampled_from([*ANSWERS, "taken", "taken"]))
    def the_network_answers(self, first: bool, how: str) -> None:
        worker, answer = self.workers[0 if first else -1], ANSWERS[how]
        if not worker.can_hear(answer):
            return
        self.workers.remove(worker)
        reply = Reply.objects.select_related("conversation").get(pk=worker.reply_id)
        row = reply.conversation
        self.act(lambda: worker.answer(answer), on=row, events=self._of_an_answer(row, reply, worker, how))

    def _of_an_answer(self, row: Conversation, reply: Reply, worker: Worker, how: str) -> list[str]:
        if how == "taken":
            is_news = reply.state != ReplyState.SENT
            return ["reply_sent", *after_sending(row, reply, self.said[row.pk][-1])] if is_news else []
        is_ours = reply.state == ReplyState.SENDING and reply.claimed_at == worker.at
        if not is_ours or "died" in how:
            return []
        if "line broke" in how:
            return ["reply_uncertain"]
        waits = timedelta(seconds=60)
        goes_on = {
            "busy": reply.quick_failures < MOST_QUICK,
            "too often": worker.at + waits <= reply.queued_at + timedelta(hours=6),
        }
        return [] if goes_on.get(how, False) else ["reply_failed"]

    @happens(
        4,
        when=lambda self: self.any_reply("sending"),
        is_there=st.booleans(),
        is_late=st.sampled_from([True, True, False]),
    )
    def the_sweep_finds_what_a_worker_left(self, is_there: bool, is_late: bool) -> None:
        self.at += timedelta(minutes=3 if is_late else 1)
        reply = (
            Reply.objects.select_related("conversation")
            .filter(conversation__in=self.ids, state="sending")
            .order_by("claimed_at", "pk")[0]
        )
        row = reply.conversation
        is_stuck = reply.claimed_at < self.at + timedelta(seconds=1) - delivery.STUCK_AFTER
        if is_stuck:
            # No connector waits so long: by now the post is there, or never will be.
            for worker in self.workers:
                if worker.reply_id == reply.pk:
                    worker.arrive(is_there=is_there)
        self.act(
            lambda: delivery.resolve_stuck(reply_id=reply.pk, at=self.at, connector=self.network),
            on=row,
            events=self._of_the_sweep(row, reply) if is_stuck else [],
        )

    def _of_the_sweep(self, row: Conversation, reply: Reply) -> list[str]:
        if not self.network.can_tell or self.network.is_down:
            return ["reply_uncertain"]
        if self.network.has(reply.key):
            return ["reply_sent", *after_sending(row, reply, self.said[row.pk][-1])]
        return ["reply_failed"] if reply.quick_failures >= MOST_QUICK else []

    @happens(3, when=lambda self: self.any_reply("uncertain"), which=conversations, who=persons)
    def a_person_finds_out(self, which: int, who: str) -> None:
        row, reply = self.latest_reply(which, "uncertain")
        if reply is None:
            return
        is_there = self.network.has(reply.key)
        further = after_sending(row, reply, self.said[row.pk][-1]) if is_there else []
        self.act(
            lambda: delivery.settle_reply(
                reply_id=reply.pk,
                verdict=Verdict.THERE if is_there else Verdict.NOT_THERE,
                actor=self.person(who, row),
                at=self.at,
            ),
            allowed=reply.state == ReplyState.UNCERTAIN,
            on=row,
            events=["reply_settled", *further],
        )

    @happens(2, when=lambda self: self.any_reply("uncertain"))
    def somebody_looks(self) -> None:
        reply = Reply.objects.select_related("conversation").filter(conversation__in=self.ids, state="uncertain")[0]
        row = reply.conversation
        found = ["reply_sent", *after_sending(row, reply, self.said[row.pk][-1])]
        self.act(
            lambda: delivery.look_again(reply_id=reply.pk, at=self.at, connector=self.network),
            allowed=self.network.can_tell and not self.network.is_down,
            on=row,
            events=found if self.network.has(reply.key) else ["reply_failed"],
        )
