"""A browser that listens, spoken to as a server would."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections, transaction

from socialhub.live.application import application
from teams.models import User

SECONDS = 30
EVENT = re.compile(r"(?:id: (\S+)\n)?event: (\S+)\ndata: (.*)\n\n")


class Browser:
    """One connection to the stream."""

    def __init__(self, cookie: str, *, method: str = "GET", query: str = "", heard: str = "") -> None:
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._events: list[tuple[str, Any]] = []
        self.position = ""
        headers = [(b"cookie", cookie.encode())] if cookie else []
        if heard:
            headers.append((b"last-event-id", str(heard).encode()))
        scope = {
            "type": "http",
            "method": method,
            "path": settings.LIVE_URL,
            "headers": headers,
            "query_string": query.encode(),
        }
        self.task = asyncio.create_task(application(scope, self._inbox.get, self._answers.put))

    async def next(self) -> Any:
        """Return what the server sends next."""
        return await asyncio.wait_for(self._answers.get(), SECONDS)

    async def opened(self) -> list[tuple[str, Any]]:
        """Return what it is told at once."""
        start = await self.next()
        assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, b"text/event-stream")
        first = (await self.next())["body"].decode()
        assert re.match(r"retry: \d{4}\n\n", first)
        return self._read(first)

    def _read(self, text: str) -> list[tuple[str, Any]]:
        found = []
        for position, event, data in EVENT.findall(text):
            self.position = position or self.position
            found.append((event, json.loads(data)))
        return found

    async def hears(self) -> tuple[str, Any]:
        """Return the next event that is no sign of life."""
        while not self._events:
            body = (await self.next())["body"].decode()
            self._events = [event for event in self._read(body) if event[0] != "ping"]
        return self._events.pop(0)

    @property
    def is_silent(self) -> bool:
        """Whether everything that was sent has been heard."""
        return not self._events and self._answers.empty()

    async def leave(self) -> None:
        """Hang up."""
        await self._inbox.put({"type": "http.disconnect"})
        await asyncio.wait_for(self.task, SECONDS)


def cookie_of(user: User) -> str:
    """Sign somebody in; return what their browser sends along."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def commit(act: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Do something in a transaction."""
    with transaction.atomic():
        act(*arguments, **named)


async def elsewhere(act: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Do something as another process would, on a connection of its own."""

    def run() -> None:
        try:
            act(*arguments, **named)
        finally:
            connections.close_all()

    await asyncio.to_thread(run)


async def until_heard(browser: Browser, act: Callable[[], Any]) -> tuple[str, Any]:
    """Repeat ``act`` until the subscription, which opens in the background, hands something on."""
    heard = asyncio.ensure_future(browser.hears())
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        await elsewhere(act)
        done, _pending = await asyncio.wait({heard}, timeout=0.1)
        if done:
            return heard.result()
    raise AssertionError("the stream stayed silent")


def run(scenario: Awaitable[None]) -> None:
    """Run a scenario, but not for ever."""

    async def bounded() -> None:
        async with asyncio.timeout(2 * SECONDS):
            await scenario

    asyncio.run(bounded())
