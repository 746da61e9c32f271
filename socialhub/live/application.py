"""The stream of server-sent events over HTTP.

It says what changed; the page then asks for what it may see. A reader is told of
conversations that concern them and of nothing else. What was missed is replayed
from the record behind the position that a browser remembers.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie

from socialhub.live import readers, record
from socialhub.live.hub import Hub, tell
from socialhub.live.stream import Stream, say

log = structlog.get_logger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# The browser gives a silent connection up after two and a half of these.
PING_SECONDS = 15
# Whose session has ended keeps hearing that something changed for at most so long.
CHECK_SECONDS = 60
# After a restart the browsers do not come back all at once.
RETRY_MILLISECONDS = (1000, 4000)
# A page was asked for a little before its browser began to count.
MARGIN_SECONDS = 2.0
LONGEST_AGE = 9
# Older pages ask for all that they show again.
MOST_SECONDS = 600

hub = Hub()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one request for the stream, until the browser goes or loses the right to listen.

    HEAD only says whether somebody is signed in, which a broken stream cannot tell its page.
    """
    if scope["method"] not in ("GET", "HEAD"):
        await _refuse(send, 405)
        return
    session_key = _session_key(scope)
    try:
        if scope["method"] == "HEAD":
            reader = await hub.threads.at_door(readers.read_reader, session_key)
            await (_refuse(send, 403) if reader is None else _refuse(send, 204, who=reader.user_id))
            return
        stream = await hub.admit(session_key)
    except DatabaseError as error:
        log.warning("live stream not opened", error=str(error))
        await _refuse(send, 503)
        return
    if stream is None:
        await _refuse(send, 403)
        return
    gone = asyncio.create_task(_gone(receive))
    try:
        await _begin(stream, scope, send)
        await _speak(stream, session_key, gone, send)
    except DatabaseError as error:
        # The browser comes back, and tells us how far it had heard.
        log.warning("live stream ended", error=str(error))
    finally:
        gone.cancel()
        hub.remove(stream)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _begin(stream: Stream, scope: Message, send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    retry = f"retry: {random.randint(*RETRY_MILLISECONDS)}\n\n".encode()  # noqa: S311 - no secret
    await send({"type": "http.response.body", "body": retry + await _missed(stream, scope), "more_body": True})


async def _missed(stream: Stream, scope: Message) -> bytes:
    """Return what happened since the browser heard or was given something last, and where it stands with that."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    remembered = _header(scope, b"last-event-id") or asked.get("after", [""])[0]
    age = asked.get("age", [""])[0]
    # What is in no record, the page asks for again.
    besides = b"".join(map(say, ("notification", "sending", "policy"))) if remembered else b""
    # Before all else: the page looks whether it is its own reader who listens.
    who = say("position", {"reader": stream.reader.user_id})
    seconds = int(age) if age.isascii() and age.isdigit() and len(age) <= LONGEST_AGE else MOST_SECONDS + 1
    if not remembered and seconds <= MOST_SECONDS:
        remembered = hub.position_before(seconds + MARGIN_SECONDS) or await hub.threads.at_door(
            record.snapshot_before, seconds + 2 * MARGIN_SECONDS
        )
    news = await hub.threads.at_door(record.replay, remembered)
    return who + besides + tell(news, stream.reader) + say("position", position=news.position.snapshot)


async def _speak(stream: Stream, session_key: str, gone: "asyncio.Task[None]", send: Send) -> None:
    clock = asyncio.get_running_loop()
    checked_at = clock.time()
    gone.add_done_callback(lambda _: stream.woken.set())
    while True:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await stream.woken.wait()
        except TimeoutError:
            pass
        if clock.time() - checked_at >= CHECK_SECONDS:
            checked_at = clock.time()
            reader = await hub.threads.at_door(readers.read_reader, session_key)
            if reader is None:
                return
            stream.become(reader)
        if gone.done() or stream.is_over:
            return
        # A comment would do for the connection, but a page does not hear comments.
        body = stream.drain() or say("ping", position=hub.position)
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, *, who: int | None = None) -> None:
    """Answer without a stream; ``who`` tells a page whether whoever signed in again is the one it is for."""
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    if who is not None:
        headers.append((b"x-reader", str(who).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = b"Sign in to listen.\n" if status == HTTPStatus.FORBIDDEN else b""
    await send({"type": "http.response.body", "body": body})


def _header(scope: Message, name: bytes) -> str:
    return next((value.decode("latin-1") for told, value in scope["headers"] if told == name), "")


def _session_key(scope: Message) -> str:
    # HTTP/2 may split the cookies over several headers.
    told = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    return parse_cookie(told).get(settings.SESSION_COOKIE_NAME, "")
