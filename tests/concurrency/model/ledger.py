"""A network that keeps a ledger of what it took, and answers each sending when and as it is told."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections

from listening.connectors.base import (
    AuthorisationFailure,
    FetchResult,
    OutcomeUnknown,
    OutgoingReply,
    PermanentFailure,
    RateLimited,
    SentReply,
    TemporaryFailure,
)
from tests.factories.teams import NOON
from tests.support.network import Killed
from triage.services.sending import delivery

SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one sending: whether the network takes the post, and what the worker hears."""

    arrives: bool
    heard: BaseException | None = None


# A temporary or permanent failure is the network's promise that it took nothing.
ANSWERS = {
    "taken": Answer(arrives=True),
    "taken, then the line broke": Answer(arrives=True, heard=OutcomeUnknown("The line broke.")),
    "the line broke": Answer(arrives=False, heard=OutcomeUnknown("The line broke.")),
    "busy": Answer(arrives=False, heard=TemporaryFailure("It is busy.")),
    "too often": Answer(arrives=False, heard=RateLimited("Too often.", retry_after=60)),
    "refused": Answer(arrives=False, heard=PermanentFailure("It takes no such words.")),
    "signed out": Answer(arrives=False, heard=AuthorisationFailure("Sign in again.")),
    "taken, then the worker died": Answer(arrives=True, heard=Killed()),
    "the worker died": Answer(arrives=False, heard=Killed()),
}


class Ledger:
    """Takes no keys: a second sending is a second post. ``posts`` is what anybody can read there."""

    kind = "scripted"
    title = "Scripted"
    can_reply = True
    can_search = False
    text_limit: int | None = 200

    def __init__(self) -> None:
        self.posts: list[OutgoingReply] = []
        self.is_down = False
        self.can_tell = True

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        return FetchResult()

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        worker = threading.current_thread()
        assert isinstance(worker, Worker)
        answer = worker.await_answer(reply)
        if worker.arrived is None:
            worker.arrived = answer.arrives
            if answer.arrives:
                self.posts.append(reply)
        if answer.heard is not None:
            raise answer.heard
        return self._receipt(reply.key)

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        if not self.can_tell:
            raise PermanentFailure("It cannot tell.")
        if self.is_down:
            raise TemporaryFailure("It cannot be asked now.")
        return self._receipt(key) if self.has(key) else None

    def check(self, settings: Mapping[str, object]) -> str:
        return "Fine."

    def has(self, key: UUID) -> bool:
        return any(post.key == key for post in self.posts)

    def _receipt(self, key: UUID) -> SentReply:
        return SentReply(f"post-{key}", f"https://network.example/{key}", NOON)


class Worker(threading.Thread):
    """One sending on a connection of its own. It stands still at the network until it is answered."""

    def __init__(self, reply_id: int, at: datetime, network: Ledger) -> None:
        super().__init__(daemon=True)
        self.reply_id = reply_id
        self.at = at
        self.network = network
        self.asked: OutgoingReply | None = None
        # Whether the network took the post, once that is certain.
        self.arrived: bool | None = None
        self._error: BaseException | None = None
        self._answer = ANSWERS["the worker died"]
        self._stands = threading.Event()
        self._goes_on = threading.Event()

    def run(self) -> None:
        try:
            delivery.deliver_reply(reply_id=self.reply_id, at=self.at, connector=self.network)
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where the worker is waited for
            self._error = error
        finally:
            connections.close_all()
            self._stands.set()

    def await_answer(self, reply: OutgoingReply) -> Answer:
        self.asked = reply
        self._stands.set()
        assert self._goes_on.wait(SECONDS)
        return self._answer

    def begin(self) -> bool:
        """Start, and tell whether it stands at the network now."""
        self.start()
        assert self._stands.wait(SECONDS)
        if self.asked is None:
            self._end()
        return self.asked is not None

    def arrive(self, *, is_there: bool) -> None:
        """Decide what became of the post while nobody has answered the worker yet."""
        if self.arrived is None:
            assert self.asked is not None
            self.arrived = is_there
            if is_there:
                self.network.posts.append(self.asked)

    def answer(self, answer: Answer) -> None:
        """Let it go on, and wait for its end."""
        self._answer = answer
        self._goes_on.set()
        self._end()

    def kill(self) -> None:
        """End it without a word to anybody."""
        self.answer(ANSWERS["the worker died"])

    def can_hear(self, answer: Answer) -> bool:
        """Tell whether the answer fits what became of the post."""
        return self.arrived in (None, answer.arrives) or isinstance(answer.heard, OutcomeUnknown)

    def _end(self) -> None:
        self.join(SECONDS)
        assert not self.is_alive()
        if self._error is not None:
            raise self._error
