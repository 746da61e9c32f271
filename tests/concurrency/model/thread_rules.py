"""What becomes one conversation, what is taken out of one, and what is put aside."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.concurrency.model.happening import happens
from tests.concurrency.model.pen_rules import ages, conversations, in_stage, persons
from tests.concurrency.model.sending_rules import SendingRules
from triage.models import Conversation, ThreadEntry
from triage.services import snoozing
from triage.services.threads import merging_by_hand, splitting_off
from triage.states import IN_FLIGHT

still_open = in_stage("new", "assigned", "claimed", "waiting")


@dataclass(frozen=True)
class Part:
    """A conversation beside those that are watched, with what was said in it; ``merge_id`` while it is merged."""

    conversation_id: int
    mentions: tuple[int, ...]
    merge_id: int = 0
    target_id: int = 0


class ThreadRules(SendingRules):
    """Merge, undo a merge, take messages out, snooze, wake."""

    def __init__(self) -> None:
        super().__init__()
        # Said before everything else: nothing in it is newer than what anybody has read.
        heard, mention = self.company.hear(self.at)
        self.apart = [Part(heard, (mention,))]
        self.merged: list[Part] = []

    @happens(3, when=lambda self: self.any_in("new", "assigned", "claimed", "waiting"), which=conversations)
    def merge(self, which: int) -> None:
        row = self.row(which, still_open)
        if not self.apart:
            heard, mention = self.company.hear(self.at)
            self.apart.append(Part(heard, (mention,)))
        part = self.apart.pop(0)

        def merge() -> None:
            (made,) = merging_by_hand.merge_conversations(
                target_id=row.pk,
                source_ids=[part.conversation_id],
                readers=[department.pk for department in (self.company.care, self.company.press, self.company.legal)],
                actor=self.company.people["olga"],
                at=self.at,
            )
            self.merged.append(Part(part.conversation_id, part.mentions, made.pk, row.pk))
            self.said[row.pk] = sorted([*self.said[row.pk], *part.mentions])

        count = len(self.merged)
        self.act(
            merge,
            allowed=row.stage != "closed" and not row.replies.filter(state__in=IN_FLIGHT).exists(),
            on=row,
            events=["woken", "merged"] if row.snoozed_at else ["merged"],
        )
        if len(self.merged) == count:
            self.apart.append(part)
        else:
            self.is_noticed(row)

    @happens(2, when=lambda self: self.merged, first=st.booleans())
    def undo_merge(self, first: bool) -> None:
        part = self.merged[0 if first else -1]
        row = Conversation.objects.get(pk=part.target_id)

        def undo() -> None:
            merging_by_hand.undo_merge(merge_id=part.merge_id, actor=self.company.people["olga"], at=self.at)
            self.merged.remove(part)
            back = ThreadEntry.objects.filter(conversation=part.conversation_id).values_list("mention", flat=True)
            self.apart.append(Part(part.conversation_id, tuple(back)))
            self.said[row.pk] = [mention for mention in self.said[row.pk] if mention not in back]

        self.act(
            undo,
            allowed=not row.replies.filter(state__in=IN_FLIGHT).exists()
            and not set(self.said[row.pk]) <= set(part.mentions),
            on=row,
            events=["merge_undone"],
        )
        if part not in self.merged:
            self.is_noticed(row)

    @staticmethod
    def is_noticed(before: Conversation) -> None:
        now = Conversation.objects.get(pk=before.pk)
        assert before.holder_id is None or now.fence > before.fence, "its holder answers what they have not seen"

    @happens(which=conversations, who=persons, first=st.booleans())
    def take_a_message_out(self, which: int, who: str, first: bool) -> None:
        row = self.row(which, still_open)
        if len(self.said[row.pk]) < 2:
            return
        person, mention = self.person(who, row), self.said[row.pk][0 if first else -1]
        stays, before = self.underway(row)

        def take_out() -> None:
            opened = splitting_off.split_off(
                conversation_id=row.pk,
                mention_ids=[ThreadEntry.objects.get(mention=mention).pk],
                stays=False,
                actor=person,
                at=self.at,
            )
            self.apart.append(Part(opened, (mention,)))
            self.said[row.pk].remove(mention)

        self.act(
            take_out,
            allowed=row.holder_id in (None, person.pk) and not stays,
            on=row,
            events=[*before, "split"],
        )

    @happens(which=conversations, who=persons, age=ages)
    def snooze(self, which: int, who: str, age: int) -> None:
        row = self.row(which, still_open)
        person, fence = self.person(who, row), self.page(row, age).fence
        self.act(
            lambda: snoozing.snooze(
                conversation_id=row.pk, until=None, reach=None, fence=fence, actor=person, at=self.at
            ),
            allowed=row.stage != "closed"
            and row.fence == fence
            and row.snoozed_at is None
            and row.holder_id in (None, person.pk),
            on=row,
            events=["snoozed"],
        )

    @happens(2, when=lambda self: any(map(self.is_snoozed, self.tables.conversations)), which=conversations)
    def wake(self, which: int) -> None:
        row = self.row(which, self.is_snoozed)
        self.act(
            lambda: snoozing.wake(conversation_id=row.pk, actor=self.company.people["olga"], at=self.at),
            allowed=row.snoozed_at is not None,
            on=row,
            events=["woken"],
        )

    @staticmethod
    def is_snoozed(row: dict[str, object]) -> bool:
        return row["snoozed_at"] is not None

    def teardown(self) -> None:
        super().teardown()
        self.company.leave([part.conversation_id for part in [*self.apart, *self.merged]], self.at)
