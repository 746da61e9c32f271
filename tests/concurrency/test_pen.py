import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from policies.models import PolicyVersion
from teams.models import Department, User
from teams.roles import Role
from tests.factories.pen import HandOverFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, last_heard
from tests.support.race import SECONDS, race
from triage.models import Conversation, Event, HandOver, Reply
from triage.services import recording
from triage.services.pen import claims, handing_over, idling, offering, taking_over
from triage.services.pen.capacity import AtCapacity
from triage.services.pen.claims import AnswerUnderway, ConversationNotFree, NotTheHolder
from triage.services.pen.handing_over import HandOverNotOpen
from triage.services.pen.taking_over import NothingToTakeOver
from triage.services.sending import replies
from triage.services.sending.replies import Seen
from triage.services.writing import drafts
from triage.states import Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(hours=8)


@pytest.fixture
def version() -> PolicyVersion:
    return PolicyVersionFactory.published()


@pytest.fixture
def desk(version) -> Department:
    return DepartmentFactory()


@pytest.fixture
def giver(desk, version) -> User:
    user = MembershipFactory(department=desk).user
    AttestationFactory(user=user, version=version)
    return user


@pytest.fixture
def taker(desk) -> User:
    return MembershipFactory(department=desk).user


@pytest.fixture
def held(desk, giver, network) -> Conversation:
    return ConversationFactory(claimed=True, department=desk, holder=giver, profile__channel__kind="scripted")


@pytest.fixture
def asked(held, taker) -> HandOver:
    return HandOverFactory(conversation=held, taker=taker)


def accept(asked: HandOver) -> int:
    return handing_over.accept(hand_over_id=asked.pk, taker=asked.taker, at=NOON)


def release(held: Conversation, giver: User) -> None:
    claims.release_conversation(conversation_id=held.pk, agent=giver, fence=2, at=NOON)


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def truth(held: Conversation, asked: HandOver) -> tuple[object, ...]:
    held.refresh_from_db()
    asked.refresh_from_db()
    return held.stage, held.holder, held.fence, asked.answer


def accept_by_check_then_act(asked: HandOver, gate: threading.Barrier) -> None:
    """Accept as it must not be done: what was read a moment ago is believed."""
    conversation = Conversation.objects.get(pk=asked.conversation_id)
    assert conversation.holder_id == asked.giver_id
    gate.wait()
    conversation.holder = asked.taker
    conversation.fence += 1
    conversation.save(update_fields=["holder", "fence"])
    recording.record(conversation_id=conversation.pk, kind=Event.Kind.HANDED_OVER, actor=asked.taker, at=NOON, data={})


def test_the_naive_accepting_hands_over_twice(asked, held):
    gate = threading.Barrier(2, timeout=SECONDS)

    race(*[lambda: accept_by_check_then_act(asked, gate)] * 2)

    assert kinds(held) == ["handed_over", "handed_over"]


def test_two_clicks_on_accept_are_one(asked, held, taker):
    outcomes = race(*[lambda: accept(asked)] * 4)

    assert outcomes.count(3) == 1
    assert sum(isinstance(outcome, HandOverNotOpen) for outcome in outcomes) == 3
    assert truth(held, asked) == (Stage.CLAIMED, taker, 3, "accepted")
    assert kinds(held) == ["handed_over"]


@pytest.mark.parametrize("turn", range(3))
def test_accepting_and_withdrawing_at_once_leave_one_of_both(asked, held, giver, taker, turn):
    accepted, withdrawn = race(
        lambda: accept(asked), lambda: handing_over.withdraw(hand_over_id=asked.pk, giver=giver, at=NOON)
    )

    if isinstance(accepted, int):
        assert isinstance(withdrawn, HandOverNotOpen)
        assert truth(held, asked) == (Stage.CLAIMED, taker, 3, "accepted")
    else:
        assert (type(accepted), withdrawn) == (HandOverNotOpen, None)
        assert truth(held, asked) == (Stage.CLAIMED, giver, 2, "withdrawn")
    assert len(kinds(held)) == 1


