"""Live updates: one stream of server-sent events per browser, one Redis subscription per process.

A stream says only that something changed; the page then asks for what it may
see. A reader is told of conversations that concern them and of nothing else.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest, parse_cookie
from redis.asyncio import Redis
from redis.exceptions import RedisError

from socialhub.lib.live import TOPIC
from teams.models import User
from teams.rights import Rights

log = structlog.get_logger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PING_SECONDS = 15
# A person who lost a right keeps hearing that something changed for at most so long.
CHECK_SECONDS = 60
RECONNECT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Reader:
    """Who listens, and what may be hinted at."""

    user_id: int
    rights: Rights

    def may_hear_of_stop(self, department_id: int | None) -> bool:
        """Say whether a stop may be mentioned: of a department to its people, of everything else to everybody."""
        if department_id is None:
            return self.rights.may_somewhere("conversation.view")
        return self.may_hear([department_id])

    def may_hear(self, departments: list[int]) -> bool:
        """Say whether a conversation that concerns these departments may be mentioned."""
        if self.rights.everywhere("conversation.view"):
            return True
        mine = self.rights.departments_for("conversation.view")
        return any(department in mine for department in departments)


@dataclass(slots=True, eq=False)
class Stream:
    """One open connection and what it has not been told yet; much at once becomes one hint."""

    reader: Reader
    conversations: set[int | str] = field(default_factory=set)
    has_notification: bool = False
    has_stop: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, message: dict[str, Any]) -> None:
        """Note what concerns this reader."""
        if "conversation" in message and self.reader.may_hear(message["departments"]):
            self.conversations.add(message["conversation"])
        elif "practice" in message and message["learner"] == self.reader.user_id:
            self.conversations.add(message["practice"])
        elif "inbox" in message and self.reader.rights.may_somewhere("conversation.view"):
            self.conversations.add("all")
        elif "sending" in message and self.reader.may_hear_of_stop(message["department"]):
            self.has_stop = True
        elif self.reader.user_id in message.get("people", ()):
            self.has_notification = True
        else:
            return
        self.woken.set()

    def drain(self) -> bytes:
        """Return what to send, and forget it."""
        lines = []
        hints = ["all"] if "all" in self.conversations else sorted(self.conversations, key=str)
        for conversation in hints:
            lines.append(f"event: changed\ndata: {json.dumps({'conversation': conversation})}\n\n")
        if self.has_notification:
            lines.append("event: notification\ndata: {}\n\n")
        if self.has_stop:
            lines.append("event: sending\ndata: {}\n\n")
        self.conversations.clear()
        self.has_notification = self.has_stop = False
        self.woken.clear()
        return "".join(lines).encode()


class Hub:
    """Hands the messages of one Redis subscription to every stream of this process."""

    def __init__(self) -> None:
        self._streams: set[Stream] = set()
        self._listening: asyncio.Task[None] | None = None

    def add(self, stream: Stream) -> None:
        """Open a stream; the first one starts the subscription."""
        self._streams.add(stream)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())

    def remove(self, stream: Stream) -> None:
        """Close a stream. The subscription stays: the next page wants it in a moment."""
        self._streams.discard(stream)

    async def close(self) -> None:
        """End the subscription, and wait until it has ended: a task that is merely dropped dies in another thread."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})
            self._listening = None

    async def _listen(self) -> None:
        is_first = True
        while True:
            try:
                async with Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as subscription:
                    await subscription.subscribe(TOPIC)
                    if not is_first:
                        # What was said while we were cut off is lost: everybody looks again.
                        self._tell({"inbox": True})
                        self._tell({"sending": True, "department": None})
                    is_first = False
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            self._tell(json.loads(message["data"]))
            except (RedisError, OSError) as error:
                is_first = False
                log.warning("live subscription lost", error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)

    def _tell(self, message: dict[str, Any]) -> None:
        for stream in self._streams:
            stream.take(message)


hub = Hub()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one request for the stream, until the browser goes or loses the right to listen."""
    if scope["method"] != "GET":
        await _refuse(send, 405)
        return
    session_key = _session_key(scope)
    reader = await read_reader(session_key)
    if reader is None:
        await _refuse(send, 403)
        return
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    stream = Stream(reader)
    hub.add(stream)
    gone = asyncio.create_task(_gone(receive))
    try:
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        await _speak(stream, session_key, gone, send)
    finally:
        gone.cancel()
        hub.remove(stream)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _speak(stream: Stream, session_key: str, gone: "asyncio.Task[None]", send: Send) -> None:
    clock = asyncio.get_running_loop()
    checked_at = clock.time()
    while not gone.done():
        woken = asyncio.create_task(stream.woken.wait())
        await asyncio.wait({woken, gone}, timeout=PING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        if gone.done():
            return
        body = stream.drain() or b": still here\n\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})
        if clock.time() - checked_at >= CHECK_SECONDS:
            checked_at = clock.time()
            reader = await read_reader(session_key)
            if reader is None:
                return
            stream.reader = reader


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"Sign in to listen.\n"})


def _session_key(scope: Message) -> str:
    # HTTP/2 may split the cookies over several headers.
    told = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    return parse_cookie(told).get(settings.SESSION_COOKIE_NAME, "")


@sync_to_async(thread_sensitive=False)
def read_reader(session_key: str) -> Reader | None:
    """Return who is signed in under a session, or None. Leaves no connection open behind it."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    try:
        user = get_user(request)
        if not isinstance(user, User) or not user.is_active:
            return None
        return Reader(user.pk, user.rights)
    finally:
        connection.close()
