from datetime import timedelta

import pytest

from teams.models import Membership, Notification, User
from teams.roles import Role
from tests.factories.pen import ApprovalFactory, HandOverFactory
from tests.factories.teams import NOON, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from triage.models import Conversation, HandOver
from triage.services import closing
from triage.services.pen import claims, handing_over
from triage.services.pen.capacity import AtCapacity
from triage.services.pen.claims import AnswerUnderway, NotTheHolder
from triage.services.pen.handing_over import AskedAlready, HandOverNotOpen, MayNotTake
from triage.states import ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def ida(care, policy) -> User:
    return MembershipFactory(department=care, user__name="Ida Iversen", user__wants_email=False).user


@pytest.fixture
def asked(held, ida) -> HandOver:
    return HandOverFactory(conversation=held, taker=ida, note="You know the street.")


def ask(conversation: Conversation, giver: User, taker: User, note: str = "", fence: int = 2) -> HandOver:
    return handing_over.ask(conversation_id=conversation.pk, giver=giver, taker=taker, note=note, fence=fence, at=LATER)


def accept(asked: HandOver, taker: User) -> int:
    return handing_over.accept(hand_over_id=asked.pk, taker=taker, at=LATER)


def state(conversation: Conversation) -> tuple[object, ...]:
    conversation.refresh_from_db()
    return conversation.stage, conversation.holder, conversation.fence


def told(person: User) -> list[str]:
    return list(Notification.objects.filter(user=person, medium="page").values_list("kind", flat=True))


def test_asking_leaves_the_pen_with_the_giver_and_tells_the_other(held, agent, ida):
    asked = ask(held, agent, ida, " You know the street. ")

    assert state(held) == (Stage.CLAIMED, agent, 2)
    assert (asked.giver, asked.taker, asked.note, asked.fence) == (agent, ida, "You know the street.", 2)
    event = held.events.get()
    assert (event.kind, event.actor, event.data) == (
        "hand_over_asked",
        agent,
        {"hand_over": asked.pk, "to": ida.pk},
    )
    assert told(ida) == ["hand_over"]


def test_asking_the_same_person_twice_is_asking_once(held, agent, ida):
    first = ask(held, agent, ida)

    assert ask(held, agent, ida, "Again").pk == first.pk
    assert held.events.count() == 1
    assert told(ida) == ["hand_over"]


def test_nobody_else_is_asked_before_the_first_has_answered(held, agent, asked, care):
    other = MembershipFactory(department=care).user

    with pytest.raises(AskedAlready, match="You have asked Ida Iversen already"):
        ask(held, agent, other)

    assert HandOver.objects.get() == asked
    assert not held.events.exists()


def test_what_was_asked_under_an_earlier_fence_is_in_nobodys_way(held, agent, asked, care):
    Conversation.objects.update(fence=5)
    other = MembershipFactory(department=care).user

    again = ask(held, agent, other, fence=5)

    asked.refresh_from_db()
    assert (asked.answer, asked.answered_at) == ("void", LATER)
    assert again.taker == other


@pytest.mark.parametrize(("is_holder", "fence"), [(False, 2), (True, 1), (True, 3)])
def test_only_the_holder_of_now_asks(held, agent, ida, is_holder, fence):
    with pytest.raises(NotTheHolder):
        ask(held, agent if is_holder else UserFactory(), ida, fence=fence)

    assert not HandOver.objects.exists()
    assert not held.events.exists()


@pytest.mark.parametrize("who", ["giver", "listener", "stranger", "left"])
def test_only_who_answers_for_the_department_is_asked(held, agent, care, who):
    taker = {
        "giver": lambda: agent,
        "listener": lambda: MembershipFactory(department=care, role=Role.LISTENER).user,
        "stranger": lambda: MembershipFactory().user,
        "left": lambda: MembershipFactory(department=care, user__is_active=False).user,
    }[who]()

    with pytest.raises(handing_over.Invalid) as refused:
        ask(held, agent, taker)

    assert refused.value.field == "taker"
    assert not HandOver.objects.exists()
    assert not held.events.exists()


def test_a_note_has_a_length(held, agent, ida):
    with pytest.raises(handing_over.Invalid, match="longer than 1,000 characters"):
        ask(held, agent, ida, "x" * 1001)

    assert not HandOver.objects.exists()