@pytest.mark.parametrize("turn", range(3))
def test_accepting_and_releasing_at_once_leave_one_of_both(asked, held, giver, taker, turn):
    accepted, released = race(lambda: accept(asked), lambda: release(held, giver))

    if isinstance(accepted, int):
        assert isinstance(released, NotTheHolder)
        assert truth(held, asked) == (Stage.CLAIMED, taker, 3, "accepted")
    else:
        assert (type(accepted), released) == (HandOverNotOpen, None)
        assert truth(held, asked) == (Stage.ASSIGNED, None, 3, "void")
    assert len(kinds(held)) == 1


@pytest.mark.parametrize("turn", range(3))
def test_accepting_a_release_and_a_claim_at_once_leave_one_holder(asked, held, giver, taker, desk, turn):
    third = MembershipFactory(department=desk).user

    def release_and_go() -> None:
        release(held, giver)

    def claim() -> int:
        return claims.claim_conversation(conversation_id=held.pk, agent=third, at=NOON)

    accepted, released, claimed = race(lambda: accept(asked), release_and_go, claim)

    stage, holder, fence, answer = truth(held, asked)
    if isinstance(accepted, int):
        assert (type(released), type(claimed)) == (NotTheHolder, ConversationNotFree)
        assert (stage, holder, fence, answer) == (Stage.CLAIMED, taker, 3, "accepted")
    else:
        assert (type(accepted), released, answer) == (HandOverNotOpen, None, "void")
        is_claimed = isinstance(claimed, int)
        assert (stage, holder, fence) == ((Stage.CLAIMED, third, 4) if is_claimed else (Stage.ASSIGNED, None, 3))
    assert len(kinds(held)) == fence - 2


@pytest.mark.parametrize("turn", range(3))
def test_accepting_and_taking_over_at_once_leave_one_of_both(asked, held, giver, taker, desk, turn):
    lead = MembershipFactory(department=desk, role=Role.LEAD).user

    accepted, taken = race(lambda: accept(asked), lambda: take_over(held, lead))

    if isinstance(accepted, int):
        assert isinstance(taken, NothingToTakeOver)
        assert truth(held, asked) == (Stage.CLAIMED, taker, 3, "accepted")
    else:
        assert (type(accepted), taken) == (HandOverNotOpen, None)
        assert truth(held, asked) == (Stage.CLAIMED, lead, 3, "void")
    assert len(kinds(held)) == 1


def take_over(held: Conversation, actor: User, *, to_queue: bool = False) -> None:
    taking_over.take_over(
        conversation_id=held.pk, actor=actor, reason="Ill.", to_queue=to_queue, give_to=None, fence=2, at=NOON
    )


def test_one_of_many_who_take_over_wins(held, desk, version):
    leads = [MembershipFactory(department=desk, role=Role.LEAD).user for _ in range(3)]
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    outcomes = race(
        *[lambda p=lead: take_over(held, p) for lead in leads], lambda: take_over(held, owner, to_queue=True)
    )

    held.refresh_from_db()
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, NothingToTakeOver) for outcome in outcomes) == 3
    assert held.holder == (*leads, None)[outcomes.index(None)]
    assert (held.fence, kinds(held)) == (3, ["taken_over"])


@pytest.mark.parametrize("turn", range(3))
def test_accepting_and_sending_at_once_leave_one_of_both(asked, held, giver, taker, version, turn):
    seen = Seen(2, last_heard(held).pk, version.pk)

    def send() -> Reply:
        return replies.queue_reply(
            conversation_id=held.pk, author=giver, body="Soon.", key=uuid4(), seen=seen, closes=False, at=NOON
        )

    accepted, sent = race(lambda: accept(asked), send)

    if isinstance(accepted, int):
        assert isinstance(sent, NotTheHolder)
        assert (Reply.objects.count(), truth(held, asked)) == (0, (Stage.CLAIMED, taker, 3, "accepted"))
    else:
        assert (type(accepted), type(sent)) == (AnswerUnderway, Reply)
        assert truth(held, asked) == (Stage.CLAIMED, giver, 2, "")


def claim_by_count_then_act(conversation: Conversation, agent: User, gate: threading.Barrier) -> None:
    """Claim as it must not be done: counted first, and nobody waits."""
    assert Conversation.objects.filter(holder=agent, stage=Stage.CLAIMED).count() < agent.capacity
    gate.wait()
    Conversation.objects.filter(pk=conversation.pk).update(stage=Stage.CLAIMED, holder=agent, due_for="answer")


