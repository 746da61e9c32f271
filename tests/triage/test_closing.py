from datetime import timedelta

import pytest

from socialhub.lib.errors import Invalid
from teams.models import Notification, User
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from triage.models import Conversation
from triage.services import closing
from triage.services.closing import NotClosed, NotOpen
from triage.services.pen.claims import NotTheHolder
from triage.states import CLOSING_OUTCOMES, DueFor, Outcome, ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def holder(policy) -> User:
    user = UserFactory(wants_email=False)
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def conversation(policy, holder) -> Conversation:
    return ConversationFactory(claimed=True, holder=holder)


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def close(conversation: Conversation, actor: User, *, outcome: str = "resolved", fence: int | None = None) -> None:
    closing.close_conversation(
        conversation_id=conversation.pk,
        actor=actor,
        outcome=outcome,
        fence=conversation.fence if fence is None else fence,
        at=LATER,
    )


def assert_nothing_changed(conversation: Conversation) -> None:
    before = (conversation.stage, conversation.holder_id, conversation.fence, conversation.outcome)
    conversation.refresh_from_db()
    assert (conversation.stage, conversation.holder_id, conversation.fence, conversation.outcome) == before
    assert kinds(conversation) == []


def test_waiting_stops_the_clock_and_keeps_the_pen(conversation, holder):
    closing.wait_for_customer(conversation_id=conversation.pk, agent=holder, fence=2, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.holder, conversation.fence) == (Stage.WAITING, holder, 2)
    assert (conversation.due_at, conversation.due_for) == (None, "")
    assert [(event.kind, event.actor) for event in conversation.events.all()] == [("waiting", holder)]


@pytest.mark.parametrize(("is_holder", "fence"), [(False, 2), (True, 1), (True, 10**30)])
def test_only_the_holder_of_now_waits(conversation, holder, is_holder, fence):
    agent = holder if is_holder else UserFactory()

    with pytest.raises(NotTheHolder):
        closing.wait_for_customer(conversation_id=conversation.pk, agent=agent, fence=fence, at=LATER)

    assert_nothing_changed(conversation)


@pytest.mark.parametrize("trait", ["assigned", "waiting", "closed"])
def test_only_what_is_claimed_begins_to_wait(policy, holder, trait):
    columns = {"holder": holder} if trait == "waiting" else {}
    conversation = ConversationFactory(**{trait: True}, **columns)

    with pytest.raises(NotTheHolder):
        closing.wait_for_customer(conversation_id=conversation.pk, agent=holder, fence=conversation.fence, at=LATER)

    assert_nothing_changed(conversation)


@pytest.mark.parametrize("outcome", CLOSING_OUTCOMES)
@pytest.mark.parametrize("trait", ["claimed", "waiting"])
def test_the_holder_closes_with_an_outcome(policy, holder, trait, outcome):
    conversation = ConversationFactory(**{trait: True}, holder=holder)

    close(conversation, holder, outcome=outcome)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.outcome, conversation.closed_at) == (Stage.CLOSED, outcome, LATER)
    assert (conversation.holder, conversation.fence, conversation.due_at, conversation.due_for) == (None, 3, None, "")
    assert [(event.kind, event.actor, event.data) for event in conversation.events.all()] == [
        ("closed", holder, {"outcome": outcome, "was_held": True})
    ]


def test_what_nobody_holds_is_closed_by_whoever_may(policy, holder):
    conversation = ConversationFactory(assigned=True, offered_to=UserFactory())

    close(conversation, holder, outcome="expired")

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.offered_to, conversation.outcome) == (
        Stage.CLOSED,
        None,
        Outcome.EXPIRED,
    )


@pytest.mark.parametrize("trait", ["claimed", "waiting"])
def test_what_somebody_holds_is_closed_by_nobody_else(policy, trait):
    conversation = ConversationFactory(**{trait: True})

    with pytest.raises(NotTheHolder):
        close(conversation, UserFactory())

    assert_nothing_changed(conversation)


@pytest.mark.parametrize("outcome", ["", "no_answer", "elsewhere", "merged", "nonsense"])
def test_an_outcome_that_people_do_not_choose_is_refused(conversation, holder, outcome):
    with pytest.raises(Invalid, match="Choose how the conversation ended\\.") as refused:
        close(conversation, holder, outcome=outcome)

    assert refused.value.field == "outcome"
    assert_nothing_changed(conversation)


@pytest.mark.parametrize("fence", [1, 3])
def test_what_changed_hands_is_not_closed(conversation, holder, fence):
    with pytest.raises(NotOpen):
        close(conversation, holder, fence=fence)

    assert_nothing_changed(conversation)


def test_what_is_closed_is_not_closed_again(policy, holder):
    conversation = ConversationFactory(closed=True)

    with pytest.raises(NotOpen):
        close(conversation, holder)

    assert_nothing_changed(conversation)


@pytest.mark.parametrize("state", [ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN])
def test_nothing_is_closed_while_an_answer_is_on_its_way(conversation, holder, state):
    ReplyFactory(conversation=conversation, state=state)

    with pytest.raises(NotOpen, match="An answer is on its way"):
        close(conversation, holder)

    assert_nothing_changed(conversation)


def test_reopening_goes_back_to_the_department_and_tells_it(policy, holder):
    conversation = ConversationFactory(closed=True)
    responder = MembershipFactory(department=conversation.department, user__wants_email=False).user

    closing.reopen_conversation(conversation_id=conversation.pk, actor=holder, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.outcome, conversation.closed_at, conversation.fence) == (
        Stage.ASSIGNED,
        "",
        None,
        4,
    )
    assert (conversation.due_at, conversation.due_for) == (LATER + timedelta(minutes=240), DueFor.CLAIM)
    assert [(event.kind, event.actor) for event in conversation.events.all()] == [("reopened", holder)]
    assert list(Notification.objects.values_list("user", "kind")) == [(responder.pk, "queue")]


def test_reopening_goes_back_to_triage_where_no_department_had_it(policy, holder):
    conversation = ConversationFactory(closed=True, department=None)

    closing.reopen_conversation(conversation_id=conversation.pk, actor=holder, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.due_for) == (Stage.NEW, DueFor.DECIDE)
    assert not Notification.objects.exists()


@pytest.mark.parametrize("trait", ["assigned", "claimed", "waiting"])
def test_what_is_open_is_not_reopened(policy, holder, trait):
    conversation = ConversationFactory(**{trait: True})

    with pytest.raises(NotClosed):
        closing.reopen_conversation(conversation_id=conversation.pk, actor=holder, at=LATER)

    assert_nothing_changed(conversation)


def test_what_was_joined_to_another_is_not_reopened(policy, holder):
    conversation = ConversationFactory(closed=True, outcome=Outcome.MERGED)

    with pytest.raises(NotClosed):
        closing.reopen_conversation(conversation_id=conversation.pk, actor=holder, at=LATER)

    assert_nothing_changed(conversation)
