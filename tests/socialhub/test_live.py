import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections, transaction
from redis import Redis

from socialhub import live
from socialhub.lib import live as sender
from socialhub.live import Hub, Reader, Stream, application, read_reader
from teams.models import User
from teams.rights import Rights
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory

SECONDS = 10

RESPONDER = Reader(1, Rights(departments={5: Role.RESPONDER}))
LISTENER = Reader(2, Rights(departments={6: Role.LISTENER, 5: Role.LISTENER}))
OUTSIDER = Reader(3, Rights(departments={9: Role.RESPONDER}))
MANAGER = Reader(4, Rights(company=frozenset({Role.MANAGER})))
TRIAGE_OWNER = Reader(5, Rights(company=frozenset({Role.TRIAGE_OWNER})))
EDITOR = Reader(6, Rights(company=frozenset({Role.POLICY_EDITOR})))
NOBODY = Reader(7, Rights())
READERS = [RESPONDER, LISTENER, OUTSIDER, MANAGER, TRIAGE_OWNER, EDITOR, NOBODY]


# Who may hear what.


@pytest.mark.parametrize(
    ("message", "hearers"),
    [
        ({"conversation": 7, "departments": []}, [MANAGER, TRIAGE_OWNER]),
        ({"conversation": 7, "departments": [5]}, [RESPONDER, LISTENER, MANAGER, TRIAGE_OWNER]),
        ({"conversation": 7, "departments": [6, 8]}, [LISTENER, MANAGER, TRIAGE_OWNER]),
        ({"inbox": True}, [RESPONDER, LISTENER, OUTSIDER, MANAGER, TRIAGE_OWNER]),
        ({"sending": True, "department": None}, [RESPONDER, LISTENER, OUTSIDER, MANAGER, TRIAGE_OWNER]),
        ({"sending": True, "department": 6}, [LISTENER, MANAGER, TRIAGE_OWNER]),
        ({"people": [1, 7]}, [RESPONDER, NOBODY]),
        ({"people": []}, []),
        ({}, []),
    ],
)
def test_a_message_reaches_those_whom_it_concerns(message, hearers):
    hub = Hub()
    streams = [Stream(reader) for reader in READERS]
    hub._streams.update(streams)

    hub._tell(message)

    assert [stream.reader for stream in streams if stream.woken.is_set()] == hearers
    assert [stream.reader for stream in streams if stream.drain()] == hearers


def test_much_at_once_becomes_one_hint_each():
    stream = Stream(RESPONDER)
    for conversation in (9, 8, 9, 8):
        stream.take({"conversation": conversation, "departments": [5]})
    stream.take({"people": [1]})
    stream.take({"people": [1]})
    stream.take({"sending": True, "department": 5})
    stream.take({"sending": True, "department": None})

    assert stream.drain() == (
        b'event: changed\ndata: {"conversation": 8}\n\n'
        b'event: changed\ndata: {"conversation": 9}\n\n'
        b"event: notification\ndata: {}\n\n"
        b"event: sending\ndata: {}\n\n"
    )
    assert stream.drain() == b""
    assert not stream.woken.is_set()


def test_a_change_of_everything_says_so_once():
    stream = Stream(RESPONDER)
    stream.take({"conversation": 9, "departments": [5]})
    stream.take({"inbox": True})

    assert stream.drain() == b'event: changed\ndata: {"conversation": "all"}\n\n'


# What is said after the commit.


@pytest.mark.django_db
def test_changes_are_told_only_after_the_commit(monkeypatch, django_capture_on_commit_callbacks):
    said: list[str] = []
    monkeypatch.setattr(sender, "_send", said.append)

    with django_capture_on_commit_callbacks(execute=True):
        sender.conversation_changed(7, [6, 5, 6])
        sender.inbox_changed()
        sender.people_told(iter([2, 1, 2]))
        sender.sending_changed(7)
        assert said == []

    assert said == [
        '{"conversation": 7, "departments": [5, 6]}',
        '{"inbox": true}',
        '{"people": [1, 2]}',
        '{"sending": true, "department": 7}',
    ]


