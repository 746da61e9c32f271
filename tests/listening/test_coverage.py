from datetime import datetime, timedelta
from typing import Any

import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    ConnectorFailed,
    FetchResult,
    PermanentFailure,
    QuotaSpent,
    RateLimited,
    TemporaryFailure,
)
from listening.models import Channel, Coverage, Gap
from listening.services import channels, coverage, fetching
from teams.models import Notification, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.support.network import Killed

pytestmark = pytest.mark.django_db

Kind, Reason = Notification.Kind, Gap.Reason

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
def look(channel, network):
    """Look at the channel some minutes after noon, and have it answered so."""

    def act(minute: float, answer: Any = None) -> datetime:
        at = NOON + timedelta(minutes=minute)
        Channel.objects.filter(pk=channel.pk, claimed_at=None).update(next_fetch_at=at)
        network.script = [answer or FetchResult()]
        fetching.fetch_channel(channel_id=channel.pk, at=at)
        return at

    return act


def minutes(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - NOON).total_seconds() / 60


def heard() -> list[tuple[float | None, float | None]]:
    rows = Coverage.objects.order_by("heard_from")
    return [(minutes(row.heard_from), minutes(row.heard_until)) for row in rows]


def gaps() -> list[tuple[str, float | None, float | None, bool]]:
    rows = Gap.objects.order_by("began_at", "pk")
    return [(row.reason, minutes(row.began_at), minutes(row.ended_at), row.is_filled) for row in rows]


def told() -> list[tuple[str, str, str]]:
    rows = Notification.objects.in_page().order_by("pk")
    return [(row.kind, row.user.name, row.subject) for row in rows]


def sweep(minute: float) -> int:
    return coverage.tell_of_deaf_channels(at=NOON + timedelta(minutes=minute))


def test_looks_in_a_row_are_one_interval(look):
    for minute in (0, 1, 2, 6):
        look(minute)

    assert (heard(), gaps()) == ([(0, 6)], [])


def test_a_pause_longer_than_three_looks_is_a_gap(look):
    look(0)

    # Three looks of a minute and one minute of grace.
    look(4 + 1 / 60)

    assert heard() == [(0, 0), (4 + 1 / 60, 4 + 1 / 60)]
    assert gaps() == [(Reason.STOPPED, 0, 4 + 1 / 60, False)]


def test_a_gap_is_filled_by_a_network_that_tells_everything(look):
    look(0)

    look(600, FetchResult(is_complete=True))

    assert (heard(), gaps()) == ([(0, 600)], [(Reason.STOPPED, 0, 600, True)])


def test_a_look_that_ends_late_takes_no_coverage_back(channel, look):
    Coverage.objects.create(channel=channel, heard_from=NOON, heard_until=NOON + 5 * MINUTE)

    look(3)

    assert heard() == [(0, 5)]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (AuthorisationFailure("No."), Reason.AUTHORISATION),
        (RateLimited("No."), Reason.RATE_LIMIT),
        (QuotaSpent("No."), Reason.QUOTA),
        (TemporaryFailure("No."), Reason.NETWORK),
        (PermanentFailure("No."), Reason.REFUSED),
        (ConnectorFailed("No."), Reason.REFUSED),
        (ValueError("No."), Reason.NETWORK),
    ],
)
def test_a_failure_opens_a_gap_where_the_channel_was_last_heard(look, failure, reason):
    look(0)
    look(1)

    look(2, failure)
    look(3, failure)

    assert (heard(), gaps()) == ([(0, 1)], [(reason, 1, None, False)])


def test_a_short_gap_is_filled_by_the_next_look(look):
    look(0)
    look(1, TemporaryFailure("Busy."))

    look(4)

    assert (heard(), gaps()) == ([(0, 4)], [(Reason.NETWORK, 0, 4, True)])


def test_a_long_gap_stays(look):
    look(0)
    look(1, TemporaryFailure("Busy."))

    look(5)

    assert (heard(), gaps()) == ([(0, 0), (5, 5)], [(Reason.NETWORK, 0, 5, False)])


def test_each_reason_has_a_gap_of_its_own_and_all_are_filled_together(look):
    look(0)
    look(1, TemporaryFailure("Busy."))
    look(10, AuthorisationFailure("Sign in again."))

    look(20, FetchResult(is_complete=True))

    assert gaps() == [(Reason.NETWORK, 0, 10, True), (Reason.AUTHORISATION, 10, 20, True)]
    assert heard() == [(0, 20)]


