"""A network that keeps a ledger of what it accepted, and two connectors that speak to it."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

from listening.connectors import registry
from listening.connectors.base import (
    FetchResult,
    OutcomeUnknown,
    OutgoingReply,
    PermanentFailure,
    RateLimited,
    SentReply,
    TemporaryFailure,
)

# Of a hundred requests so many are put off, asked to wait, and accepted without an answer.
PUT_OFF, ASKED_TO_WAIT, UNANSWERED = 3, 1, 2
LONGEST_SECONDS = 0.008


class Ledger(HTTPServer):
    """Writes down the key of every post that it accepts, in order, as often as it accepts it.

    It serves one request after the other, so what a worker had sent before it was
    killed is written down before the next worker asks.
    """

    def __init__(self, *, seed: int = 7) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accepted: list[tuple[str, datetime]] = []
        self.chance = random.Random(seed)
        self.is_fair = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever asked was killed."""


class _Handler(BaseHTTPRequestHandler):
    server: Ledger

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return
        luck = 100.0 if self.server.is_fair else self.server.chance.uniform(0, 100)
        self._take_time()
        if luck < PUT_OFF:
            self._answer(503)
        elif luck < PUT_OFF + ASKED_TO_WAIT:
            self._answer(429)
        else:
            self.server.accepted.append((json.loads(body)["key"], datetime.now(UTC)))
            self._take_time()
            if luck >= PUT_OFF + ASKED_TO_WAIT + UNANSWERED:
                self._answer(200)

    def do_GET(self) -> None:
        key = self.path.rpartition("/")[2]
        self._answer(200 if any(key == accepted for accepted, _at in self.server.accepted) else 404)

    def _take_time(self) -> None:
        if not self.server.is_fair:
            time.sleep(self.server.chance.uniform(0, LONGEST_SECONDS))

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal quiet."""


@contextmanager
def ledger(*, seed: int = 7) -> Iterator[Ledger]:
    """Run the network until the block ends."""
    with Ledger(seed=seed) as network:
        thread = threading.Thread(target=network.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield network
        finally:
            network.shutdown()
            thread.join()


class LedgerConnector:
    """Sends to the ledger at the ``port`` of its channel; ``remembers`` says whether it can be asked for a key."""

    title = "Ledger"
    can_reply = True
    can_search = False
    text_limit: int | None = None

    def __init__(self, kind: str, *, remembers: bool) -> None:
        self.kind = kind
        self._remembers = remembers

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear nothing."""
        return FetchResult()

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Send, and say what the network said."""
        told = json.dumps({"key": str(reply.key), "text": reply.text})
        try:
            status = _ask(settings, "POST", "/posts", told)
        except (OSError, http.client.HTTPException) as error:
            raise OutcomeUnknown("The network took the answer and said nothing.") from error
        if status == 503:
            raise TemporaryFailure("The network is busy.")
        if status == 429:
            raise RateLimited("The network asks us to wait.", retry_after=30)
        return _receipt(reply.key)

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Ask for a key, where the network can be asked."""
        if not self._remembers:
            raise PermanentFailure("The network cannot be asked what it has.")
        return _receipt(key) if _ask(settings, "GET", f"/posts/{key}") == 200 else None

    def check(self, settings: Mapping[str, object]) -> str:
        """Find everything in order."""
        return "Fine."


KINDS = ("ledger", "forgetful")


def register() -> None:
    """Let channels be of the two kinds: a network that can be asked what it has, and one that cannot."""
    for kind in KINDS:
        registry.CONNECTORS[kind] = LedgerConnector(kind, remembers=kind == "ledger")  # type: ignore[assignment]


def _ask(settings: Mapping[str, object], method: str, path: str, body: str = "") -> int:
    inquiry = http.client.HTTPConnection("127.0.0.1", int(str(settings["port"])), timeout=30)
    try:
        inquiry.request(method, path, body)
        return inquiry.getresponse().status
    finally:
        inquiry.close()


def _receipt(key: UUID) -> SentReply:
    return SentReply(str(key), f"https://ledger.example/{key}", datetime.now(UTC))
