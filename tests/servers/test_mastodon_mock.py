"""The Mastodon connector against a stateful simulator: keys, faults, deletions, and the stream of events."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from listening.connectors.base import (
    ConnectorFailed,
    OutcomeUnknown,
    OutgoingChange,
    OutgoingReply,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from listening.connectors.mastodon import calls
from listening.connectors.mastodon.connector import MastodonConnector
from listening.heard import HeardItem
from tests.servers.fediverse import Account
from tests.servers.line import Line
from tests.servers.mastodon_mock import MastodonMock, mastodon_mock

pytestmark = pytest.mark.timeout(600)

CONNECTOR = MastodonConnector()
NOTIFICATIONS = "/api/v1/notifications"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[MastodonMock]:
    with mastodon_mock(tmp_path_factory.mktemp("mock"), "acme", "bob") as running:
        yield running


@pytest.fixture
def us(server: MastodonMock, settings) -> Iterator[Account]:
    settings.ALLOWED_INTERNAL_HOSTS = ["127.0.0.1", "localhost"]
    yield server.accounts["acme"]
    server.heal()


@pytest.fixture
def bob(server: MastodonMock) -> Account:
    return server.accounts["bob"]


def now() -> datetime:
    return datetime.now(UTC)


def told(account: Account, **more: object) -> dict[str, object]:
    return {"server": account.address, "token": account.token, **more}


def hear(
    settings: dict[str, object], cursor: dict[str, object], at: datetime | None = None
) -> tuple[list[HeardItem], dict[str, object], list[str]]:
    """Look until there is no more."""
    items: list[HeardItem] = []
    gone: list[str] = []
    while True:
        result = CONNECTOR.fetch(settings, cursor, at=at or now())
        items += result.items
        gone += result.gone
        cursor = result.cursor
        if not result.has_more:
            return items, cursor, gone


def said(us: Account, by: Account, text: str, **more: str) -> HeardItem:
    """Have somebody mention us, and return what is heard of it."""
    status = by.post(f"{us.acct} {text}", **more)
    items, _cursor, _gone = hear(told(us), {})
    return next(item for item in items if item.external_id == status["uri"])


def answer_to(item: HeardItem, text: str = "We are on it.", visibility: str = "public") -> OutgoingReply:
    return OutgoingReply(uuid4(), text, item.external_id, visibility, item.raw)


def answers(us: Account, item: HeardItem) -> list[dict]:
    thread = us.call("GET", f"/api/v1/statuses/{item.raw['id']}/context")
    return thread["descendants"]


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
def test_answer_keeps_the_visibility_of_what_it_answers(us, bob, visibility):
    item = said(us, bob, f"hello {visibility}", visibility=visibility)

    sent = CONNECTOR.send(told(us), answer_to(item))

    read = bob.await_mention("We are on it.", seconds=5)
    assert (item.raw["visibility"], item.is_private) == (visibility, visibility in {"private", "direct"})
    assert (read["uri"], read["visibility"], read["in_reply_to_id"]) == (sent.external_id, visibility, item.raw["id"])


def test_answers_that_leave_at_once_are_one_post(us, bob):
    item = said(us, bob, "who is first?")
    reply = answer_to(item)
    threads = [threading.Thread(target=lambda: CONNECTOR.send(told(us), reply)) for _n in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    # The server remembers the key; looking alone would be too slow for this.
    assert len(answers(us, item)) == 1


def test_server_in_trouble_gets_the_answer_once(server, us, bob):
    item = said(us, bob, "is it you?")
    reply = answer_to(item)
    server.fail("POST", "/api/v1/statuses", "status", status=503)

    with pytest.raises(TemporaryFailure):
        CONNECTOR.send(told(us), reply)
    first = CONNECTOR.send(told(us), reply)
    second = CONNECTOR.send(told(us), reply)

    assert first == second
    assert len(answers(us, item)) == 1


def test_receipt_that_is_cut_off_is_found(us, bob):
    item = said(us, bob, "can you hear me?")
    reply = answer_to(item)

    with Line(us.address) as line:
        through = {**told(us), "server": line.url.replace("localhost", "127.0.0.1")}
        sends = threading.Event()
        post = calls.Server.post

        def cut(self: calls.Server, path: str, form: object, headers: object) -> calls.Answer:
            line.most_bytes = 40
            sends.set()
            try:
                return post(self, path, form, headers)
            finally:
                line.most_bytes = None

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(calls.Server, "post", cut)
            sent = CONNECTOR.send(through, reply)

    assert sends.is_set()
    assert [status["uri"] for status in answers(us, item)] == [sent.external_id]


def test_server_that_never_answers_leaves_the_outcome_unknown(server, us, bob, monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 1.0)
    item = said(us, bob, "hello?")
    server.fail("POST", "/api/v1/statuses", "latency", delay_ms=5000)

    with pytest.raises((OutcomeUnknown, TemporaryFailure)) as failure:
        CONNECTOR.send(told(us), answer_to(item))

    assert type(failure.value) is OutcomeUnknown


def test_answer_that_is_too_long_is_refused_before_it_is_sent_as_the_server_would(us, bob):
    item = said(us, bob, "tell me everything")

    with pytest.raises(PermanentFailure) as failure:
        CONNECTOR.send(told(us), answer_to(item, "x" * 496))
    CONNECTOR.send(told(us), answer_to(item, "x" * 495))

    assert "takes 500" in str(failure.value)
    assert len(answers(us, item)) == 1


def test_rate_limit_says_when_to_come_back(server, us):
    _items, cursor, _gone = hear(told(us), {})
    server.fail("GET", NOTIFICATIONS, "ratelimit")

    with pytest.raises(RateLimited) as failure:
        CONNECTOR.fetch(told(us), cursor, at=now())

    assert failure.value.retry_after is not None
    assert 0 < failure.value.retry_after <= 600


def test_answer_is_corrected_and_removed(us, bob):
    sent = CONNECTOR.send(told(us), answer_to(said(us, bob, "when do you open?"), "We open at nine."))
    correction = OutgoingChange(uuid4(), sent.external_id, "We open at ten.", sent.raw)
    removal = OutgoingChange(uuid4(), sent.external_id, "", sent.raw)
    assert CONNECTOR.is_edited(told(us), correction) is False

    CONNECTOR.edit(told(us), correction)
    CONNECTOR.edit(told(us), correction)
    shown = bob.await_mention("at ten")["content"]
    assert CONNECTOR.is_edited(told(us), correction) is True
    CONNECTOR.remove(told(us), removal)
    CONNECTOR.remove(told(us), removal)

    assert "at nine" not in shown
    assert CONNECTOR.is_removed(told(us), removal) is True
    with pytest.raises(PermanentFailure):
        CONNECTOR.edit(told(us), correction)


@pytest.mark.parametrize(
    ("effect", "more"), [("status", {"status": 500}), ("status", {"status": 502}), ("malformed", {}), ("timeout", {})]
)
def test_fault_costs_a_look_and_no_mention(server, us, bob, monkeypatch, effect, more):
    monkeypatch.setattr(calls.Server.get, "__kwdefaults__", {"seconds": 2.0})
    _items, cursor, _gone = hear(told(us), {})
    status = bob.post(f"{us.acct} heard in spite of {effect}")
    server.fail("GET", NOTIFICATIONS, effect, **more)

    with pytest.raises(ConnectorFailed):
        CONNECTOR.fetch(told(us), cursor, at=now())
    server.heal()
    items, _cursor, _gone = hear(told(us), cursor)

    assert [item.external_id for item in items] == [status["uri"]]


def test_pages_that_break_off_are_heard_to_the_end(us, bob):
    said(us, bob, "before all that")
    _items, cursor, _gone = hear(told(us), {})
    wanted = [bob.post(f"{us.acct} page {number}")["uri"] for number in range(100)]
    heard: list[str] = []
    failures = 0

    with Line(us.address) as line:
        through = {**told(us), "server": line.url.replace("localhost", "127.0.0.1")}
        cursor = {**cursor, "server": through["server"]}
        for attempt in range(24):
            # In the middle of a page, then in the middle of the headers.
            line.most_bytes = (100 if attempt else 20_000) if attempt % 2 == 0 else None
            try:
                result = CONNECTOR.fetch(through, cursor, at=now())
            except TemporaryFailure:
                failures += 1
                continue
            heard += [item.external_id for item in result.items]
            cursor = result.cursor

    assert failures >= 3
    assert heard == wanted


def test_edit_and_deletion_are_noticed(us, bob):
    first, second = (bob.post(f"{us.acct} {text}") for text in ("brokn", "taken back"))
    _items, cursor, _gone = hear(told(us), {})
    bob.edit(first, f"{us.acct} broken")
    bob.call("DELETE", f"/api/v1/statuses/{second['id']}")

    items, cursor, gone = hear(told(us), cursor, at=now() + timedelta(minutes=6))

    assert [(item.external_id, item.text.split()[-1]) for item in items] == [(first["uri"], "broken")]
    assert gone == [second["uri"]]
    assert hear(told(us), cursor, at=now() + timedelta(minutes=12))[2] == []


def test_stream_of_events_tells_of_a_mention_at_once(us, bob):
    _items, cursor, _gone = hear(told(us), {})
    said_at: list[float] = []

    def say(number: int) -> None:
        said_at.append(time.monotonic())
        bob.post(f"{us.acct} news {number}")

    waits: list[float] = []
    for number in range(20):
        # Long enough for the stream to stand: what comes before is found another way.
        later = threading.Timer(0.5, say, [number])
        later.start()
        assert CONNECTOR.wait_for_news(told(us), cursor, seconds=20)
        waits.append(time.monotonic() - said_at[-1])
        later.join()
        items, cursor, _gone = hear(told(us), cursor)
        assert [item.text.split()[-1] for item in items] == [str(number)]

    assert len(waits) == 20
    assert max(waits) < 1.5


def test_stream_of_events_is_quiet_when_nothing_happens(us):
    _items, cursor, _gone = hear(told(us), {})

    assert CONNECTOR.wait_for_news(told(us), cursor, seconds=2) is False
