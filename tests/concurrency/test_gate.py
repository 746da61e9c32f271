"""A version that binds comes in force while people act who have attested the one before."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from policies.models import Attestation, PolicyVersion
from policies.services import binding, drafting, publishing, reading
from teams.models import User
from teams.roles import Role
from tests.factories.policies import PolicyVersionFactory, everybody_attests
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, DecisionFactory, last_heard
from tests.support.race import SECONDS, race
from triage.models import Approval, Conversation, Decision, Event, Reply
from triage.services import gate
from triage.services.approving import asks, verdicts
from triage.services.decisions import deciding
from triage.services.gate import NotAttested
from triage.services.pen import claims
from triage.services.seen import Seen
from triage.services.sending import replies
from triage.states import Disposition, Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def version() -> PolicyVersion:
    return PolicyVersionFactory.published()


@pytest.fixture
def approver() -> User:
    return AppointmentFactory(role=Role.MANAGER).user


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER).user


@pytest.fixture
def held(version, approver, owner, network) -> Conversation:
    desk = DepartmentFactory()
    writer = MembershipFactory(department=desk).user
    everybody_attests()
    held = ConversationFactory(claimed=True, department=desk, holder=writer, profile__channel__kind="scripted")
    DecisionFactory(conversation=held, department=desk, policy_version=version)
    return held


@pytest.fixture
def binding_draft(version) -> PolicyVersion:
    draft = drafting.start_draft(editor=UserFactory(), at=NOON)
    draft.clauses.update(is_substantial=True)
    return draft


def publish(draft: PolicyVersion) -> None:
    publishing.publish_version(version_id=draft.pk, publisher=draft.created_by, at=LATER, reason="It cannot wait.")


def decide(held: Conversation, owner: User, approver: User) -> object:
    waiting = ConversationFactory()
    choice = deciding.Choice(Disposition.NO_RESPONSE, 3, reason="spam")
    return deciding.decide(conversation_id=waiting.pk, choice=choice, triage_owner=owner, fence=0, at=LATER)


def seen(held: Conversation) -> Seen:
    return Seen(2, last_heard(held).pk, PolicyVersion.objects.order_by("pk").first().pk)


def send(held: Conversation, owner: User, approver: User) -> object:
    return replies.queue_reply(
        conversation_id=held.pk,
        author=held.holder,
        body="On our way.",
        key=uuid4(),
        seen=seen(held),
        closes=False,
        at=LATER,
    )


def ask(held: Conversation, owner: User, approver: User) -> object:
    needed = {"mode": "any", "asked": [{"role": "manager"}]}
    first = PolicyVersion.objects.order_by("pk").first()
    DecisionFactory(conversation=held, department=held.department, policy_version=first, approval=needed)
    return asks.ask_approval(conversation_id=held.pk, author=held.holder, body="On our way.", seen=seen(held), at=LATER)


ACTS = [decide, send, ask]


def written() -> list[tuple[User, int]]:
    """Return who acted under which version, for all that anybody did."""
    rows: list[tuple[User, int]] = []
    rows += [(one.decided_by, one.policy_version_id) for one in Decision.objects.filter(at=LATER)]
    rows += [(one.author, one.policy_version_id) for one in Reply.objects.all()]
    rows += [(one.author, one.policy_version_id) for one in Approval.objects.all()]
    return rows


def acted_unattested() -> list[tuple[User, int]]:
    """Return who acted under a version that they had not attested."""
    return [one for one in written() if not binding.may_act_under(one[0], version_id=one[1], at=LATER)]


def published_once_checked(draft: PolicyVersion, act: Callable[[], object]) -> list[Any]:
    """Let the version come in force, committed, after the gate let somebody through and before they have written."""
    checked, published = threading.Event(), threading.Event()
    check = gate.check

    def check_then_wait(*args: Any, **given: Any) -> None:
        check(*args, **given)
        checked.set()
        assert published.wait(SECONDS)

    def publish_once_checked() -> None:
        assert checked.wait(SECONDS)
        publish(draft)
        published.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "check", check_then_wait)
        return race(act, publish_once_checked)


def decide_by_check_then_act(conversation: Conversation, owner: User) -> None:
    """Decide as it must not be done: what is written names another version than what was checked."""
    gate.check(owner, reading.policy_in_force(), at=LATER)
    now = PolicyVersion.objects.get(pk=reading.policy_in_force().version_id)
    DecisionFactory(conversation=conversation, no_response=True, decided_by=owner, policy_version=now, at=LATER)


def test_the_naive_decision_is_under_a_version_that_nobody_attested(held, owner, version, binding_draft):
    outcomes = published_once_checked(binding_draft, lambda: decide_by_check_then_act(held, owner))

    assert outcomes == [None, None]
    assert acted_unattested() == [(owner, binding_draft.pk)]


@pytest.mark.parametrize("act", ACTS)
def test_who_was_let_through_acts_under_the_version_that_was_checked(
    held, owner, approver, version, binding_draft, act
):
    done, published = published_once_checked(binding_draft, lambda: act(held, owner, approver))

    assert not isinstance(done, Exception)
    assert published is None
    assert [version_id for _who, version_id in written()] == [version.pk]
    assert acted_unattested() == []
    # From then on nobody acts who has not attested what is in force now.
    before = Event.objects.count()
    with pytest.raises(NotAttested):
        act(held, owner, approver)
    assert len(written()) == 1
    assert Event.objects.count() == before


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("act", ACTS)
def test_an_act_while_a_version_is_published_is_under_the_old_one_or_refused(
    held, owner, approver, version, binding_draft, act, turn
):
    done, published = race(lambda: act(held, owner, approver), lambda: publish(binding_draft))

    assert published is None
    assert isinstance(done, NotAttested) or not isinstance(done, Exception)
    assert len(written()) == (0 if isinstance(done, NotAttested) else 1)
    assert acted_unattested() == []


def test_a_word_of_approval_while_a_version_is_published_comes_before_it_or_is_refused(
    held, owner, approver, version, binding_draft
):
    approval = ask(held, owner, approver)

    done, published = race(
        lambda: verdicts.approve(approval_id=approval.pk, approver=approver, at=LATER),
        lambda: publish(binding_draft),
    )

    approval.refresh_from_db()
    assert published is None
    assert (type(done), approval.state) in [(type(None), "approved"), (NotAttested, "asked")]
    # Either way nothing leaves under it before its writer has attested the version in force.
    with pytest.raises(NotAttested):
        send(held, owner, approver)
    assert not Reply.objects.exists()


def test_a_claim_while_a_version_is_published_stands_and_lets_nothing_out(
    held, owner, approver, version, binding_draft
):
    free = ConversationFactory(assigned=True, department=held.department, profile__channel__kind="scripted")

    done, published = race(
        lambda: claims.claim_conversation(conversation_id=free.pk, agent=held.holder, at=LATER),
        lambda: publish(binding_draft),
    )

    free.refresh_from_db()
    assert not isinstance(done, Exception)
    assert (published, free.stage, free.holder) == (None, Stage.CLAIMED, held.holder)
    with pytest.raises(NotAttested):
        send(free, owner, approver)
    Attestation.objects.create(user=held.holder, version=binding_draft, at=LATER)
    with pytest.raises(replies.WorldChanged):
        send(free, owner, approver)
    assert not Reply.objects.exists()
