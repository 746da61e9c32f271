from datetime import timedelta

import pytest
import time_machine

from listening import tasks
from listening.models import Channel, Coverage, Gap, HeardHour, HeardPosition, Spike
from listening.services import streams
from listening.services.heard_hours import Lately
from listening.services.spikes import is_spike, watch_for_spikes
from socialhub.celery import app
from teams.roles import Role
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory(kind="feed")


def usually(count: int, *, hours: int = 48, **place) -> None:
    """Have so many been heard in each of the hours before eleven."""
    HeardHour.objects.bulk_create(
        HeardHour(hour=NOON - HOUR * (back + 2), count=count, is_whole=True, **place) for back in range(hours)
    )


def now(count: int, **place) -> None:
    """Have so many been heard since noon."""
    HeardHour.objects.update_or_create(hour=NOON, **place, defaults={"count": count})


def watch(minute: int = 30) -> list[tuple[int, float, bool]]:
    watch_for_spikes(at=NOON + timedelta(minutes=minute))
    return [(spike.count, spike.usual, spike.until is None) for spike in Spike.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("count", "usual", "hours", "expected"),
    [
        (20, 5.0, 48, True),
        (20, 5.25, 48, False),
        (21, 5.25, 48, True),
        (19, 0.0, 48, False),
        (20, 0.0, 48, True),
        (500, 5.0, 47, False),
    ],
)
def test_a_spike_is_four_times_the_usual_hour_and_twenty(count, usual, hours, expected):
    assert is_spike(Lately(count, usual, hours)) is expected


def test_a_spike_opens_grows_and_closes(channel):
    usually(8, channel=channel)

    now(31, channel=channel)
    assert watch() == []
    now(32, channel=channel)
    assert watch(35) == [(32, 8.0, True)]
    now(120, channel=channel)
    assert watch(40) == [(120, 8.0, True)]
    now(16, channel=channel)
    assert watch(45) == [(120, 8.0, True)]
    now(15, channel=channel)
    assert watch(50) == [(120, 8.0, False)]

    spike = Spike.objects.get()
    assert (spike.channel, spike.since, spike.until) == (
        channel,
        NOON + timedelta(minutes=35),
        NOON + timedelta(minutes=50),
    )


def test_a_stream_spikes_by_itself(channel):
    stream = StreamFactory()
    usually(100, channel=channel)
    usually(2, stream=stream)
    now(150, channel=channel)
    now(20, stream=stream)

    assert watch() == [(20, 2.0, True)]
    assert Spike.objects.get().stream == stream


def test_what_is_usually_quiet_closes_below_ten(channel):
    usually(0, channel=channel)
    now(20, channel=channel)
    watch()
    now(10, channel=channel)
    assert watch(35) == [(20, 0.0, True)]
    now(9, channel=channel)

    assert watch(40) == [(20, 0.0, False)]


def test_watching_twice_changes_nothing(channel):
    usually(8, channel=channel)
    now(40, channel=channel)
    watch()
    before = list(Spike.objects.values()), list(HeardHour.objects.order_by("pk").values())

    watch()

    assert (list(Spike.objects.values()), list(HeardHour.objects.order_by("pk").values())) == before


def test_hours_in_a_gap_are_not_zeros(channel):
    # As zeros they would make eight a usual hour of four, and thirty a spike.
    usually(8, channel=channel)
    HeardHour.objects.bulk_create(
        HeardHour(channel=channel, hour=NOON - HOUR * (back + 50), is_whole=False) for back in range(48)
    )
    now(30, channel=channel)

    assert watch() == []


def gap(channel: Channel, began: int, ended: int | None) -> None:
    """Have the channel not heard between two minutes after noon."""
    Gap.objects.create(
        channel=channel,
        reason=Gap.Reason.NETWORK,
        began_at=NOON + timedelta(minutes=began),
        ended_at=None if ended is None else NOON + timedelta(minutes=ended),
    )


@pytest.mark.parametrize(
    ("began", "ended", "opened"), [(-600, 5, 0), (-600, -89, 0), (-600, -90, 1), (0, 14, 1), (0, 15, 0)]
)
def test_what_comes_at_once_after_a_gap_is_no_spike(channel, began, ended, opened):
    stream = StreamFactory()
    for place in ({"channel": channel}, {"stream": stream}):
        usually(8, **place)
        now(80, **place)
    gap(channel, began, ended)

    assert len(watch()) == opened * 2


def test_a_spike_does_not_close_because_nobody_listens(channel):
    stream = StreamFactory()
    for place in ({"channel": channel}, {"stream": stream}):
        Spike.objects.create(since=NOON - HOUR, count=80, usual=8, **place)
    gap(channel, 0, None)

    assert watch() == [(80, 8.0, True)] * 2
    Gap.objects.update(ended_at=NOON + timedelta(minutes=40))
    assert watch(99) == [(80, 8.0, True)] * 2
    assert watch(100) == [(80, 8.0, False)] * 2


def test_what_is_paused_is_no_longer_watched(channel):
    stream = StreamFactory(is_paused=True)
    for place in ({"channel": channel}, {"stream": stream}):
        usually(8, **place)
        now(80, **place)
    Spike.objects.create(stream=stream, since=NOON, count=80, usual=8)
    Channel.objects.update(is_paused=True)

    assert watch() == [(80, 8.0, False)]


def test_a_stream_with_hours_and_a_spike_is_deleted(channel):
    stream = StreamFactory()
    usually(2, stream=stream)
    now(20, stream=stream)
    watch()

    streams.delete_stream(stream_id=stream.pk, actor=UserFactory(), at=NOON)

    assert (HeardHour.objects.count(), Spike.objects.count()) == (0, 0)


def test_the_task_counts_marks_and_watches(channel):
    Coverage.objects.create(channel=channel, heard_from=NOON, heard_until=NOON + HOUR)
    for at in (NOON, NOON + HOUR):
        with time_machine.travel(at, tick=False):
            tasks.watch_for_spikes()

    assert HeardPosition.objects.get().seen_at == NOON + HOUR
    assert list(HeardHour.objects.values_list("channel", "hour", "count", "is_whole")) == [(channel.pk, NOON, 0, True)]
    assert app.conf.beat_schedule["watch for spikes"]["task"] == tasks.watch_for_spikes.name


@pytest.mark.parametrize("is_over", [False, True])
def test_the_pages_tell_of_a_spike(client, channel, is_over):
    OrganisationFactory()
    client.force_login(AppointmentFactory(role=Role.MANAGER).user)
    stream = StreamFactory()
    for place in ({"channel": channel}, {"stream": stream}):
        Spike.objects.create(since=NOON, until=NOON + HOUR if is_over else None, count=120, usual=8, **place)

    for address in (f"/channels/{channel.pk}/", f"/streams/{stream.pk}/"):
        page = client.get(address).content.decode()
        assert ("Much more than usual since 4 Mar, 12:00" in page) is not is_over
        assert ("120 in an hour, usually 8." in page) is not is_over
