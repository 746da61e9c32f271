from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from listening.models import StreamMatch
from socialhub.lib import live
from teams.changes import sentence_of_change
from teams.models import AuditEntry, Department, Notification, Organisation
from teams.roles import Role
from tests.factories.listening import ChannelFactory, ProfileFactory, StreamFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.sending import deliver, fresh, kinds
from tests.support.visiting import browser, get
from triage.history.sentences import sentence
from triage.models import Draft, Reply, SendingStop
from triage.services import closing
from triage.services.pen import claims, handing_over, taking_over
from triage.services.sending import outbox, replies, stopping
from triage.services.sending.stopping import LiftedAlready, Reach, StandsAlready
from triage.states import Failure, Outcome, ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def reply(held, policy) -> Reply:
    return ReplyFactory(conversation=held, policy_version=policy)


@pytest.fixture
def stream(held):
    found = StreamFactory(name="Our name")
    StreamMatch.objects.create(stream=found, mention=last_heard(held))
    return found


def stop(owner, **reach) -> SendingStop:
    return stopping.stop_sending(reach=Reach(**reach), reason="Our account was taken over.", actor=owner, at=NOON)


def lift(stopped: SendingStop, owner) -> int:
    return stopping.lift_stop(stop_id=stopped.pk, actor=owner, at=LATER)


def places(reply: Reply, stream) -> dict[str, Reach]:
    conversation = reply.conversation
    return {
        "everything": Reach(),
        "channel": Reach(channel=conversation.channel),
        "stream": Reach(stream=stream),
        "department": Reach(department=conversation.department),
        "another channel": Reach(channel=ChannelFactory()),
        "another stream": Reach(stream=StreamFactory()),
        "another department": Reach(department=DepartmentFactory()),
    }


@pytest.mark.parametrize(
    ("place", "is_stopped"),
    [
        ("everything", True),
        ("channel", True),
        ("stream", True),
        ("department", True),
        ("another channel", False),
        ("another stream", False),
        ("another department", False),
    ],
)
def test_a_stop_holds_what_it_reaches_and_nothing_else(reply, owner, stream, network, place, is_stopped):
    stopping.stop_sending(reach=places(reply, stream)[place], reason="Taken over.", actor=owner, at=NOON)

    assert deliver(reply, network) is not is_stopped

    assert fresh(reply).state == (ReplyState.QUEUED if is_stopped else ReplyState.SENT)
    assert len(network.posts) == (0 if is_stopped else 1)


def test_what_a_stop_holds_takes_no_turn_of_the_sweep(reply, held, agent, policy, owner, monkeypatch):
    woken = []
    monkeypatch.setattr(outbox, "wake", lambda task, *, reply_id: woken.append(reply_id))
    free = ReplyFactory(
        conversation=ConversationFactory(
            claimed=True, holder=agent, profile=ProfileFactory(channel__kind="scripted"), department=held.department
        ),
        policy_version=policy,
    )
    stop(owner, channel=held.channel)

    outbox.sweep(at=LATER)

    assert woken == [free.pk]


def test_after_a_stop_each_held_answer_asks_its_writer_again(reply, agent, owner, network):
    stopped = stop(owner)
    deliver(reply, network)

    assert lift(stopped, owner) == 1

    held = fresh(reply)
    assert (held.state, held.failure, held.error) == (
        ReplyState.FAILED,
        Failure.STOPPED,
        "Sending was stopped. Look and send again.",
    )
    assert Draft.objects.get(author=agent).body == reply.body
    assert kinds(reply.conversation) == ["reply_failed"]
    assert Notification.objects.get(kind="reply_failed").user == agent
    assert deliver(reply, network, LATER) is False
    assert network.posts == []

    replies.retry_reply(reply_id=reply.pk, author=agent, at=LATER)
    assert Draft.objects.get(author=agent).body == ""
    assert deliver(reply, network, LATER) is True


def test_what_another_stop_reaches_goes_on_waiting_for_it(reply, held, owner, network):
    everything, channel = stop(owner), stop(owner, channel=held.channel)

    assert lift(everything, owner) == 0
    assert deliver(reply, network) is False
    assert (fresh(reply).state, Organisation.objects.get().is_sending_stopped) == (ReplyState.QUEUED, True)

    assert lift(channel, owner) == 1
    assert (fresh(reply).state, Organisation.objects.get().is_sending_stopped) == (ReplyState.FAILED, False)


