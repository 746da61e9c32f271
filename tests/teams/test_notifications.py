from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import IntegrityError, transaction

from teams import tasks
from teams.models import Notification, User
from teams.services import notifications
from teams.services.notifications import MailRefused
from tests.factories.teams import NOON, UserFactory
from tests.support.network import Killed
from tests.support.race import race

pytestmark = pytest.mark.django_db

Kind, Medium, State = Notification.Kind, Notification.Medium, Notification.State


def notify(*people: User, event_id: int = 1, actor: User | None = None, at: datetime = NOON) -> None:
    notifications.notify(
        people=people,
        kind=Kind.QUEUE,
        event_id=event_id,
        conversation_id=7,
        subject="Anna: The heating is cold.",
        actor=actor,
        at=at,
    )


def send(carrier=lambda notification: None, at: datetime = NOON, limit: int = 100) -> int:
    return notifications.send_due(medium=Medium.EMAIL, clock=lambda: at, send=carrier, limit=limit)


def mails() -> list[tuple[int, str]]:
    return list(Notification.objects.filter(medium=Medium.EMAIL).order_by("pk").values_list("user", "state"))


def refuse(notification: Notification) -> None:
    raise MailRefused("The server is full.")


def test_everybody_is_told_in_the_page_and_by_mail():
    person, actor = UserFactory(), UserFactory()

    notify(person, actor=actor)

    assert [
        (row.user, row.medium, row.state, row.sent_at, row.read_at) for row in Notification.objects.order_by("pk")
    ] == [(person, Medium.PAGE, State.SENT, NOON, None), (person, Medium.EMAIL, State.QUEUED, None, None)]
    row = Notification.objects.first()
    assert (row.kind, row.event_id, row.conversation_id, row.subject, row.actor, row.created_at) == (
        Kind.QUEUE,
        1,
        7,
        "Anna: The heating is cold.",
        actor,
        NOON,
    )


def test_who_wants_no_mail_is_told_in_the_page_alone():
    notify(UserFactory(wants_email=False))

    assert list(Notification.objects.values_list("medium", flat=True)) == [Medium.PAGE]


def test_who_has_left_is_not_told():
    notify(UserFactory(is_active=False))

    assert not Notification.objects.exists()


def test_telling_twice_of_one_event_tells_once():
    person = UserFactory()

    notify(person)
    notify(person)
    notify(person, event_id=2)

    assert Notification.objects.count() == 4


def test_mails_start_only_after_the_commit(django_capture_on_commit_callbacks):
    person = UserFactory()
    with (
        mock.patch("celery.Celery.send_task") as start,
        mock.patch("socialhub.lib.live._send") as publish,
        django_capture_on_commit_callbacks(execute=True),
    ):
        notify(person, UserFactory(is_active=False))
        start.assert_not_called()
        publish.assert_not_called()

    assert start.call_args_list == [mock.call("teams.send_notifications", kwargs={"medium": "email"}, retry=False)]
    assert publish.call_args_list == [mock.call(f'{{"people": [{person.pk}]}}')]


def test_due_mails_are_sent_once():
    people = [UserFactory(), UserFactory()]
    notify(*people)
    carrier = mock.Mock()

    assert send(carrier) == 2
    assert send(carrier) == 0

    assert [call.args[0].user for call in carrier.call_args_list] == people
    row = Notification.objects.filter(medium=Medium.EMAIL).first()
    assert (row.state, row.sent_at, row.claimed_at, row.attempt_count, row.error) == (State.SENT, NOON, None, 1, "")


def test_a_mail_is_claimed_before_it_is_sent_and_as_late_as_that():
    notify(UserFactory(), UserFactory())
    moments = iter([NOON, NOON + timedelta(minutes=4), NOON + timedelta(minutes=8)])
    claimed = []

    def carrier(notification: Notification) -> None:
        row = Notification.objects.get(pk=notification.pk)
        claimed.append((row.state, row.claimed_at))

    notifications.send_due(medium=Medium.EMAIL, clock=lambda: next(moments), send=carrier)

    assert claimed == [(State.SENDING, NOON), (State.SENDING, NOON + timedelta(minutes=4))]


