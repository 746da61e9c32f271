from datetime import timedelta

import pytest

from socialhub.lib.errors import Invalid
from teams.models import Notification, User
from teams.roles import Role
from tests.factories.pen import HandOverFactory
from tests.factories.teams import NOON, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, DraftFactory, ReplyFactory
from triage.models import Conversation, Draft, TakeOver
from triage.services.pen import taking_over
from triage.services.pen.claims import AnswerUnderway
from triage.services.pen.taking_over import NothingToTakeOver
from triage.states import DueFor, ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def lead(care, policy) -> User:
    return MembershipFactory(department=care, role=Role.LEAD, user__name="Lea Lind", user__wants_email=False).user


@pytest.fixture
def ida(care) -> User:
    return MembershipFactory(department=care, user__name="Ida Iversen", user__wants_email=False).user


def take_over(conversation: Conversation, actor: User, **how: object) -> None:
    values = {"reason": "Anna is ill.", "to_queue": False, "give_to": None, "fence": 2} | how
    taking_over.take_over(conversation_id=conversation.pk, actor=actor, at=LATER, **values)


def state(conversation: Conversation) -> tuple[object, ...]:
    conversation.refresh_from_db()
    return conversation.stage, conversation.holder, conversation.offered_to, conversation.fence


def told(person: User) -> list[str]:
    return list(Notification.objects.filter(user=person, medium="page").values_list("kind", flat=True))


@pytest.mark.parametrize("stage", [Stage.CLAIMED, Stage.WAITING])
def test_a_lead_takes_the_pen_and_the_former_holder_keeps_their_draft(held, agent, lead, stage):
    if stage == Stage.WAITING:
        Conversation.objects.update(stage=stage, due_at=None, due_for="")
    DraftFactory(conversation=held, author=agent, body="We are sor")

    take_over(held, lead)

    assert state(held) == (stage, lead, None, 3)
    assert held.worked_at == LATER
    assert Draft.objects.get().body == "We are sor"
    taken = TakeOver.objects.get()
    assert (taken.former, taken.actor, taken.given_to, taken.reason) == (agent, lead, None, "Anna is ill.")
    event = held.events.get()
    assert (event.kind, event.actor) == ("taken_over", lead)
    assert event.data == {"take_over": taken.pk, "from": agent.pk, "to": lead.pk, "to_queue": False}
    assert told(agent) == ["taken_over"]


def test_a_triage_owner_puts_it_back_in_the_queue(held, agent, owner, ida):
    take_over(held, owner, to_queue=True)

    assert state(held) == (Stage.ASSIGNED, None, None, 3)
    assert (held.due_for, held.due_at, held.worked_at) == (DueFor.CLAIM, LATER + timedelta(minutes=240), None)
    assert held.events.get().data["to"] is None
    assert (told(agent), told(ida)) == (["taken_over"], ["queue"])


def test_a_triage_owner_gives_it_to_somebody_who_then_claims(held, agent, owner, ida):
    take_over(held, owner, to_queue=True, give_to=ida)

    assert state(held) == (Stage.ASSIGNED, None, ida, 3)
    assert held.events.get().data["to"] == ida.pk
    assert (told(agent), told(ida)) == (["taken_over"], ["given"])


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"to_queue": False}, "to_queue"),
        ({"to_queue": False, "give_to": "ida"}, "give_to"),
        ({"to_queue": True, "give_to": "agent"}, "give_to"),
        ({"to_queue": True, "give_to": "stranger"}, "give_to"),
    ],
)
def test_what_does_not_fit_together_is_refused(held, agent, owner, ida, how, field):
    people = {"ida": ida, "agent": agent, "stranger": UserFactory()}
    given = {name: people.get(value, value) if isinstance(value, str) else value for name, value in how.items()}

    with pytest.raises(Invalid) as refused:
        take_over(held, owner, **given)

    assert refused.value.field == field
    assert state(held) == (Stage.CLAIMED, agent, None, 2)
    assert not TakeOver.objects.exists()
    assert not Notification.objects.exists()


def test_nobody_takes_over_from_themselves(held, care, lead):
    Conversation.objects.update(holder=lead)

    with pytest.raises(Invalid, match="You hold this conversation already"):
        take_over(held, lead)

    assert state(held) == (Stage.CLAIMED, lead, None, 2)


@pytest.mark.parametrize(("trait", "fence"), [("assigned", 1), ("closed", 3), ("claimed", 1)])
def test_what_nobody_holds_any_more_is_not_taken_over(care, lead, trait, fence):
    conversation = ConversationFactory(**{trait: True}, department=care)
    before = state(conversation)

    with pytest.raises(NothingToTakeOver):
        take_over(conversation, lead, fence=fence)

    assert state(conversation) == before
    assert not conversation.events.exists()


@pytest.mark.parametrize("answer", [ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN])
def test_the_pen_stays_while_an_answer_is_on_its_way(held, agent, lead, answer):
    ReplyFactory(conversation=held, author=agent, state=answer)

    with pytest.raises(AnswerUnderway, match="An answer of Anna Alm is on its way"):
        take_over(held, lead)

    assert state(held) == (Stage.CLAIMED, agent, None, 2)


def test_an_open_asking_becomes_void(held, lead, ida):
    asked = HandOverFactory(conversation=held, taker=ida)

    take_over(held, lead)

    asked.refresh_from_db()
    assert (asked.answer, asked.answered_at) == ("void", LATER)