def test_a_silence_before_a_failure_has_its_own_reason(look):
    look(0)

    look(60, TemporaryFailure("Busy."))

    assert gaps() == [(Reason.STOPPED, 0, 60, False), (Reason.NETWORK, 60, None, False)]


def test_a_channel_that_was_never_heard_is_deaf_since_it_was_connected(look):
    look(1, TemporaryFailure("Busy."))

    assert gaps() == [(Reason.NETWORK, 0, None, False)]


def test_a_pause_is_a_gap_that_ends_with_it(channel, owner, look):
    look(0)
    channels.pause_channel(channel_id=channel.pk, actor=owner, at=NOON + MINUTE)
    channels.resume_channel(channel_id=channel.pk, actor=owner, at=NOON + 30 * MINUTE)
    assert gaps() == [(Reason.PAUSED, 0, 30, False)]

    look(31, FetchResult(is_complete=True))

    assert (heard(), gaps()) == ([(0, 31)], [(Reason.PAUSED, 0, 30, True)])


def test_a_failure_after_a_pause_does_not_overlap_it(channel, owner, look):
    look(0)
    channels.pause_channel(channel_id=channel.pk, actor=owner, at=NOON + MINUTE)
    channels.resume_channel(channel_id=channel.pk, actor=owner, at=NOON + 30 * MINUTE)

    look(31, TemporaryFailure("Busy."))

    assert gaps() == [(Reason.PAUSED, 0, 30, False), (Reason.NETWORK, 30, None, False)]


def test_a_pause_ends_another_gap(channel, owner, look):
    look(0)
    look(1, TemporaryFailure("Busy."))

    channels.pause_channel(channel_id=channel.pk, actor=owner, at=NOON + 5 * MINUTE)

    assert gaps() == [(Reason.NETWORK, 0, 5, False), (Reason.PAUSED, 5, None, False)]


def test_a_look_that_was_going_on_when_somebody_paused_is_heard_and_ends_no_pause(channel, owner, look):
    look(0)

    def paused_meanwhile() -> FetchResult:
        channels.pause_channel(channel_id=channel.pk, actor=owner, at=NOON + 1.5 * MINUTE)
        return FetchResult()

    look(1, paused_meanwhile)

    assert (heard(), gaps()) == ([(0, 1)], [(Reason.PAUSED, 1, None, False)])


def test_a_channel_at_which_nobody_looks_is_not_heard_from_the_pause_on(owner):
    channel = ChannelFactory(next_fetch_at=None, created_at=NOON)

    channels.pause_channel(channel_id=channel.pk, actor=owner, at=NOON + 60 * MINUTE)
    channels.resume_channel(channel_id=channel.pk, actor=owner, at=NOON + 90 * MINUTE)

    assert gaps() == [(Reason.PAUSED, 60, 90, False)]


def test_catching_up_is_not_heard_before_its_end(look):
    look(0)
    look(1, TemporaryFailure("Busy."))

    look(600, FetchResult(cursor={"page": 2}, has_more=True))
    assert (heard(), gaps()) == ([(0, 0)], [(Reason.NETWORK, 0, None, False)])
    look(601, FetchResult(cursor={"page": 3}, is_complete=True))

    assert (heard(), gaps()) == ([(0, 601)], [(Reason.NETWORK, 0, 601, True)])


def test_catching_up_after_a_silence_does_not_hide_it(look):
    look(0)
    look(600, FetchResult(cursor={"page": 2}, has_more=True))

    look(601, FetchResult(cursor={"page": 3}))

    assert (heard(), gaps()) == ([(0, 0), (601, 601)], [(Reason.STOPPED, 0, 601, False)])


def test_a_long_answer_in_many_parts_is_no_silence(look):
    look(0)
    for part in range(1, 9):
        look(part, FetchResult(cursor={"part": part}, has_more=True))

    look(9, FetchResult(cursor={"part": 9}))

    assert (heard(), gaps()) == ([(0, 9)], [])


def test_looks_that_never_end_are_a_gap_in_the_end(channel, look):
    look(0)
    for minute in (1, 3, 5):
        # Its worker is killed: nothing is stored.
        Channel.objects.filter(pk=channel.pk).update(
            claimed_at=NOON + minute * MINUTE, next_fetch_at=NOON + (minute + 2) * MINUTE
        )
        with pytest.raises(Killed):
            look(minute + 2, Killed())

    assert gaps() == [(Reason.STOPPED, 0, None, False)]


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
