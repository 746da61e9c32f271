"""Waits on networks that tell at once when there is news, and has the channel looked at.

Polling goes on beside it and misses nothing, so whatever goes wrong here costs seconds.
"""

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from django.db import OperationalError, close_old_connections, connection, models
from django.utils import timezone

from listening.connectors.base import ConnectorFailed, PermanentFailure, SignalsNews
from listening.connectors.registry import CONNECTORS, connector_for
from listening.models import Channel
from listening.services import fetching
from listening.services import settings as channel_settings

log = structlog.get_logger(__name__)

# Each is a thread and an open connection; channels beyond these are polled as all others are.
MOST_CHANNELS = 64
# Until a channel that was added, resumed, paused or removed is noticed.
NOTICE_SECONDS = 3.0
# Networks and the machines between drop connections that are quiet for longer, some without a word.
WAIT_SECONDS = 240.0
# How long the look that was asked for may take, and how often to see whether it is over: before that, there would be
# the same news again.
LOOK_SECONDS = 2.0
GLANCE_SECONDS = 0.05
LONGEST_REST_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 600.0


@dataclass
class Waiter:
    """The thread that waits for one channel; it ends some time after it was told to."""

    channel_id: int
    is_over: threading.Event = field(default_factory=threading.Event)
    failure_count: int = 0
    # How often nothing came of the news that there was.
    fruitless_count: int = 0

    def start(self) -> threading.Thread:
        """Begin to wait; nobody waits for the thread when the process ends."""
        thread = threading.Thread(target=self.run, name=f"news-{self.channel_id}", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Wait for news again and again until it is over."""
        while not self.is_over.is_set():
            try:
                pause = self.wait_once()
            except ConnectorFailed as failure:
                pause = self._pause_after(failure)
            except Exception as error:  # noqa: BLE001 - a mistake in one connector must not end the waiting
                # Without its message, which may hold what signs us in.
                log.error("waiting for news broke", channel=self.channel_id, error=type(error).__name__)
                pause = self._pause_after(error)
            finally:
                connection.close()
            self.is_over.wait(pause)

    def wait_once(self) -> float:
        """Wait for news, hurry the channel when there is some, and return for how long to rest.

        :raises ConnectorFailed: its network cannot be waited for now.
        """
        channel = _heard_channels().filter(pk=self.channel_id).first()
        if channel is None:
            self.is_over.set()
            return 0.0
        if channel.failure_count:
            # Its network may have asked us to wait; the next look that succeeds goes on here.
            return NOTICE_SECONDS
        connector = connector_for(channel.kind)
        if not isinstance(connector, SignalsNews):
            return LONGEST_PAUSE_SECONDS
        settings = channel_settings.settings_for_use(channel, at=timezone.now())
        # Waiting takes minutes, and a connection to the database is somebody else's place.
        connection.close()
        is_news = connector.wait_for_news(settings, channel.cursor, seconds=WAIT_SECONDS)
        self.failure_count = 0
        if not is_news or self.is_over.is_set():
            return 0.0
        fetching.hurry(channel_id=channel.pk, at=timezone.now())
        if self._is_looked_at(channel.cursor):
            self.fruitless_count = 0
            return 0.0
        self.fruitless_count += 1
        return float(min(LOOK_SECONDS * 2 ** min(self.fruitless_count, 10), LONGEST_REST_SECONDS))

    def _is_looked_at(self, cursor: Mapping[str, object]) -> bool:
        """Wait for the look that was asked for, and tell whether the channel was heard any further."""
        deadline = time.monotonic() + LOOK_SECONDS
        while time.monotonic() < deadline and not self.is_over.wait(GLANCE_SECONDS):
            now = Channel.objects.filter(pk=self.channel_id).values_list("cursor", flat=True).first()
            if now != cursor:
                return True
        return False

    def _pause_after(self, failure: Exception) -> float:
        """Return for how long to leave the network alone: longer each time, and not all channels at the same moment."""
        self.failure_count += 1
        if isinstance(failure, PermanentFailure):
            pause = LONGEST_PAUSE_SECONDS
        else:
            pause = float(min(FIRST_PAUSE_SECONDS * 2 ** min(self.failure_count - 1, 10), LONGEST_PAUSE_SECONDS))
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - a spread, not a secret


def listen() -> None:
    """Wait for all channels whose networks tell news, until the process is stopped."""
    waiting: dict[int, Waiter] = {}
    rest = threading.Event()
    while True:
        try:
            arrange(waiting)
        except OperationalError as error:
            log.warning("the database does not answer", error=type(error).__name__)
        close_old_connections()
        rest.wait(NOTICE_SECONDS)


def arrange(waiting: dict[int, Waiter]) -> None:
    """Begin to wait for the channels that are new in the list, and end it for those that are not there any more."""
    wanted = list(_heard_channels().order_by("pk").values_list("pk", flat=True)[:MOST_CHANNELS])
    for channel_id in waiting.keys() - set(wanted):
        waiting.pop(channel_id).is_over.set()
    for channel_id in wanted:
        if channel_id not in waiting or waiting[channel_id].is_over.is_set():
            waiting[channel_id] = Waiter(channel_id)
            waiting[channel_id].start()


def _heard_channels() -> "models.QuerySet[Channel]":
    """Keep the channels that are listened to and whose networks tell news."""
    kinds = [kind for kind, connector in CONNECTORS.items() if isinstance(connector, SignalsNews)]
    return Channel.objects.filter(is_paused=False, next_fetch_at__isnull=False, kind__in=kinds)
