import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from listening.models import Channel
from socialhub.lib.errors import Refusal
from teams.models import Department, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import everybody_attests
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from tests.support.hearing import hear, said
from triage.models import Conversation, Event, QueueCount
from triage.services import closing, counting
from triage.services.counting import MOST_COUNTED, read_numbers
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.pen import claims
from triage.states import RUNNING, Disposition, Reason, Stage

pytestmark = pytest.mark.django_db


def real_count() -> Counter[tuple[object, ...]]:
    return Counter(Conversation.objects.values_list("stage", "department_id", "channel_id", "priority"))


def kept_count() -> Counter[tuple[object, ...]]:
    total: Counter[tuple[object, ...]] = Counter()
    for *queue, n in QueueCount.objects.values_list("stage", "department_id", "channel_id", "priority", "n"):
        total[tuple(queue)] += n
    return Counter({queue: n for queue, n in total.items() if n})


class Walk:
    """People and customers who do what comes to their minds."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.channels: list[Channel] = [ChannelFactory() for _ in range(2)]
        self.departments: list[Department] = [DepartmentFactory() for _ in range(2)]
        self.owner: User = AppointmentFactory(role=Role.TRIAGE_OWNER).user
        everybody_attests()
        self.agents = []
        for _ in range(2):
            agent = UserFactory(wants_email=False)
            for department in self.departments:
                MembershipFactory(user=agent, department=department)
            self.agents.append(agent)
        self.heard: list[tuple[Channel, str]] = []

    def step(self) -> None:
        often = [self.speak, self.decide, self.claim]
        act = self.random.choice([*often, *often, self.release, self.wait, self.close, self.reopen])
        with suppress(Refusal):
            act()

    def any_conversation(self, *stages: Stage) -> Conversation:
        found = list(Conversation.objects.filter(stage__in=stages).order_by("pk")) if stages else []
        return self.random.choice(found or list(Conversation.objects.order_by("pk")) or [ConversationFactory()])

    def speak(self) -> None:
        channel = self.random.choice(self.channels)
        known = [name for other, name in self.heard if other == channel]
        name = f"m{len(self.heard)}"
        # Sometimes an answer to what comes only later, or never.
        answers = self.random.choice([*known[-3:], "", "", f"m{len(self.heard) + 2}"])
        self.heard.append((channel, name))
        text = self.random.choice(["An outage", "Hello"])
        minute = len(self.heard)
        hear(channel, said(name, text, answers=answers, ours=self.random.random() < 0.2, minute=minute))

    def decide(self) -> None:
        conversation = self.any_conversation(Stage.NEW, Stage.ASSIGNED)
        if self.random.random() < 0.3:
            choice = Choice(Disposition.NO_RESPONSE, self.random.randint(1, 4), reason=Reason.SPAM)
        else:
            department = self.random.choice(self.departments)
            choice = Choice(
                Disposition.PUBLIC_RESPONSE, self.random.randint(1, 4), department=department, visibility="public"
            )
        deciding.decide(
            conversation_id=conversation.pk,
            choice=choice,
            triage_owner=self.owner,
            fence=conversation.fence,
            at=NOON,
        )

    def claim(self) -> None:
        conversation = self.any_conversation(Stage.ASSIGNED)
        claims.claim_conversation(conversation_id=conversation.pk, agent=self.random.choice(self.agents), at=NOON)

    def release(self) -> None:
        conversation = self.any_conversation(Stage.CLAIMED, Stage.WAITING)
        agent = conversation.holder or self.agents[0]
        claims.release_conversation(conversation_id=conversation.pk, agent=agent, fence=conversation.fence, at=NOON)

    def wait(self) -> None:
        conversation = self.any_conversation(Stage.CLAIMED)
        agent = conversation.holder or self.agents[0]
        closing.wait_for_customer(conversation_id=conversation.pk, agent=agent, fence=conversation.fence, at=NOON)

    def close(self) -> None:
        conversation = self.any_conversation()
        closing.close_conversation(
            conversation_id=conversation.pk,
            actor=conversation.holder or self.owner,
            outcome="informed",
            fence=conversation.fence,
            at=NOON,
        )

    def reopen(self) -> None:
        conversation = self.any_conversation(Stage.CLOSED)
        closing.reopen_conversation(conversation_id=conversation.pk, actor=self.owner, at=NOON)


@pytest.mark.parametrize("seed", range(6))
def test_the_kept_counters_are_right_whatever_happens(policy, seed):
    walk = Walk(seed)
    for turn in range(80):
        walk.step()
        if turn % 20 == 13:
            counting.compact()

    assert kept_count() == real_count()
    assert sum(real_count().values()) == Conversation.objects.count() > 3
    for conversation in Conversation.objects.all():
        assert conversation.mention_count == conversation.entries.count()
        assert conversation.mention_count or conversation.outcome == "merged"
    # Every change of hands or stage stands in the record.
    assert set(Event.objects.values_list("kind", flat=True)) >= {"opened", "decided"}


def test_counting_together_keeps_each_sum_in_one_row(policy):
    department = DepartmentFactory()
    for _ in range(3):
        ConversationFactory(assigned=True, department=department, profile__channel=ChannelFactory())
    Conversation.objects.update(priority=2)
    before = kept_count()
    rows = QueueCount.objects.count()

    gone = counting.compact()

    assert kept_count() == before == real_count()
    assert QueueCount.objects.count() == 3
    assert gone == rows - 3
    assert counting.compact() == 0


def test_the_numbers_of_the_menu():
    care, press = DepartmentFactory(), DepartmentFactory()
    channel = ChannelFactory()
    user = UserFactory()
    soon, later = NOON + timedelta(minutes=59), NOON + timedelta(minutes=60)

    def made(**columns):
        return ConversationFactory(profile__channel=channel, **{"due_at": later, **columns})

    made(priority=1, due_at=soon)
    made()
    ConversationFactory(due_at=later)
    made(assigned=True, department=care, priority=1)
    made(assigned=True, department=care, offered_to=user)
    made(claimed=True, department=press, holder=user, due_at=NOON - timedelta(days=1))
    made(claimed=True, department=press)
    made(waiting=True, department=press, holder=user, due_at=None)
    made(closed=True, department=press, priority=1, due_at=None)
    failed = ReplyFactory(conversation=made(claimed=True, department=press, holder=user), failed=True)
    ReplyFactory(
        conversation=made(claimed=True, department=press), policy_version=failed.policy_version, uncertain=True
    )

    seen = read_numbers(user_id=user.pk, sees_all=True, at=NOON)

    assert seen.by_stage == {"new": 3, "assigned": 2, "claimed": 4, "waiting": 1, "closed": 1}
    assert seen.deciding_by_channel[channel.pk] == 2
    assert seen.running_by_department == {care.pk: 2, press.pk: 4}
    assert (seen.urgent, seen.mine, seen.breaching, seen.troubled) == (2, 3, 2, 2)
    mine = read_numbers(user_id=user.pk, sees_all=False, at=NOON)
    assert (mine.mine, mine.breaching, mine.troubled) == (3, 0, 1)
    assert {stage for stage in seen.by_stage if stage in RUNNING} == set(RUNNING)


def test_the_numbers_of_an_empty_house():
    numbers = read_numbers(user_id=1, sees_all=True, at=NOON)

    assert (numbers.by_stage, numbers.deciding_by_channel, numbers.running_by_department) == ({}, {}, {})
    assert (numbers.urgent, numbers.mine, numbers.breaching, numbers.troubled) == (0, 0, 0, 0)


def test_a_personal_number_ends_where_nobody_counts_any_more(policy):
    hear(ChannelFactory(), *[said(str(n)) for n in range(MOST_COUNTED + 5)])

    numbers = read_numbers(user_id=1, sees_all=True, at=NOON + timedelta(days=1))

    assert (numbers.breaching, numbers.by_stage["new"]) == (MOST_COUNTED, MOST_COUNTED + 5)
