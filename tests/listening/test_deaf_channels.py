from datetime import timedelta

import pytest

from listening.connectors.base import AuthorisationFailure, RateLimited, TemporaryFailure
from listening.models import Channel
from listening.services import channels, coverage, fetching
from socialhub.celery import app
from teams.models import Notification, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.listening.scripted import Look

pytestmark = pytest.mark.django_db

Kind = Notification.Kind

MINUTE = timedelta(minutes=1)


@pytest.fixture
def owner(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(user=UserFactory(name="Ada Holm"), role=Role.ADMINISTRATOR).user


@pytest.fixture
def channel(network, owner) -> Channel:
    return ChannelFactory(
        name="Press", kind="scripted", next_fetch_at=NOON, poll_seconds=60, owner=owner, created_at=NOON
    )


@pytest.fixture
def look(channel, network) -> Look:
    return Look(channel, network)


def told() -> list[tuple[str, str, str]]:
    rows = Notification.objects.in_page().order_by("pk")
    return [(row.kind, row.user.name, row.subject) for row in rows]


def sweep(minute: float) -> int:
    return coverage.tell_of_deaf_channels(at=NOON + timedelta(minutes=minute))


def test_the_owner_is_told_after_two_looks_and_once(look):
    look(0)
    look(1, TemporaryFailure("Busy."))
    assert (sweep(1.9), told()) == (0, [])
    look(2, TemporaryFailure("Busy."))

    assert [sweep(minute) for minute in (2.25, 2.5, 60)] == [1, 0, 0]

    assert told() == [
        (
            Kind.CHANNEL_DEAF,
            "Ada Holm",
            "Press: not heard since 4 Mar 2026, 12:00. The network did not answer as it should.",
        )
    ]
    assert Notification.objects.filter(medium="email", state="queued").count() == 1


@pytest.mark.parametrize("deaf_since", [0.1, 2.5, 4.9])
def test_the_owner_is_told_within_two_intervals_of_the_moment_it_goes_deaf(channel, network, deaf_since):
    Channel.objects.filter(pk=channel.pk).update(poll_seconds=300)
    period = app.conf.beat_schedule["tell of deaf channels"]["schedule"] / 60
    minute = 0.0
    while not told():
        network.script = [TemporaryFailure("Busy.")] if minute > deaf_since else []
        for channel_id in fetching.due_channel_ids(at=NOON + minute * MINUTE):
            fetching.fetch_channel(channel_id=channel_id, at=NOON + minute * MINUTE)
        sweep(minute)
        minute += period

    told_at = Notification.objects.first().created_at
    assert told_at <= NOON + deaf_since * MINUTE + timedelta(minutes=10)


def test_a_second_look_that_is_due_or_going_on_is_waited_for(channel, look):
    look(0)
    look(1, TemporaryFailure("Busy."))
    assert sweep(2.4) == 0
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=NOON + 4 * MINUTE, claimed_at=NOON + 2 * MINUTE)
    assert sweep(2.5) == 0
    Channel.objects.filter(pk=channel.pk).update(claimed_at=None)

    look(2.6, TemporaryFailure("Busy."))

    assert sweep(2.7) == 1


def test_a_second_look_that_nobody_begins_is_not_waited_for(look):
    look(0)
    look(1, TemporaryFailure("Busy."))

    assert [sweep(2.4), sweep(2.5)] == [0, 1]


def test_a_network_that_asks_for_a_long_pause_is_told_of_at_once(look):
    look(0)
    look(1, RateLimited("Too often.", retry_after=3600))

    assert [sweep(1.9), sweep(2)] == [0, 1]


def test_who_was_told_that_it_is_deaf_is_told_that_it_hears(look):
    look(0)
    look(1, TemporaryFailure("Busy."))
    sweep(2.5)

    look(10)
    look(11)

    assert [(kind, subject) for kind, _name, subject in told()][1:] == [
        (Kind.CHANNEL_HEARD, "Press: heard again since 4 Mar 2026, 12:10.")
    ]


def test_nobody_is_told_of_a_gap_that_was_over_before(look):
    look(0)
    look(1, TemporaryFailure("Busy."))
    look(2)

    assert sweep(10) == 0
    assert told() == []


def test_nobody_is_told_of_a_pause(channel, owner, look):
    look(0)
    look(1, TemporaryFailure("Busy."))
    channels.pause_channel(channel_id=channel.pk, actor=owner, at=NOON + MINUTE)

    assert sweep(60) == 0
    assert told() == []


def test_another_reason_is_told_only_where_somebody_has_to_do_something(look):
    look(0)
    look(1, TemporaryFailure("Busy."))
    sweep(2.5)
    look(3, RateLimited("Too often."))
    assert sweep(60) == 0

    look(61, AuthorisationFailure("Sign in again."))

    assert [sweep(62), sweep(63)] == [0, 1]
    assert told()[1][2] == "Press: not heard since 4 Mar 2026, 13:01. Our sign-in was not accepted."


@pytest.mark.parametrize("change", ["no owner", "left", "no role"])
def test_administrators_are_told_where_no_owner_can_be(channel, owner, look, change):
    if change == "no owner":
        Channel.objects.update(owner=None)
    else:
        other = UserFactory(is_active=change != "left")
        Channel.objects.update(owner=other)
    AppointmentFactory(user=UserFactory(name="Bo Lind"), role=Role.ADMINISTRATOR)
    AppointmentFactory(user=UserFactory(is_active=False), role=Role.ADMINISTRATOR)
    AppointmentFactory(role=Role.MANAGER)
    look(0)
    look(1, TemporaryFailure("Busy."))

    sweep(2.5)

    assert [name for _kind, name, _subject in told()] == ["Ada Holm", "Bo Lind"]


def test_the_hour_that_is_told_is_that_of_the_person(owner, look):
    User.objects.filter(pk=owner.pk).update(time_zone="Asia/Tokyo")
    look(0)
    look(1, TemporaryFailure("Busy."))

    sweep(2.5)

    assert told()[0][2].startswith("Press: not heard since 4 Mar 2026, 21:00.")
