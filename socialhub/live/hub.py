"""What all streams of a process share: one look at the record for all of them, one subscription."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from redis.asyncio import Redis
from redis.exceptions import RedisError

from socialhub.lib.live import topic
from socialhub.live import readers, record
from socialhub.live.record import News, Position
from socialhub.live.stream import Stream, say

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")

# What happens within so long is told at once: a fast stream of mentions costs each browser a few messages a second.
GATHER_SECONDS = 0.15
# A wake-up only saves time: without one, the record is looked at so often while somebody listens, or nobody.
SWEEP_SECONDS, IDLE_SECONDS = 2.0, 10.0
CANCEL_SECONDS = 0.5
RECONNECT_SECONDS = 1.0
# Rights that were changed past the record of changes are noticed after so long.
RIGHTS_SECONDS = 30.0
MOST_AT_ONCE = 5000
# A reader whom more than this concerns at once looks again at all that is shown, such as while somebody acts on many.
MOST_SAID = 100
# How long ago a page may have been written that has just connected, and is told what it missed.
REMEMBERED_SECONDS = 120.0


class Threads:
    """Two threads with a database connection each: one for the record alone, which nobody must keep waiting."""

    def __init__(self) -> None:
        self._pools = [ThreadPoolExecutor(1, thread_name_prefix="live-record"), ThreadPoolExecutor(1, "live-doors")]

    async def at_record(self, ask: Callable[..., Answer], *arguments: object, **named: object) -> Answer:
        """Ask the database for what all are told."""
        return await self._ask(0, ask, *arguments, **named)

    async def at_door(self, ask: Callable[..., Answer], *arguments: object, **named: object) -> Answer:
        """Ask the database for what concerns one browser."""
        return await self._ask(1, ask, *arguments, **named)

    async def _ask(self, pool: int, ask: Callable[..., Answer], *arguments: object, **named: object) -> Answer:
        def run() -> Answer:
            try:
                return ask(*arguments, **named)
            except DatabaseError:
                # The next question gets a new connection.
                connection.close()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._pools[pool], run)

    async def close(self) -> None:
        """Close the connections, and let the threads end."""
        pools, self._pools = self._pools, []
        for pool in pools:
            await asyncio.get_running_loop().run_in_executor(pool, _disconnect)
            pool.shutdown()


def _disconnect() -> None:
    """Close the connection of this thread."""
    connection.close()


class Hub:
    """Hands what happens to every stream of this process that may hear of it."""

    def __init__(self) -> None:
        self.threads = Threads()
        self._streams: set[Stream] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._woken = asyncio.Event()
        self._position: Position | None = None
        self._rights_read_at = 0.0
        self._renewals = 0
        # When the record was looked at, and how far: pages that were written before know no position.
        self._past: deque[tuple[float, str]] = deque(maxlen=int(REMEMBERED_SECONDS / GATHER_SECONDS))

    async def start(self) -> None:
        """Follow the record from now on, if nobody does yet.

        :raises DatabaseError: the record cannot be read.
        """
        if self._position is None:
            position = await self.threads.at_record(record.read_position)
            if self._position is None:
                self._reach(position)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._listen())]

    async def admit(self, session_key: str) -> Stream | None:
        """Open a stream for who is signed in under a session; from then on it misses nothing.

        :raises DatabaseError: it cannot be told who that is.
        """
        if not self._tasks:
            if await self.threads.at_door(readers.read_reader, session_key) is None:
                return None
            await self.start()
        while True:
            seen = self._renewals
            reader = await self.threads.at_door(readers.read_reader, session_key)
            if reader is None:
                return None
            # Rights that were read before a change, and kept after it, would be noticed by nobody.
            if self._renewals == seen:
                stream = Stream(reader)
                if not self._streams:
                    # Whoever follows the record for nobody looks seldom, and may have just begun to wait.
                    self._woken.set()
                self._streams.add(stream)
                return stream

    def remove(self, stream: Stream) -> None:
        """Close a stream. The record is followed on: the next page wants it in a moment."""
        self._streams.discard(stream)

    async def close(self) -> None:
        """End, and wait until it has ended: a task that is merely dropped dies in another thread."""
        while left := [task for task in self._tasks if not task.done()]:
            for task in left:
                task.cancel()
            # Asked again: a wait inside that has just timed out may take the request for its own.
            await asyncio.wait(left, timeout=CANCEL_SECONDS)
        self._tasks = []
        await self.threads.close()

    @property
    def position(self) -> str:
        """How far every stream has been told: what a browser keeps."""
        return self._position.snapshot if self._position is not None else ""

    def position_before(self, seconds: float) -> str | None:
        """Return how far the record had been read so long ago; None is not known."""
        then = asyncio.get_running_loop().time() - seconds
        known = [position for at, position in self._past if at <= then]
        return known[-1] if known else None

    def _reach(self, position: Position) -> None:
        self._position = position
        self._past.append((asyncio.get_running_loop().time(), position.snapshot))

    async def _follow(self) -> None:
        failures = 0
        while True:
            try:
                async with asyncio.timeout(SWEEP_SECONDS if self._streams else IDLE_SECONDS):
                    await self._woken.wait()
                await asyncio.sleep(GATHER_SECONDS)
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self.look()
                failures = 0
            except DatabaseError as error:
                log.warning("live record not readable", error=str(error))
                failures += 1
                if failures > 1:
                    # Nobody is to believe that nothing happens: they come back, and hear what they missed.
                    for stream in self._streams:
                        stream.end()
                await asyncio.sleep(RECONNECT_SECONDS)

    async def look(self) -> None:
        """Tell the streams what happened since the last look."""
        before = self._position
        assert before is not None  # noqa: S101 - the first stream has read it
        news = await self.threads.at_record(record.read_after, before, most=MOST_AT_ONCE)
        is_old = asyncio.get_running_loop().time() - self._rights_read_at > RIGHTS_SECONDS
        if news.position.audited != before.audited or (is_old and self._streams):
            await self._renew_rights()
        self._reach(news.position)
        self._hand_on(news)

    async def _renew_rights(self) -> None:
        """Hold what follows against what people may see now. A stream that opens meanwhile has read it later."""
        self._rights_read_at = asyncio.get_running_loop().time()
        self._renewals += 1
        streams = list(self._streams)
        found = await self.threads.at_record(readers.read_readers, {stream.reader.user_id for stream in streams})
        for stream in streams:
            reader = found.get(stream.reader.user_id)
            if reader is None:
                stream.end()
            else:
                stream.become(reader)

    def _hand_on(self, news: News) -> None:
        bodies: dict[readers.Scope, bytes] = {}
        practice = {change.learner_id for change in news.changes or ()} - {None}
        for stream in self._streams:
            reader = stream.reader
            if reader.user_id in practice:
                stream.put(tell(news, reader))
                continue
            if reader.scope not in bodies:
                # Readers of one scope are told the same: what is said to hundreds is written once.
                bodies[reader.scope] = tell(news, reader)
            if bodies[reader.scope]:
                stream.put(bodies[reader.scope])

    async def _listen(self) -> None:
        is_first = True
        while True:
            try:
                async with Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as subscription:
                    await subscription.subscribe(topic())
                    if not is_first:
                        # The record repairs what was said of conversations. The rest is asked for again.
                        self._tell({"inbox": True})
                        self._tell({"sending": True, "department": None})
                        self._tell({"everybody": True})
                    is_first = False
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            await self._take(json.loads(message["data"]))
            except (RedisError, OSError) as error:
                is_first = False
                log.warning("live subscription lost", error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _take(self, message: dict[str, Any]) -> None:
        if message.get("recorded"):
            self._woken.set()
        elif message.get("rights"):
            self._rights_read_at = float("-inf")
            self._woken.set()
        else:
            self._tell(message)

    def _tell(self, message: dict[str, Any]) -> None:
        for stream in self._streams:
            stream.take(message)


def tell(news: News, reader: readers.Reader) -> bytes:
    """Return what a reader is told of what a look found, and how far they have heard with it."""
    position = news.position.snapshot
    if news.changes is None:
        return say("reload", position=position) if reader.may_hear_something else b""
    heard = [change.as_data() for change in news.changes if reader.may_hear(change.departments, change.learner_id)]
    if len(heard) > MOST_SAID:
        return say("reload", position=position)
    return say("changed", heard, position=position) if heard else b""
