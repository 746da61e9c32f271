import threading
from uuid import uuid4

import pytest

from listening.connectors import registry
from listening.connectors.base import OutgoingChange
from policies.models import PolicyVersion
from teams.models import User
from teams.roles import Role
from tests.factories.listening import ProfileFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.changing import LATER, NEW, ChangingNetwork, correct, out, remove
from tests.support.race import SECONDS, race
from triage.models import Conversation, Reply
from triage.services.pen import claims
from triage.services.pen.claims import AnswerUnderway, NotTheHolder
from triage.services.seen import Seen
from triage.services.sending import delivery, replies, withdrawing
from triage.services.sending.delivery import ReplyNotUncertain, Verdict
from triage.services.sending.replies import ReplyInFlight
from triage.services.sending.withdrawing import TooLate
from triage.states import IN_FLIGHT, ReplyState, Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def network(monkeypatch) -> ChangingNetwork:
    made = ChangingNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def version() -> PolicyVersion:
    return PolicyVersionFactory.published()


@pytest.fixture
def holder(version) -> User:
    user = MembershipFactory(department=DepartmentFactory(slug="care")).user
    AttestationFactory(user=user, version=version)
    return user


@pytest.fixture
def lead(holder, version) -> User:
    user = MembershipFactory(department=holder.memberships.get().department, role=Role.LEAD).user
    AttestationFactory(user=user, version=version)
    return user


@pytest.fixture
def conversation(holder, network) -> Conversation:
    return ConversationFactory(
        claimed=True,
        holder=holder,
        department=holder.memberships.get().department,
        profile=ProfileFactory(channel__kind="scripted"),
    )


@pytest.fixture
def answer(conversation, version) -> Reply:
    return out(conversation, version)


def kinds(answer: Reply) -> list[str]:
    return list(answer.conversation.events.order_by("pk").values_list("kind", flat=True))


def test_changes_that_only_look_whether_one_is_in_flight_both_happen(answer, holder, lead, network):
    gate = threading.Barrier(2, timeout=SECONDS)

    def change_if_none_is_in_flight(actor: User) -> None:
        if not answer.changes.filter(state__in=IN_FLIGHT).exists():
            gate.wait()
            network.edit({}, OutgoingChange(uuid4(), "ours-1", f"{NEW} {actor.pk}"))

    outcomes = race(*[lambda a=actor: change_if_none_is_in_flight(a) for actor in (holder, lead)])

    assert outcomes == [None, None]
    assert len(network.calls) == 2


@pytest.mark.parametrize("turn", range(3))
def test_of_corrections_and_removals_at_once_one_is_in_flight(answer, holder, lead, turn):
    outcomes = race(
        lambda: correct(answer, holder),
        lambda: remove(answer, lead),
        lambda: correct(answer, lead, "We open at noon."),
        lambda: remove(answer, holder),
    )

    assert sum(isinstance(outcome, Reply) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ReplyInFlight) for outcome in outcomes) == 3
    assert answer.changes.filter(state__in=IN_FLIGHT).count() == 1
    assert kinds(answer) == ["change_queued"]


def test_the_same_key_at_once_is_one_change(answer, holder):
    key = uuid4()

    outcomes = race(*[lambda: correct(answer, holder, key=key)] * 4)

    assert [outcome.pk for outcome in outcomes] == [answer.changes.get().pk] * 4
    assert kinds(answer) == ["change_queued"]


@pytest.mark.parametrize("turn", range(3))
def test_an_answer_and_a_change_at_once_are_one_in_flight(answer, holder, lead, version, turn):
    sent, changed = race(
        lambda: replies.queue_reply(
            conversation_id=answer.conversation_id,
            author=holder,
            body="And more.",
            key=uuid4(),
            seen=Seen(2, answer.answers_id, version.pk),
            closes=False,
            at=LATER,
        ),
        lambda: correct(answer, lead),
    )

    assert sorted(isinstance(outcome, Reply) for outcome in (sent, changed)) == [False, True]
    assert isinstance(sent if isinstance(changed, Reply) else changed, ReplyInFlight)
    assert Reply.objects.filter(state__in=IN_FLIGHT).count() == 1


def test_workers_at_once_carry_out_a_change_once(answer, holder, network):
    change = correct(answer, holder)

    outcomes = race(
        *[lambda: delivery.deliver_reply(reply_id=change.pk, at=LATER, connector=network)] * 6,
    )

    assert sorted(outcomes) == [False] * 5 + [True]
    assert network.calls == [("edit", NEW)]
    assert kinds(answer) == ["change_queued", "reply_corrected"]


@pytest.mark.parametrize("turn", range(4))
def test_a_change_is_taken_back_or_done_and_never_both(answer, holder, network, turn):
    change = remove(answer, holder)

    taken, done = race(
        lambda: withdrawing.withdraw_reply(reply_id=change.pk, actor=holder, at=LATER),
        lambda: delivery.deliver_reply(reply_id=change.pk, at=LATER, connector=network),
    )

    change.refresh_from_db()
    if done is True:
        assert isinstance(taken, TooLate)
        assert (change.state, network.shown) == (ReplyState.SENT, {})
    else:
        assert (taken, change.state, network.calls) == (None, ReplyState.WITHDRAWN, [])


@pytest.mark.parametrize("turn", range(3))
def test_a_release_and_a_correction_at_once_leave_one_of_both(answer, holder, turn):
    changed, released = race(
        lambda: correct(answer, holder),
        lambda: claims.release_conversation(conversation_id=answer.conversation_id, agent=holder, fence=2, at=LATER),
    )

    stage = Conversation.objects.get().stage
    if isinstance(changed, Reply):
        assert isinstance(released, AnswerUnderway)
        assert stage == Stage.CLAIMED
    else:
        assert isinstance(changed, NotTheHolder)
        assert (released, stage, answer.changes.count()) == (None, Stage.ASSIGNED, 0)


def test_of_people_who_settle_a_change_at_once_one_is_believed(answer, holder):
    change = correct(answer, holder)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.UNCERTAIN)

    outcomes = race(
        *[
            lambda v=verdict: delivery.settle_reply(reply_id=change.pk, verdict=v, actor=holder, at=LATER)
            for verdict in [Verdict.THERE, Verdict.NOT_THERE] * 2
        ]
    )

    change.refresh_from_db()
    event = answer.conversation.events.get(kind="change_settled")
    answer.mention.refresh_from_db()
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ReplyNotUncertain) for outcome in outcomes) == 3
    assert change.state == (ReplyState.SENT if event.data["verdict"] == "there" else ReplyState.FAILED)
    assert (answer.mention.text == NEW) is (event.data["verdict"] == "there")