@pytest.mark.django_db
def test_a_dead_redis_harms_nobody(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(sender, "_client", lambda: Redis.from_url("unix:///nowhere.sock"))

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        sender.inbox_changed()

    assert len(callbacks) == 1


# The stream, with a real Redis between.


class Browser:
    """One connection to the stream, spoken to as a server would."""

    def __init__(self, cookie: str, method: str = "GET") -> None:
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        headers = [(b"cookie", cookie.encode())] if cookie else []
        scope = {"type": "http", "method": method, "path": settings.LIVE_URL, "headers": headers}
        self.task = asyncio.create_task(application(scope, self._inbox.get, self._answers.put))

    async def next(self) -> Any:
        return await asyncio.wait_for(self._answers.get(), SECONDS)

    async def text(self) -> str:
        return (await self.next())["body"].decode()

    async def leave(self) -> None:
        await self._inbox.put({"type": "http.disconnect"})
        await asyncio.wait_for(self.task, SECONDS)


def cookie_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def commit(act: Callable[..., None], *arguments: Any) -> None:
    with transaction.atomic():
        act(*arguments)


async def elsewhere(act: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Do something as another process would, on a connection of its own."""

    def run() -> None:
        try:
            act(*arguments, **named)
        finally:
            connections.close_all()

    await asyncio.to_thread(run)


async def until_heard(browser: Browser, act: Callable[[], None]) -> str:
    """Repeat ``act`` until the subscription, which opens in the background, hands something on."""
    heard = asyncio.ensure_future(browser.text())
    for _ in range(100):
        await elsewhere(act)
        done, _pending = await asyncio.wait({heard}, timeout=0.1)
        if done:
            return heard.result()
    raise AssertionError("the stream stayed silent")


def run(scenario: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(4 * SECONDS):
            await scenario

    asyncio.run(bounded())


@pytest.fixture
def hub(monkeypatch) -> Hub:
    made = Hub()
    monkeypatch.setattr(live, "hub", made)
    return made


@pytest.mark.django_db(transaction=True)
def test_a_change_reaches_the_browsers_of_those_whom_it_concerns(hub):
    care = DepartmentFactory()
    hearer = cookie_of(MembershipFactory(department=care).user)
    other = cookie_of(MembershipFactory().user)

    async def scenario() -> None:
        browsers = [Browser(f"theme=dark; {hearer}"), Browser(other)]
        for browser in browsers:
            start = await browser.next()
            assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, b"text/event-stream")
            assert await browser.text() == "retry: 2000\n\n"

        first = await until_heard(browsers[0], lambda: commit(sender.conversation_changed, 7, [care.pk]))
        assert first == 'event: changed\ndata: {"conversation": 7}\n\n'
        # Whatever the other hears first is the change of everything, not the one before.
        await elsewhere(commit, sender.inbox_changed)
        assert await browsers[1].text() == 'event: changed\ndata: {"conversation": "all"}\n\n'

        for browser in browsers:
            await browser.leave()
        assert hub._streams == set()
        await hub.close()
        assert hub._listening is None

    run(scenario())


@pytest.mark.django_db(transaction=True)
def test_a_notification_reaches_the_browsers_of_that_person_alone(hub):
    person, other = UserFactory(), UserFactory()
    cookies = [cookie_of(person), cookie_of(other)]

    async def scenario() -> None:
        mine, theirs = [Browser(cookie) for cookie in cookies]
        for browser in (mine, theirs):
            await browser.next()
            await browser.text()

        assert (await until_heard(mine, lambda: commit(sender.people_told, [person.pk]))) == (
            "event: notification\ndata: {}\n\n"
        )
        await elsewhere(commit, sender.people_told, [other.pk])
        assert await theirs.text() == "event: notification\ndata: {}\n\n"
        assert theirs._answers.empty()
        await mine.leave()
        await theirs.leave()

    run(scenario())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("busy", [False, True])
def test_a_person_who_was_shut_out_hears_nothing_more(hub, monkeypatch, busy):
    monkeypatch.setattr(live, "PING_SECONDS", 0.02)
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.1)
    person = AppointmentFactory(role=Role.MANAGER).user
    cookie = cookie_of(person)

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.next()
        await browser.text()
        assert await browser.text() == ": still here\n\n"
        await elsewhere(User.objects.filter(pk=person.pk).update, is_active=False)
        while not browser.task.done():
            if busy:
                hub._tell({"inbox": True})
            answer = await browser.next()
            if not answer["more_body"]:
                break
        await asyncio.wait_for(browser.task, SECONDS)
        assert hub._streams == set()

    run(scenario())


@pytest.mark.django_db(transaction=True)
def test_a_lost_subscription_comes_back_and_everybody_looks_again(hub, monkeypatch):
    monkeypatch.setattr(live, "RECONNECT_SECONDS", 0.01)
    cookie = cookie_of(AppointmentFactory(role=Role.MANAGER).user)

    async def scenario() -> None:
        browser = Browser(cookie)
        await browser.next()
        await browser.text()
        await until_heard(browser, lambda: commit(sender.conversation_changed, 7, []))

        client = Redis.from_url(settings.REDIS_URL)
        try:
            client.client_kill_filter(_type="pubsub")
        finally:
            client.close()
        again = 'event: changed\ndata: {"conversation": "all"}\n\nevent: sending\ndata: {}\n\n'
        while (heard := await browser.text()) != again:
            assert heard == 'event: changed\ndata: {"conversation": 7}\n\n'
        await browser.leave()

    run(scenario())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "cookie", ["", "sessionid=", "sessionid=nobody", "\xe4; ;=;sessionid", 'x="{\\"a\\": 1}"; sessionid=unknown']
)
def test_nobody_hears_anything_without_signing_in(hub, cookie):
    async def scenario() -> None:
        browser = Browser(cookie)
        assert (await browser.next())["status"] == 403
        await browser.next()
        await asyncio.wait_for(browser.task, SECONDS)
        assert hub._streams == set()

    run(scenario())


@pytest.mark.django_db(transaction=True)
def test_another_method_is_refused(hub):
    cookie = cookie_of(UserFactory())

    async def scenario() -> None:
        browser = Browser(cookie, method="POST")
        assert (await browser.next())["status"] == 405
        await browser.next()
        await asyncio.wait_for(browser.task, SECONDS)

    run(scenario())


@pytest.mark.django_db(transaction=True)
def test_a_session_is_found_among_any_other_cookies():
    person = MembershipFactory().user
    cookie = cookie_of(person)
    told = [(b"cookie", b'odd={"a": [1, 2]}; b@d=1'), (b"accept", b"*/*"), (b"cookie", cookie.encode())]

    key = live._session_key({"headers": told})

    assert asyncio.run(read_reader(key)) == Reader(person.pk, person.rights)


@pytest.mark.django_db(transaction=True)
def test_a_closed_account_is_no_reader():
    cookie = cookie_of(UserFactory(is_active=False))

    assert asyncio.run(read_reader(cookie.partition("=")[2])) is None