def test_what_no_stop_reached_is_not_asked_about(reply, owner):
    assert lift(stop(owner, channel=ChannelFactory()), owner) == 0
    assert fresh(reply).state == ReplyState.QUEUED


def test_a_place_is_stopped_once_and_a_stop_lifted_once(held, owner):
    stopped = stop(owner, channel=held.channel)
    with pytest.raises(StandsAlready):
        stop(owner, channel=held.channel)
    assert SendingStop.objects.count() == 1

    lift(stopped, owner)
    with pytest.raises(LiftedAlready):
        lift(stopped, owner)

    again = stop(owner, channel=held.channel)
    assert (again.lifted_at, SendingStop.objects.count()) == (None, 2)


def test_the_record_tells_who_stopped_what_and_why(held, owner, reply):
    lift(stop(owner, channel=held.channel), owner)

    stopped, resumed = AuditEntry.objects.order_by("pk")
    assert sentence_of_change(stopped) == (
        f"Olga Owner stopped sending: the channel {held.channel.name} (“Our account was taken over.”)."
    )
    assert sentence_of_change(resumed) == f"Olga Owner allowed sending again: the channel {held.channel.name}."
    assert resumed.detail["held"] == 1


# The pages.


@pytest.fixture
def manager():
    return AppointmentFactory(role=Role.MANAGER, user__name="Mia Manager").user


def test_stopping_and_lifting_on_the_page(reply, manager, agent):
    response = browser(manager).post("/sending/", {"where": "everything", "reason": "Our account was taken over."})

    stopped = SendingStop.objects.get()
    assert (response.status_code, response["Location"]) == (302, "/sending/")
    assert (stopped.reason, stopped.stopped_by, stopped.channel) == ("Our account was taken over.", manager, None)
    page = get(agent, f"/inbox/mine/{reply.conversation_id}/")
    assert "Sending is stopped: everything." in page
    assert "Our account was taken over." in page
    assert "Waits: sending is stopped" in page

    lifted = browser(manager).post(f"/sending/{stopped.pk}/lift/", follow=True)
    assert "1 had waited: its writer is asked to look and send it again." in lifted.content.decode()
    assert "Sending is stopped" not in get(agent, "/inbox/mine/")


@pytest.mark.parametrize(
    "form",
    [
        {"where": "everything", "reason": ""},
        {"where": "everything", "reason": " \n"},
        {"where": "channel-0", "reason": "x"},
        {"where": "", "reason": "x"},
        {"where": "everything", "reason": "x" * 501},
    ],
)
def test_a_stop_without_a_place_or_a_reason_is_refused(manager, form):
    response = browser(manager).post("/sending/", form)

    assert response.status_code == 422
    assert not SendingStop.objects.exists()
    assert not Organisation.objects.get().is_sending_stopped


def test_a_double_click_answers_with_the_truth(manager, owner):
    stopped = stop(owner)

    twice = browser(manager).post("/sending/", {"where": "everything", "reason": "Again"})
    lift(stopped, owner)
    late = browser(manager).post(f"/sending/{stopped.pk}/lift/")

    assert (twice.status_code, late.status_code) == (409, 409)
    assert "Sending is stopped there already." in twice.content.decode()
    assert "This stop was lifted already." in late.content.decode()
    assert AuditEntry.objects.count() == 2


def test_a_stop_of_a_department_is_shown_to_its_people_only(owner, agent, care):
    other = MembershipFactory(department=DepartmentFactory()).user
    stop(owner, department=care)

    assert "the department Customer care" in get(agent, "/sending/")
    assert "the department Customer care" not in get(other, "/sending/")
    assert 'class="banner tone-urgent"' not in get(other, "/inbox/mine/")


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as found:
        client.get("/write-down/")
    return len(found)


def test_a_banner_costs_no_query_per_page(agent, owner):
    client = browser(agent)
    client.get("/write-down/")
    free = queries(client)
    stop(owner)
    shown = client.get("/write-down/").content.decode()

    assert "Sending is stopped: everything." in shown
    assert queries(client) == free


# The API.


def test_a_program_stops_and_lifts(reply, manager, held):
    client = browser(manager)
    stopped = client.post(
        "/api/stops/", {"department": "care", "reason": "Taken over."}, content_type="application/json"
    )
    twice = client.post("/api/stops/", {"department": "care", "reason": "Again."}, content_type="application/json")
    lifted = client.delete(f"/api/stops/{stopped.json()['id']}/")

    assert (stopped.status_code, stopped.json()["department"], stopped.json()["lifted_at"]) == (201, "care", None)
    assert (twice.status_code, twice.json()["code"]) == (409, "stands_already")
    assert (lifted.status_code, lifted.json()["held"], lifted.json()["lifted_by"]["id"]) == (200, 1, manager.pk)
    assert Department.objects.get(slug="care").sending_stops.count() == 1


