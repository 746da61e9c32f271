from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from policies.models import Target
from teams.models import Notification, User
from tests.factories.pen import ApprovalFactory, HandOverFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import ReplyFactory, last_heard
from triage.models import Approval, Conversation
from triage.services import notes
from triage.services.pen import claims, idling, working
from triage.services.sending import replies
from triage.services.sending.replies import Seen
from triage.services.writing import drafts
from triage.states import DueFor, ReplyState, Stage

pytestmark = pytest.mark.django_db

REST = timedelta(hours=4)


@pytest.fixture
def resting(held) -> Conversation:
    Conversation.objects.filter(pk=held.pk).update(worked_at=NOON)
    return held


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def told(person: User) -> list[str]:
    return list(Notification.objects.filter(user=person, medium="page").order_by("pk").values_list("kind", flat=True))


def state(conversation: Conversation) -> tuple[object, ...]:
    conversation.refresh_from_db()
    return conversation.stage, conversation.holder, conversation.fence, conversation.idle_warned_at


def test_a_claim_that_rests_too_long_is_warned_of_once(resting, agent):
    at = NOON + REST

    assert idling.sweep(at=at - timedelta(seconds=1)) == (0, 0)
    assert idling.sweep(at=at) == (1, 0)
    assert idling.sweep(at=at + timedelta(minutes=1)) == (0, 0)

    assert state(resting) == (Stage.CLAIMED, agent, 2, at)
    assert kinds(resting) == ["claim_warned"]
    assert told(agent) == ["claim_idle"]


def test_after_as_long_again_it_goes_back_to_the_queue(resting, agent, care):
    other = MembershipFactory(department=care, user__wants_email=False).user
    asked = HandOverFactory(conversation=resting, taker=other)
    idling.sweep(at=NOON + REST)
    at = NOON + 2 * REST

    assert idling.sweep(at=at - timedelta(seconds=1)) == (0, 0)
    assert idling.sweep(at=at) == (0, 1)
    assert idling.sweep(at=at) == (0, 0)

    assert state(resting) == (Stage.ASSIGNED, None, 3, None)
    assert (resting.due_at, resting.due_for) == (at + timedelta(minutes=240), DueFor.CLAIM)
    assert kinds(resting) == ["claim_warned", "claim_returned"]
    assert resting.events.last().data == {"from": agent.pk}
    assert told(agent) == ["claim_idle", "taken_over"]
    assert told(other) == ["queue"]
    asked.refresh_from_db()
    assert asked.answer == "void"


def test_a_late_first_sweep_warns_before_it_gives_back(resting, agent):
    assert idling.sweep(at=NOON + 10 * REST) == (1, 0)

    assert state(resting)[:2] == (Stage.CLAIMED, agent)


@pytest.mark.parametrize("answer", [ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN])
def test_a_claim_does_not_rest_while_its_answer_is_on_its_way(resting, agent, answer):
    Conversation.objects.update(idle_warned_at=NOON)
    ReplyFactory(conversation=resting, author=agent, state=answer)

    assert idling.sweep(at=NOON + 3 * REST) == (0, 0)

    assert state(resting) == (Stage.CLAIMED, agent, 2, NOON)


def test_a_claim_does_not_rest_while_others_have_its_answer_before_them(resting, agent):
    Conversation.objects.update(idle_warned_at=NOON)
    approval = ApprovalFactory(conversation=resting, author=agent)

    assert idling.sweep(at=NOON + 3 * REST) == (0, 0)

    Approval.objects.filter(pk=approval.pk).update(state="rejected")
    assert idling.sweep(at=NOON + 3 * REST) == (0, 1)


def test_what_waits_for_the_customer_does_not_rest(resting):
    Conversation.objects.update(stage=Stage.WAITING, due_at=None, due_for="")

    assert idling.sweep(at=NOON + 3 * REST) == (0, 0)


def test_each_priority_has_its_own_rest(resting, policy):
    Conversation.objects.update(priority=1)
    assert Target.objects.get(version=policy, priority=1).idle_minutes == 240

    assert idling.sweep(at=NOON + REST) == (1, 0)


def test_a_claim_from_before_acts_were_noted_rests_since_it_was_claimed(held):
    assert held.worked_at is None

    assert idling.sweep(at=NOON + REST) == (1, 0)


def test_a_draft_or_an_answer_is_work_and_takes_the_warning_back(resting, agent, policy, network):
    at = NOON + REST
    idling.sweep(at=at)

    drafts.save_draft(conversation_id=resting.pk, author=agent, body="We", at=at)

    assert state(resting)[3] is None
    assert resting.worked_at == at
    replies.queue_reply(
        conversation_id=resting.pk,
        author=agent,
        body="We are on our way.",
        key=uuid4(),
        seen=Seen(2, last_heard(resting).pk, policy.pk),
        closes=False,
        at=at + timedelta(minutes=5),
    )
    resting.refresh_from_db()
    assert resting.worked_at == at + timedelta(minutes=5)


def work(conversation: Conversation, person: User, at: datetime) -> datetime | None:
    working.note_work(conversation_id=conversation.pk, person=person, at=at)
    conversation.refresh_from_db()
    return conversation.worked_at


def test_typing_is_noted_once_a_minute_and_only_of_the_holder(resting, agent):
    assert work(resting, agent, NOON + timedelta(seconds=30)) == NOON
    assert work(resting, agent, NOON + timedelta(seconds=61)) == NOON + timedelta(seconds=61)
    other = MembershipFactory().user
    assert work(resting, other, NOON + timedelta(hours=1)) == NOON + timedelta(seconds=61)


def test_a_claim_begins_to_rest_when_it_is_claimed(held, agent, care):
    claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=NOON)
    claims.claim_conversation(conversation_id=held.pk, agent=agent, at=NOON + REST)

    held.refresh_from_db()
    assert (held.worked_at, held.claimed_at) == (NOON + REST, NOON)
    assert idling.sweep(at=NOON + REST + timedelta(minutes=5)) == (0, 0)


def test_a_stale_page_is_told_why(held, agent):
    other = MembershipFactory(user__name="Bo Berg").user

    def why(person: User, fence: int | None) -> str:
        return working.why_stale(conversation_id=held.pk, person=person, fence=fence)

    assert (why(agent, 2), why(agent, None)) == ("", "")
    assert why(agent, 1) == "You hold this conversation anew. Load the page again."
    assert why(other, 2) == "Anna Alm holds this conversation now."
    claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=NOON)
    assert why(agent, 2) == "You do not hold this conversation any more."


def test_a_note_of_the_holder_is_work(resting, agent):
    at = NOON + REST
    idling.sweep(at=at)

    notes.write_note(conversation_id=resting.pk, author=agent, body="I ask the grid.", key=uuid4(), at=at)

    assert state(resting)[3] is None
    assert resting.worked_at == at