def test_a_run_sends_at_most_its_limit_and_wakes_the_next(monkeypatch):
    woken = []
    notify(*[UserFactory() for _ in range(3)])
    monkeypatch.setattr(notifications, "wake", lambda _task, **given: woken.append(given["medium"]))

    assert [send(limit=2), send(limit=2), send(limit=2)] == [2, 1, 0]
    assert woken == ["email"]


def test_a_refused_mail_is_tried_again_ever_later_and_then_given_up():
    notify(UserFactory())
    at, pauses = NOON, []
    for _ in range(5):
        assert send(refuse, at) == 0
        row = Notification.objects.get(medium=Medium.EMAIL)
        assert (row.error, row.claimed_at) == ("The server is full.", None)
        if row.state == State.QUEUED:
            pauses.append((row.not_before_at - at).total_seconds() / 60)
            at = row.not_before_at

    assert pauses == [1, 5, 30, 150]
    assert (row.state, row.attempt_count) == (State.FAILED, 5)
    assert send(refuse, at + timedelta(days=1)) == 0


def test_a_mail_is_not_sent_before_its_time():
    notify(UserFactory())
    send(refuse)

    assert send(at=NOON + timedelta(seconds=59)) == 0
    assert send(at=NOON + timedelta(seconds=60)) == 1


def test_one_refused_mail_does_not_hold_up_the_others():
    people = [UserFactory(), UserFactory()]
    notify(*people)

    def carrier(notification: Notification) -> None:
        if notification.user == people[0]:
            raise MailRefused("No such mailbox.")

    assert send(carrier) == 1
    assert mails() == [(people[0].pk, State.QUEUED), (people[1].pk, State.SENT)]


def do_at_once(monkeypatch):
    monkeypatch.setattr(notifications, "wake", lambda _task, **arguments: tasks.send_notifications(**arguments))


def die(notification: Notification) -> None:
    raise Killed


def test_a_mail_whose_worker_died_is_sent_by_the_sweep(time_machine, mailoutbox, monkeypatch):
    person = UserFactory(email="anna@example.com")
    notify(person)
    do_at_once(monkeypatch)
    with pytest.raises(Killed):
        send(die)
    assert mails() == [(person.pk, State.SENDING)]
    assert send() == 0

    time_machine.move_to(NOON + notifications.STUCK_AFTER, tick=False)
    tasks.sweep_notifications()
    assert mailoutbox == []

    time_machine.move_to(NOON + notifications.STUCK_AFTER + timedelta(seconds=1), tick=False)
    tasks.sweep_notifications()
    assert [mail.to for mail in mailoutbox] == [["anna@example.com"]]
    assert mails() == [(person.pk, State.SENT)]

    tasks.sweep_notifications()
    assert len(mailoutbox) == 1


def test_a_mail_that_breaks_every_worker_is_given_up():
    person = UserFactory()
    notify(person)
    at = NOON
    for _ in range(5):
        with pytest.raises(Killed):
            send(die, at)
        at += timedelta(minutes=6)
        assert notifications.requeue_stuck(at=at) == 1

    row = Notification.objects.get(medium=Medium.EMAIL)
    assert (row.state, row.error) == (State.FAILED, "No worker finished sending it.")
    assert send(die, at) == 0


def test_a_lost_wake_up_is_repaired_by_the_sweep(time_machine, mailoutbox, monkeypatch):
    notify(UserFactory())
    do_at_once(monkeypatch)
    time_machine.move_to(NOON, tick=False)

    tasks.sweep_notifications()

    assert len(mailoutbox) == 1


def test_the_task_sends_what_is_due(time_machine, mailoutbox):
    notify(UserFactory(email="anna@example.com"), actor=UserFactory(name="Bo Berg"))
    time_machine.move_to(NOON, tick=False)

    tasks.send_notifications(medium=Medium.EMAIL)

    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["anna@example.com"], "Bo Berg handed your department a conversation.")
    assert "Anna: The heating is cold." in mail.body
    assert "http://localhost:8000/conversations/7/" in mail.body


