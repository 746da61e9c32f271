"""A network that does what a test tells it, and shows what it was really sent."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from listening.connectors.attachments import PICTURE_TYPES, AttachmentLimits
from listening.connectors.base import FetchResult, OutgoingReply, SentReply
from tests.factories.teams import NOON


class Killed(BaseException):
    """The worker's process ended."""


class Network:
    """Takes answers. ``before`` and ``after`` run on either side of the moment at which a post is there.

    ``posts`` is the far side: what anybody can read there, in order. It takes no
    key, so a second sending is a second post.
    """

    kind = "scripted"
    title = "Scripted"
    can_reply = True
    can_search = False
    text_limit: int | None = 100

    def __init__(self) -> None:
        self.posts: list[OutgoingReply] = []
        self.looked_for: list[UUID] = []
        self.settings: list[Mapping[str, object]] = []
        self.before: Callable[[], Any] = lambda: None
        self.after: Callable[[], Any] = lambda: None
        self.cannot_look: Exception | None = None

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        return FetchResult()

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        self.settings.append(settings)
        self.before()
        self.posts.append(reply)
        self.after()
        return self._receipt(len(self.posts))

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        self.looked_for.append(key)
        if self.cannot_look is not None:
            raise self.cannot_look
        places = [place for place, post in enumerate(self.posts, start=1) if post.key == key]
        return self._receipt(places[0]) if places else None

    def check(self, settings: Mapping[str, object]) -> str:
        return "Fine."

    def _receipt(self, place: int) -> SentReply:
        return SentReply(f"post-{place}", f"https://network.example/{place}", NOON)


class WideNetwork(Network):
    """One that takes pictures and threads as well; it knows its posts by their keys."""

    limits = AttachmentLimits(most=2, most_bytes=100_000, media_types=PICTURE_TYPES, alt="recommended", most_alt=50)

    def preface(self, in_reply_to_raw: Mapping[str, object]) -> str:
        return ""

    def attachment_limits(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> AttachmentLimits:
        return self.limits


def raising(error: BaseException) -> Callable[[], None]:
    """Return what raises ``error`` when it is called."""

    def act() -> None:
        raise error

    return act
