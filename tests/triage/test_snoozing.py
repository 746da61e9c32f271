import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from listening.models import Channel
from socialhub.lib.errors import Invalid
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.hearing import hear, said
from tests.support.visiting import HTMX, browser
from triage.history.sentences import sentences
from triage.lists import queues
from triage.models import Conversation, Event, QueueCount
from triage.services import checking, counting, snoozing
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.decisions.undoing import NotUndoable
from triage.services.pen import claims, idling
from triage.services.pen.claims import NotTheHolder
from triage.services.snoozing import NotSnoozable, NotSnoozed
from triage.states import Disposition, Stage, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
COLD = "The heating of the whole street has been cold since Monday, and nobody answers the phone!"
MUCH_LATER = NOON + timedelta(hours=5)


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


@pytest.fixture
def care(policy) -> Department:
    return DepartmentFactory()


@pytest.fixture
def nadia(care, policy) -> User:
    user = MembershipFactory(department=care).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def new(channel) -> Conversation:
    (conversation,) = hear(channel, said("1", COLD, author_reach=100))
    return conversation


@pytest.fixture
def held(new, care, nadia, owner) -> Conversation:
    choice = Choice(Disposition.CUSTOMER_SERVICE, 2, department=care, visibility=Visibility.PUBLIC)
    deciding.decide(conversation_id=new.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)
    claims.claim_conversation(conversation_id=new.pk, agent=nadia, at=NOON)
    new.refresh_from_db()
    return new


def snooze(conversation: Conversation, by: User, *, until=LATER, reach=None) -> None:
    snoozing.snooze(
        conversation_id=conversation.pk, until=until, reach=reach, fence=conversation.fence, actor=by, at=NOON
    )
    conversation.refresh_from_db()


def listed(queue: queues.Queue, user: User) -> list[int]:
    found = queues.conversations_in(queue, user, at=NOON)
    return list(found.values_list("pk", flat=True))


def is_snoozed(conversation: Conversation) -> bool:
    return Conversation.objects.get(pk=conversation.pk).snoozed_at is not None


def numbers(user: User) -> counting.InboxNumbers:
    return counting.read_numbers(user_id=user.pk, sees_all=True, at=NOON)


def test_what_is_snoozed_leaves_its_queue_and_its_number(new, owner):
    due = new.due_at
    assert listed(queues.NEEDS_DECISION, owner) == [new.pk]

    snooze(new, owner)

    assert listed(queues.NEEDS_DECISION, owner) == []
    assert listed(queues.SNOOZED, owner) == [new.pk]
    assert (numbers(owner).by_stage["new"], numbers(owner).by_stage["snoozed"]) == (0, 1)
    assert (new.stage, new.due_at) == (Stage.NEW, due)
    assert queues.queue_of(new) == "snoozed"
    assert list(checking.differences()) == []


def test_it_comes_back_when_its_time_has_come(new, owner):
    snooze(new, owner)

    assert snoozing.sweep(at=LATER - timedelta(seconds=1)) == 0
    assert snoozing.sweep(at=LATER) == 1
    assert snoozing.sweep(at=LATER) == 0

    assert listed(queues.NEEDS_DECISION, owner) == [new.pk]
    assert numbers(owner).by_stage["new"] == 1
    told = Notification.objects.in_page().get(user=owner, kind=Notification.Kind.LOOK_AGAIN)
    assert told.conversation_id == new.pk
    assert [event.data for event in Event.objects.filter(kind=Event.Kind.WOKEN)] == [{"because": "time"}]
    assert list(checking.differences()) == []


def test_a_message_brings_it_back_at_once(channel, new, owner):
    snooze(new, owner, until=None)

    hear(channel, said("2", "Hello?", answers="1", minute=5), at=LATER)

    assert not is_snoozed(new)
    assert Event.objects.get(kind=Event.Kind.WOKEN).data == {"because": "message"}
    assert list(checking.differences()) == []


def test_our_own_post_and_a_copy_do_not_bring_it_back(channel, new, owner):
    snooze(new, owner, until=None)

    hear(channel, said("2", f"RT @anna: {COLD}", author="bot", minute=5), at=LATER)

    assert is_snoozed(new)


def test_it_comes_back_when_it_has_the_reach(channel, new, owner):
    snooze(new, owner, until=None, reach=5_000)
    text = f"RT @anna: {COLD}"

    hear(channel, said("2", text, author="bot", minute=5, author_reach=1_000), at=LATER)
    assert is_snoozed(new)
    hear(channel, said("3", text, author="carl", minute=6, author_reach=4_000), at=LATER)

    assert not is_snoozed(new)
    assert Event.objects.get(kind=Event.Kind.WOKEN).data == {"because": "reach"}
    assert list(checking.differences()) == []


def test_a_sweep_finds_the_reach_that_an_author_gained(new, owner):
    snooze(new, owner, until=None, reach=5_000)
    assert snoozing.sweep(at=LATER) == 0

    new.profile.reach = 6_000
    new.profile.save()

    assert snoozing.sweep(at=LATER) == 1
    assert not is_snoozed(new)