@pytest.mark.parametrize("stage", [Stage.CLAIMED, Stage.WAITING])
def test_accepting_gives_the_pen_and_tells_the_giver(held, agent, ida, asked, stage):
    due_at = held.due_at
    if stage == Stage.WAITING:
        due_at = None
        Conversation.objects.update(stage=stage, due_at=None, due_for="")

    fence = accept(asked, ida)

    assert fence == 3
    assert state(held) == (stage, ida, 3)
    assert (held.due_at, held.worked_at, held.idle_warned_at) == (due_at, LATER, None)
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_at) == ("accepted", LATER)
    event = held.events.get()
    assert (event.kind, event.actor) == ("handed_over", ida)
    assert event.data == {"hand_over": asked.pk, "from": agent.pk, "to": ida.pk}
    assert told(agent) == ["hand_over_taken"]
    with pytest.raises(NotTheHolder):
        claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=LATER)


def test_declining_leaves_the_pen_and_tells_the_giver(held, agent, ida, asked):
    handing_over.decline(hand_over_id=asked.pk, taker=ida, at=LATER)

    asked.refresh_from_db()
    assert asked.answer == "declined"
    assert state(held) == (Stage.CLAIMED, agent, 2)
    assert [event.kind for event in held.events.all()] == ["hand_over_declined"]
    assert told(agent) == ["hand_over_declined"]


def test_withdrawing_leaves_nothing_to_accept(held, agent, ida, asked):
    handing_over.withdraw(hand_over_id=asked.pk, giver=agent, at=LATER)

    asked.refresh_from_db()
    assert asked.answer == "withdrawn"
    with pytest.raises(HandOverNotOpen, match=r"^Anna Alm has withdrawn this\.$"):
        accept(asked, ida)
    assert state(held) == (Stage.CLAIMED, agent, 2)
    assert [event.kind for event in held.events.all()] == ["hand_over_withdrawn"]


def test_nobody_answers_for_another(held, agent, asked):
    other = UserFactory()

    for act in (
        lambda: accept(asked, other),
        lambda: handing_over.decline(hand_over_id=asked.pk, taker=other, at=LATER),
        lambda: handing_over.withdraw(hand_over_id=asked.pk, giver=other, at=LATER),
    ):
        with pytest.raises(HandOverNotOpen, match="asked of somebody else"):
            act()

    assert state(held) == (Stage.CLAIMED, agent, 2)
    assert HandOver.objects.get().answer == ""


@pytest.mark.parametrize("overtaken", ["release", "close"])
def test_asking_is_void_once_the_pen_has_changed_hands_otherwise(held, agent, ida, asked, overtaken):
    if overtaken == "release":
        claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=LATER)
    else:
        closing.close_conversation(conversation_id=held.pk, actor=agent, outcome="resolved", fence=2, at=LATER)
    before = state(held)

    asked.refresh_from_db()
    assert (asked.answer, asked.answered_at) == ("void", LATER)
    for act in (
        lambda: accept(asked, ida),
        lambda: handing_over.decline(hand_over_id=asked.pk, taker=ida, at=LATER),
        lambda: handing_over.withdraw(hand_over_id=asked.pk, giver=agent, at=LATER),
    ):
        with pytest.raises(HandOverNotOpen, match="changed hands meanwhile"):
            act()
    assert state(held) == before


def test_an_asking_that_nobody_voided_is_void_by_its_fence(held, agent, ida, asked):
    Conversation.objects.update(fence=4)

    with pytest.raises(HandOverNotOpen, match="changed hands meanwhile"):
        accept(asked, ida)

    assert state(held) == (Stage.CLAIMED, agent, 4)


@pytest.mark.parametrize("answer", [ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN])
def test_nothing_is_accepted_while_an_answer_is_on_its_way(held, agent, ida, asked, answer):
    ReplyFactory(conversation=held, author=agent, state=answer)

    with pytest.raises(AnswerUnderway, match="An answer of Anna Alm is on its way"):
        accept(asked, ida)

    assert state(held) == (Stage.CLAIMED, agent, 2)
    assert HandOver.objects.get().answer == ""


def test_who_left_the_department_meanwhile_takes_nothing(held, agent, ida, asked):
    Membership.objects.filter(user=ida).delete()

    with pytest.raises(MayNotTake):
        accept(asked, User.objects.get(pk=ida.pk))

    assert state(held) == (Stage.CLAIMED, agent, 2)


def test_who_holds_as_many_as_they_may_takes_none(held, agent, ida, asked):
    ida.capacity = 1
    ida.save(update_fields=["capacity"])
    ConversationFactory(claimed=True, holder=ida)

    with pytest.raises(AtCapacity, match="You hold 1 conversation, which is as many as you may"):
        accept(asked, ida)

    assert state(held) == (Stage.CLAIMED, agent, 2)
    assert HandOver.objects.get().answer == ""


def test_asking_leaves_what_waits_for_approval_alone(held, agent, ida):
    approval = ApprovalFactory(conversation=held, author=agent)

    ask(held, agent, ida)

    approval.refresh_from_db()
    assert (approval.state, approval.settled_at) == ("asked", None)
