"""What goes out with a reply: the files, what a network takes of them, and replies that are several posts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")


@dataclass(frozen=True, slots=True)
class OutgoingAttachment:
    """A file that goes out with a reply; ``alt`` says what it shows, ``read`` brings its bytes when they are needed."""

    name: str
    media_type: str
    size: int
    sha256: str
    alt: str = ""
    width: int | None = None
    height: int | None = None
    read: Callable[[], bytes] = field(default=bytes, compare=False)


@dataclass(frozen=True, slots=True)
class AttachmentLimits:
    """What a network takes with one reply: how many, how large each and all together, and of what kind.

    With ``media_types`` empty it takes everything. ``alt`` is whether it, or good manners
    there, ask for words that say what a picture shows: ``required``, ``recommended`` or empty.
    """

    most: int
    most_bytes: int
    media_types: tuple[str, ...] = ()
    most_total_bytes: int | None = None
    most_pixels: int | None = None
    alt: str = ""
    most_alt: int = 1500


@runtime_checkable
class TakesAttachments(Protocol):
    """A connector whose network takes files with a reply; they come in ``OutgoingReply.attachments``."""

    def attachment_limits(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> AttachmentLimits:
        """Return what may be attached there; asks nobody, since it is looked at on every page."""


@runtime_checkable
class SendsThreads(Protocol):
    """A connector whose network lets a long reply go out as several posts, each below the one before."""

    def preface(self, in_reply_to_raw: Mapping[str, object]) -> str:
        """Return what each part begins with beside its text, for which room has to be kept; mostly nothing."""