def test_a_sweep_locks_only_what_comes_back(channel, new, owner):
    snooze(new, owner, until=None, reach=5_000)
    for number in range(3):
        other = ConversationFactory(profile__channel=channel, profile__reach=100)
        snooze(other, owner, until=LATER if number else None, reach=None if number else 5_000)
    new.profile.reach = 5_000
    new.profile.save()

    with CaptureQueriesContext(connection) as queries:
        assert snoozing.sweep(at=LATER - timedelta(seconds=1)) == 1

    assert not is_snoozed(new)
    assert sum("FOR UPDATE" in query["sql"] for query in queries) == 1


def test_who_has_not_attested_may_put_aside_for_nothing_is_decided_by_it(new):
    unread = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    snooze(new, unread)

    assert is_snoozed(new)
    assert (new.stage, new.disposition) == (Stage.NEW, "")


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize(
    ("due_in", "first", "late"),
    [
        (timedelta(hours=-3), ["quarter"], []),
        (timedelta(minutes=10), [], ["quarter", "hour", "tomorrow", "monday"]),
        (timedelta(minutes=30), ["quarter"], ["hour", "tomorrow", "monday"]),
        (timedelta(hours=2), ["hour"], ["tomorrow", "monday"]),
        (timedelta(days=30), ["hour"], []),
    ],
)
def test_what_ends_after_the_deadline_says_so_and_is_not_chosen_beforehand(new, owner, due_in, first, late):
    Conversation.objects.update(due_at=NOON + due_in, step_due_at=NOON + due_in)

    page = browser(owner).get(f"/conversations/{new.pk}/snooze/").content.decode()

    choices = re.findall(r'name="when" value="(\w+)"[^>]*?( checked)?>\s*([^<]+)', page)
    assert [name for name, checked, _text in choices if checked] == first
    assert [name for name, _checked, text in choices if "(after the deadline)" in text] == late
    assert [name for name, _checked, _text in choices][-len(late) - 2 :] == ["message", *late, "moment"]


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize(("when", "until"), [("hour", NOON + timedelta(hours=3)), ("message", None)])
def test_a_date_that_is_filled_in_counts_unless_something_else_was_chosen(when, until, new, owner):
    moment = timezone.localtime(NOON + timedelta(hours=3))
    sent = {"fence": new.fence, "when": when, "moment": f"{moment:%Y-%m-%dT%H:%M}", "reach": ""}

    browser(owner).post(f"/conversations/{new.pk}/snooze/", sent, headers=HTMX)

    new.refresh_from_db()
    assert (new.snoozed_at, new.snoozed_until) == (NOON, until)


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize(("minutes", "told"), [(30, "Snoozed until after its deadline."), (90, "Snoozed. It comes")])
def test_who_puts_aside_past_the_deadline_is_told(new, owner, minutes, told):
    Conversation.objects.update(due_at=NOON + timedelta(minutes=minutes), step_due_at=NOON + timedelta(minutes=minutes))
    sent = {"fence": new.fence, "when": "hour", "moment": "", "reach": ""}

    answer = browser(owner).post(f"/conversations/{new.pk}/snooze/", sent, headers=HTMX)

    assert told in answer.content.decode()


def test_a_reach_that_is_there_already_is_refused(new, owner):
    with pytest.raises(Invalid, match="as many people already"):
        snooze(new, owner, until=None, reach=100)
    assert not is_snoozed(new)


@pytest.mark.parametrize("until", [NOON, NOON + timedelta(days=91)])
def test_a_moment_that_is_over_or_too_far_away_is_refused(until, new, owner):
    with pytest.raises(Invalid, match="within the next 90 days"):
        snooze(new, owner, until=until)
    assert not is_snoozed(new)


def test_whoever_moves_it_on_wakes_it(new, care, owner):
    snooze(new, owner)
    choice = Choice(Disposition.CUSTOMER_SERVICE, 2, department=care, visibility=Visibility.PUBLIC)

    deciding.decide(conversation_id=new.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)

    assert not is_snoozed(new)
    assert numbers(owner).by_stage["snoozed"] == 0
    assert list(checking.differences()) == []


def test_the_holder_keeps_what_they_snooze_and_it_does_not_rest(held, nadia, owner):
    snooze(held, nadia, until=MUCH_LATER)

    assert listed(queues.MINE, nadia) == []
    assert idling.sweep(at=NOON + timedelta(hours=4)) == (0, 0)
    snoozing.sweep(at=MUCH_LATER)

    held.refresh_from_db()
    assert (held.stage, held.holder, held.worked_at) == (Stage.CLAIMED, nadia, MUCH_LATER)
    assert Notification.objects.in_page().filter(user=nadia, kind=Notification.Kind.LOOK_AGAIN).count() == 1
    assert list(checking.differences()) == []


def test_what_somebody_else_holds_is_not_snoozed(held, owner):
    with pytest.raises(NotTheHolder, match=f"^{held.holder.name} holds this conversation now.$"):
        snooze(held, owner)
    assert not is_snoozed(held)


