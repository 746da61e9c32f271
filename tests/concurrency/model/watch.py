"""What must be true after every step, and that each step changes just what it says."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis.stateful import invariant

from socialhub.lib.errors import Refusal
from teams.models import User
from tests.concurrency.model.company import Company
from tests.concurrency.model.happening import Happening
from tests.concurrency.model.ledger import Worker
from tests.concurrency.model.tables import Row, read_tables
from triage.models import Conversation, Decision
from triage.services import checking
from triage.services.approving.standing import Needed, digest_of
from triage.services.seen import Seen
from triage.states import IN_FLIGHT, ReplyState


class Watch(Happening):
    """The conversations of one day, and what the model knows of them without asking the product."""

    company: ClassVar[Company]

    def __init__(self) -> None:
        super().__init__()
        self.at = self.company.begin()
        self.network = self.company.network
        self.network.posts, self.network.is_down, self.network.can_tell = [], False, True
        self.ids: list[int] = []
        self.said: dict[int, list[int]] = {}
        self.pages: dict[int, list[Seen]] = {}
        self.tables = read_tables([])
        self.written: set[tuple[int, int, str]] = set()
        self.standing: dict[int, str] = {}
        self.workers: list[Worker] = []
        self._texts = 0

    def person(self, who: str, conversation: Conversation) -> User:
        """Return somebody by name; ``holder`` is whoever holds the conversation, else Bo."""
        if who != "holder":
            return self.company.people[who]
        for person in self.company.people.values():
            if person.pk == conversation.holder_id:
                return person
        return self.company.people["bo"]

    def name(self, person: User) -> str:
        return next(name for name, one in self.company.people.items() if one.pk == person.pk)

    def row(self, which: int, fits: Callable[[Row], bool] = lambda _: True) -> Conversation:
        """Return a conversation: one of those that fit, or with an odd ``which`` any."""
        rows = self.tables.conversations
        chosen = [row for row in rows if fits(row)] if which % 2 == 0 else []
        among = chosen or rows
        return Conversation.objects.get(pk=among[which // 2 % len(among)]["id"])

    def any_in(self, *stages: str) -> bool:
        return any(row["stage"] in stages for row in self.tables.conversations)

    def any_reply(self, *states: str) -> bool:
        return any(reply["state"] in states for reply in self.tables.replies)

    def any_approval(self, *states: str) -> bool:
        return any(approval["state"] in states for approval in self.tables.approvals)

    def page(self, conversation: Conversation, age: int) -> Seen:
        """Return what a page showed that was loaded ``age`` changes ago."""
        pages = self.pages[conversation.pk]
        return pages[max(0, len(pages) - 1 - age)]

    def new_text(self) -> str:
        self._texts += 1
        return f"Answer {self._texts}: " + chr(ord("a") + self._texts % 26) * 40

    def may_claim(self, person: User, conversation: Conversation) -> bool:
        return self.name(person) in self.company.claiming.get(conversation.department_id or 0, set())

    def has_room(self, person: User) -> bool:
        return person.capacity is None or self.held_by(person) < person.capacity

    def held_by(self, person: User) -> int:
        return Conversation.objects.filter(holder=person, stage="claimed").count()

    def needed(self, conversation: Conversation) -> Needed | None:
        latest = Decision.objects.filter(conversation=conversation).order_by("pk").last()
        return Needed.read(latest.approval) if latest is not None else None

    def was_merged_since(self, conversation: Conversation, fence: int) -> bool:
        """Tell whether something joined what is held, or went again, after ``fence``."""
        merged = (
            event["data"].get("fence", 0)
            for event in self.tables.events
            if event["conversation_id"] == conversation.pk and event["kind"] in ("merged", "merge_undone")
        )
        return any(raised > fence for raised in merged)

    def is_stopped(self, conversation: Conversation) -> bool:
        places = {"everything", "channel", f"department {conversation.department_id}"}
        return not places.isdisjoint(self.standing.values())

    def underway(self, conversation: Conversation) -> tuple[bool, list[str]]:
        """Tell whether the pen must stay, and what else happens when it goes."""
        replies = [one.state for one in conversation.replies.filter(state__in=IN_FLIGHT)]
        if replies == [ReplyState.QUEUED] and self.is_stopped(conversation):
            return False, ["reply_withdrawn"]
        return bool(replies), []

    def act(
        self,
        do: Callable[[], Any],
        *,
        allowed: bool = True,
        events: Sequence[str] = (),
        on: Conversation | None = None,
        others: Mapping[int, Sequence[str]] | None = None,
    ) -> Any:
        """Do one thing: it is refused and changes nothing, or it is done and leaves just these events."""
        self.at += timedelta(seconds=1)
        result = None
        try:
            result = do()
        except Refusal as refusal:
            why = repr(refusal)
            events, others = (), None
        else:
            why = ""
        before, self.tables = self.tables, read_tables(self.ids)
        assert allowed == (not why), why or "it should have been refused"
        assert not why or self.tables.decided == before.decided, f"something changed, although {why}"
        expected = dict(others or {})
        if on is not None:
            expected[on.pk] = events
        for pk in self.ids:
            news = self.tables.kinds(pk)[len(before.kinds(pk)) :]
            assert news == list(expected.get(pk, ())), "other events than expected"
        self.load_pages()
        return result

    def load_pages(self) -> None:
        """Let everybody see how it stands now."""
        for row in self.tables.conversations:
            seen = Seen(row["fence"], self.said[row["id"]][-1], self.company.version_id)
            pages = self.pages.setdefault(row["id"], [])
            if not pages or pages[-1] != seen:
                pages.append(seen)

    @invariant()
    def the_record_tells_what_the_tables_say(self) -> None:
        found = list(checking.differences(Conversation.objects.filter(pk__in=self.ids)))
        assert found == [], "the record tells something else"

    @invariant()
    def one_holder_and_one_answer_on_its_way(self) -> None:
        rows = {row["id"]: row for row in self.tables.conversations}
        for row in rows.values():
            assert (row["holder_id"] is not None) == (row["stage"] in ("claimed", "waiting")), "free, but held"
        underway = Counter(reply["conversation_id"] for reply in self.tables.replies if reply["state"] in IN_FLIGHT)
        assert all(count == 1 for count in underway.values()), "two answers on their way"
        for asked in self.tables.hand_overs:
            row = rows[asked["conversation_id"]]
            stands = (asked["giver_id"], asked["fence"]) == (row["holder_id"], row["fence"])
            assert stands or asked["answer"], "left in limbo"

    @invariant()
    def the_network_took_each_answer_once_and_as_it_was_approved(self) -> None:
        assert all(count == 1 for count in Counter(post.key for post in self.network.posts).values()), "taken twice"
        texts = {str(post.key): post.text for post in self.network.posts}
        approved = {approval["id"]: approval["digest"] for approval in self.tables.approvals}
        for reply in self.tables.replies:
            key, body, approval_id = reply["key"], reply["body"], reply["approval_id"]
            assert texts.get(key, body) == body, "another text left"
            assert reply["state"] != ReplyState.SENT or key in texts, "sent, but not there"
            assert approval_id is None or approved[approval_id] == digest_of(body), "another text was approved"

    @invariant()
    def whoever_approves_is_asked_and_not_the_author(self) -> None:
        for approval in self.tables.approvals:
            steps = self.tables.steps_of(approval)
            spoken = [step["decided_by_id"] for step in steps if step["verdict"]]
            assert approval["author_id"] not in spoken, "approved by its author"
            if approval["state"] in ("approved", "used"):
                assert spoken, "approved by nobody"
                assert approval["mode"] == "any" or len(spoken) == len(steps), "not approved by all"

    @invariant()
    def no_draft_disappeared(self) -> None:
        lost = self.written - self.tables.texts()
        assert not lost, "a draft is lost"

    def teardown(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.lift_everything()
        self.company.leave(self.ids, self.at)

    def lift_everything(self) -> None:
        """Lift what still stands, for the next day."""