def test_what_is_about_no_conversation_leads_to_a_page_of_its_own(time_machine, mailoutbox):
    notifications.notify(
        people=[UserFactory(email="anna@example.com")],
        kind=Kind.CHANNEL_DEAF,
        path="/channels/3/",
        subject="Press: not heard since 12:00.",
        actor=None,
        at=NOON,
    )
    time_machine.move_to(NOON, tick=False)

    tasks.send_notifications(medium=Medium.EMAIL)

    (mail,) = mailoutbox
    assert mail.subject == "A channel is not heard any more."
    assert "http://localhost:8000/channels/3/" in mail.body


@pytest.mark.parametrize("place", [{}, {"conversation_id": 1, "path": "/channels/3/"}])
def test_a_notification_leads_to_exactly_one_place(place):
    with pytest.raises(IntegrityError, match="teams_notification_leads_somewhere"), transaction.atomic():
        notifications.notify(
            people=[UserFactory()], kind=Kind.CHANNEL_DEAF, subject="Press", actor=None, at=NOON, **place
        )


def test_a_worker_given_up_for_dead_does_not_undo_the_one_that_took_over():
    notify(UserFactory())

    def slow(notification: Notification) -> None:
        Notification.objects.filter(pk=notification.pk).update(claimed_at=NOON + timedelta(minutes=6))
        raise MailRefused("Too slow.")

    assert send(slow) == 0

    row = Notification.objects.get(medium=Medium.EMAIL)
    assert (row.state, row.claimed_at, row.error) == (State.SENDING, NOON + timedelta(minutes=6), "")


def test_what_was_told_is_read_all_or_by_conversation():
    person, other = UserFactory(), UserFactory()
    notify(person, other)
    Notification.objects.filter(user=person).update(conversation_id=8)
    notify(person, event_id=2)

    assert notifications.mark_read(user=person, at=NOON, conversation_id=8) == 1
    assert notifications.mark_read(user=person, at=NOON) == 1
    assert notifications.mark_read(user=person, at=NOON) == 0
    assert Notification.objects.in_page().unread().count() == 1
    assert not Notification.objects.filter(medium=Medium.EMAIL, read_at__isnull=False).exists()


def test_one_worker_at_a_time_sends_by_a_medium_unless_it_seems_dead():
    notify(UserFactory(), UserFactory())
    sent = []

    def slow(notification: Notification) -> None:
        # Meanwhile others come.
        sent.append([send(), send(at=NOON + timedelta(seconds=59)), send(at=NOON + timedelta(seconds=60), limit=1)])

    send(slow, limit=1)

    assert sent == [[0, 0, 1]]
    assert mails() == [(person, State.SENT) for person, _state in mails()]


def test_a_run_ends_behind_one_that_was_slow(monkeypatch):
    notify(UserFactory(), UserFactory())
    moments = iter([0.0, notifications.SLOW_SECONDS])
    monkeypatch.setattr("teams.services.notifications.time.monotonic", lambda: next(moments))

    assert send() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_mail_once(monkeypatch):
    monkeypatch.setattr("socialhub.lib.queue._send", lambda *_: None)
    monkeypatch.setattr("socialhub.lib.live._send", lambda *_: None)
    notify(*[UserFactory() for _ in range(20)])
    sent: list[int] = []

    outcomes = race(*[lambda: send(lambda notification: sent.append(notification.pk))] * 4)

    assert sum(outcomes) == 20
    assert len(sent) == len(set(sent)) == 20


@pytest.mark.django_db(transaction=True)
def test_a_page_that_opens_no_transaction_marks_what_it_shows_as_read():
    person = UserFactory()
    notify(person)

    assert notifications.mark_read(user=person, at=NOON, conversation_id=7) == 1
    assert notifications.mark_read(user=person, at=NOON) == 0
