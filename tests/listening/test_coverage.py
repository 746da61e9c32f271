from datetime import datetime, timedelta

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
from listening.services import channels, coverage
from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.listening.scripted import Look
from tests.support.network import Killed

pytestmark = pytest.mark.django_db

Reason = Gap.Reason

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


def minutes(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - NOON).total_seconds() / 60


def heard() -> list[tuple[float | None, float | None]]:
    rows = Coverage.objects.order_by("heard_from")
    return [(minutes(row.heard_from), minutes(row.heard_until)) for row in rows]


def gaps() -> list[tuple[str, float | None, float | None, bool]]:
    rows = Gap.objects.order_by("began_at", "pk")
    return [(row.reason, minutes(row.began_at), minutes(row.ended_at), row.is_filled) for row in rows]


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


def test_quiet_hours_of_a_channel_at_which_nobody_looks_are_no_gap(owner):
    channel = ChannelFactory(next_fetch_at=None, created_at=NOON)

    for minute in (0, 600):
        coverage.note_heard(channel, at=NOON + minute * MINUTE)

    assert (heard(), gaps()) == ([(0, 600)], [])


def test_what_a_pause_kept_out_may_never_come(owner):
    channel = ChannelFactory(next_fetch_at=None, created_at=NOON)
    coverage.note_heard(channel, at=NOON)
    channels.pause_channel(channel_id=channel.pk, actor=owner, at=NOON + MINUTE)
    channels.resume_channel(channel_id=channel.pk, actor=owner, at=NOON + 2 * MINUTE)

    coverage.note_heard(channel, at=NOON + 3 * MINUTE, is_complete=True)

    assert (heard(), gaps()) == ([(0, 0), (3, 3)], [(Reason.PAUSED, 1, 2, False)])


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