def test_a_program_stops_one_place_at_a_time(manager, held):
    answer = browser(manager).post(
        "/api/stops/",
        {"department": "care", "channel": held.channel_id, "reason": "x"},
        content_type="application/json",
    )

    assert answer.status_code in (400, 422)
    assert not SendingStop.objects.exists()


def test_open_pages_hear_of_a_stop_and_fetch_it_at_once(
    owner, agent, care, monkeypatch, django_capture_on_commit_callbacks
):
    said: list[str] = []
    monkeypatch.setattr(live, "_send", said.append)
    other = MembershipFactory().user
    pages = {user: get(user, "/sending/standing/") for user in (agent, other)}

    with django_capture_on_commit_callbacks(execute=True):
        stopped = stop(owner, department=care)
    shown = {user: get(user, "/sending/standing/") for user in (agent, other)}
    with django_capture_on_commit_callbacks(execute=True):
        lift(stopped, owner)

    told = f'{{"sending": true, "department": {care.pk}}}'
    assert [one for one in said if one != '{"rights": true}'] == ['{"inbox": true}', told] * 2
    assert "Sending is stopped: the department Customer care." in shown[agent]
    assert "Sending is stopped" not in pages[agent] + shown[other] + get(agent, "/sending/standing/")


def release(reply: Reply) -> None:
    claims.release_conversation(conversation_id=reply.conversation_id, agent=reply.author, fence=2, at=LATER)


def hand_over(reply: Reply) -> None:
    taker = MembershipFactory(department=reply.conversation.department).user
    asked = handing_over.ask(
        conversation_id=reply.conversation_id, giver=reply.author, taker=taker, note="", fence=2, at=LATER
    )
    handing_over.accept(hand_over_id=asked.pk, taker=taker, at=LATER)


def take_over(reply: Reply) -> None:
    lead = MembershipFactory(department=reply.conversation.department, role=Role.LEAD).user
    taking_over.take_over(
        conversation_id=reply.conversation_id,
        actor=lead,
        reason="She is ill.",
        to_queue=False,
        give_to=None,
        fence=2,
        at=LATER,
    )


def close(reply: Reply) -> None:
    closing.close_conversation(
        conversation_id=reply.conversation_id, actor=reply.author, outcome=Outcome.RESOLVED, fence=2, at=LATER
    )


MOVES = {
    release: ["reply_withdrawn", "released"],
    hand_over: ["hand_over_asked", "reply_withdrawn", "handed_over"],
    take_over: ["reply_withdrawn", "taken_over"],
    close: ["reply_withdrawn", "closed"],
}


@pytest.mark.parametrize("move", MOVES)
def test_what_a_stop_holds_becomes_a_draft_again_when_the_pen_moves_on(reply, owner, network, move):
    stopped = stop(owner)

    move(reply)

    assert fresh(reply).state == ReplyState.WITHDRAWN
    assert kinds(reply.conversation) == MOVES[move]
    draft = Draft.objects.get()
    assert (draft.author, draft.body) == (reply.author, reply.body)
    told = reply.conversation.events.get(kind="reply_withdrawn")
    assert sentence(told) == "The answer that a stop held became a draft again."
    assert lift(stopped, owner) == 0
    assert deliver(reply, network) is False
    assert network.posts == []


@pytest.mark.parametrize("move", MOVES)
def test_a_stop_elsewhere_moves_no_pen(reply, owner, move):
    stop(owner, channel=ChannelFactory())

    with pytest.raises((claims.AnswerUnderway, closing.NotOpen)):
        move(reply)

    held = fresh(reply)
    assert (held.state, held.conversation.holder, held.conversation.fence) == (ReplyState.QUEUED, reply.author, 2)
    assert "reply_withdrawn" not in kinds(held.conversation)


@pytest.mark.parametrize("state", [ReplyState.SENDING, ReplyState.UNCERTAIN])
def test_what_left_before_the_stop_holds_the_pen(reply, owner, state):
    Reply.objects.update(state=state, claimed_at=NOON)
    stop(owner)

    with pytest.raises(claims.AnswerUnderway):
        release(reply)

    assert fresh(reply).state == state
    assert kinds(reply.conversation) == []