def test_the_naive_claim_goes_beyond_the_capacity(desk):
    agent = MembershipFactory(department=desk, user__capacity=1).user
    conversations = ConversationFactory.create_batch(2, assigned=True, department=desk)
    gate = threading.Barrier(2, timeout=SECONDS)

    race(*[lambda c=conversation: claim_by_count_then_act(c, agent, gate) for conversation in conversations])

    assert Conversation.objects.filter(holder=agent).count() == 2


def test_claims_and_an_acceptance_at_once_stay_within_the_capacity(desk, asked, held, taker):
    User.objects.filter(pk=taker.pk).update(capacity=2)
    agent = User.objects.get(pk=taker.pk)
    asked.taker = agent
    conversations = ConversationFactory.create_batch(5, assigned=True, department=desk)

    outcomes = race(
        *[
            lambda c=conversation: claims.claim_conversation(conversation_id=c.pk, agent=agent, at=NOON)
            for conversation in conversations
        ],
        lambda: accept(asked),
    )

    assert sum(isinstance(outcome, int) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, AtCapacity) for outcome in outcomes) == 4
    assert Conversation.objects.filter(holder=agent).count() == 2


@pytest.mark.parametrize("turn", range(3))
def test_a_claim_that_rests_is_given_back_or_worked_on(held, giver, turn):
    Conversation.objects.update(worked_at=NOON, idle_warned_at=NOON)

    swept, saved = race(
        lambda: idling.sweep(at=LATER),
        lambda: drafts.save_draft(conversation_id=held.pk, author=giver, body="We", at=LATER),
    )

    held.refresh_from_db()
    assert saved.body == "We"
    if swept == (0, 1):
        assert (held.stage, held.holder, held.fence, kinds(held)) == (Stage.ASSIGNED, None, 3, ["claim_returned"])
    else:
        assert swept == (0, 0)
        assert (held.stage, held.holder, held.fence, held.worked_at) == (Stage.CLAIMED, giver, 2, LATER)
        assert kinds(held) == []


def test_sweepers_at_once_warn_once_and_give_back_once(held):
    Conversation.objects.update(worked_at=NOON)

    race(*[lambda: idling.sweep(at=LATER)] * 4)
    assert kinds(held) == ["claim_warned"]
    race(*[lambda: idling.sweep(at=LATER + timedelta(hours=4))] * 4)

    held.refresh_from_db()
    assert (held.stage, held.fence, kinds(held)) == (Stage.ASSIGNED, 3, ["claim_warned", "claim_returned"])


def test_offers_at_once_are_one_each(desk, giver, version):
    Department.objects.update(offering=Department.Offering.IN_TURN)
    other = MembershipFactory(department=desk).user
    AttestationFactory(user=other, version=version)
    conversations = ConversationFactory.create_batch(6, assigned=True, department=desk)

    outcomes = race(*[lambda: offering.offer_waiting(department_id=desk.pk, at=NOON)] * 4)

    assert sum(outcomes) == 6
    assert [kinds(conversation) for conversation in conversations] == [["offered"]] * 6
    assert Conversation.objects.filter(offered_to=giver).count() == 3
    assert Conversation.objects.filter(offered_to=other).count() == 3


@pytest.mark.parametrize("turn", range(3))
def test_a_claim_and_an_offer_at_once_agree(desk, giver, taker, turn):
    Department.objects.update(offering=Department.Offering.IN_TURN)
    conversation = ConversationFactory(assigned=True, department=desk)

    offers, claimed = race(
        lambda: offering.offer_waiting(department_id=desk.pk, at=NOON),
        lambda: claims.claim_conversation(conversation_id=conversation.pk, agent=taker, at=NOON),
    )

    conversation.refresh_from_db()
    if isinstance(claimed, int):
        assert (conversation.holder, conversation.offered_to) == (taker, None)
    else:
        assert (type(claimed), offers) == (ConversationNotFree, 1)
        assert (conversation.holder, conversation.offered_to) == (None, giver)