def test_a_page_from_before_the_last_change_snoozes_nothing(new, owner):
    Conversation.objects.filter(pk=new.pk).update(fence=5)

    with pytest.raises(NotSnoozable):
        snooze(new, owner)
    assert not is_snoozed(new)


def test_it_is_woken_by_hand_once(new, owner):
    snooze(new, owner)
    snoozing.wake(conversation_id=new.pk, actor=owner, at=LATER)

    with pytest.raises(NotSnoozed):
        snoozing.wake(conversation_id=new.pk, actor=owner, at=LATER)
    assert Event.objects.filter(kind=Event.Kind.WOKEN).count() == 1


def snooze_again(conversation: Conversation, by: User, *, at=LATER - timedelta(seconds=1), fence=0) -> None:
    snoozing.snooze_again(conversation_id=conversation.pk, actor=by, fence=fence, at=at)
    conversation.refresh_from_db()


def test_what_was_brought_back_is_put_aside_as_it_was(new, owner):
    snooze(new, owner, reach=5_000)
    other = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    snoozing.wake(conversation_id=new.pk, actor=other, at=NOON)

    snooze_again(new, other)

    # Who had put it aside is told when it comes back.
    assert (new.snoozed_by, new.snoozed_until, new.snoozed_reach) == (owner, LATER, 5_000)
    assert listed(queues.SNOOZED, owner) == [new.pk]
    assert snoozing.sweep(at=LATER) == 1
    assert list(checking.differences()) == []


@pytest.mark.parametrize("happened", ["another", "late", "passed", "reached", "heard", "stale", "time"])
def test_what_somebody_has_gone_on_with_is_not_put_aside_again(channel, new, owner, happened):
    snooze(new, owner, reach=5_000, until=NOON + timedelta(minutes=40) if happened == "passed" else MUCH_LATER)
    actor, at, fence = owner, LATER, 0
    if happened == "time":
        snoozing.sweep(at=MUCH_LATER)
    else:
        snoozing.wake(conversation_id=new.pk, actor=owner, at=NOON + timedelta(minutes=1))
    if happened == "another":
        actor = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    elif happened == "late":
        at = NOON + timedelta(minutes=61, seconds=1)
    elif happened == "passed":
        at = NOON + timedelta(minutes=45)
    elif happened == "reached":
        type(new.profile).objects.update(reach=6_000)
    elif happened == "heard":
        hear(channel, said("2", "Hello?", answers="1", minute=5), at=LATER)
    elif happened == "stale":
        fence = 1
    events = new.events.count()

    with pytest.raises(NotUndoable):
        snooze_again(new, actor, at=at, fence=fence)

    assert not is_snoozed(new)
    assert new.events.count() == events


@pytest.mark.usefixtures("portal")
def test_bringing_back_is_taken_back(new, owner):
    snooze(new, owner, until=None)
    client = browser(owner)

    answer = client.post(f"/conversations/{new.pk}/wake/?from=snoozed", headers=HTMX).content.decode()

    address = f"/conversations/{new.pk}/snooze-again/?from="
    assert f'action="{address}' in answer[answer.index('<div id="toast"') :]
    client.post(address, {"fence": 0, "undo": 1})
    assert is_snoozed(new)


@pytest.mark.usefixtures("portal")
def test_snoozing_goes_on_to_the_next_and_is_taken_back(new, owner):
    client = browser(owner)
    sent = {"fence": new.fence, "when": "hour", "moment": "", "reach": ""}
    address = f"/conversations/{new.pk}/snooze/?from=needs-decision"
    htmx = {"HX-Request": "true", "HX-Target": "conversation", "Goes-On": "1"}
    assert "data-goes-on" in client.get(address, headers={"HX-Request": "true"}).content.decode()

    answer = client.post(address, sent, headers=htmx)

    assert is_snoozed(new)
    assert answer["HX-Reswap"] == "none"
    way_back = f"/conversations/{new.pk}/wake/?from=needs-decision"
    assert f'action="{way_back}"' in answer.content.decode()
    client.post(way_back, {"undo": "1"})
    assert not is_snoozed(new)


def test_the_record_says_until_when(new, owner):
    snooze(new, owner, reach=5_000)
    snoozing.wake(conversation_id=new.pk, actor=owner, at=LATER)

    said_of_it = list(sentences(list(new.events.order_by("pk"))).values())[1:]

    assert said_of_it == [
        f"{owner.name} snoozed the conversation until 4 Mar, 13:00, or until it reaches 5,000 people.",
        f"{owner.name} brought the conversation back.",
    ]


def test_the_numbers_stay_right_when_rows_are_added_together(new, owner):
    snooze(new, owner)
    counting.compact()
    ConversationFactory(profile__channel=new.channel)

    assert (numbers(owner).by_stage["new"], numbers(owner).by_stage["snoozed"]) == (1, 1)
    assert QueueCount.objects.filter(stage="snoozed").count() == 1
