"""What a thread shows, one thing below the other."""

from dataclasses import dataclass

from triage.showing.attachments import ShownAttachment
from triage.showing.media import Beside
from triage.showing.pictures import ShownPicture
from triage.showing.underway import Underway


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the thread."""

    kind: str
    text: str
    name: str = ""
    initials: str = ""
    at_text: str = ""
    at_iso: str = ""
    is_ours: bool = False
    language: str = ""
    link: str = ""
    state_text: str = ""
    state_tone: str = ""
    deleted_text: str = ""
    edited_text: str = ""
    source_text: str = ""
    versions: tuple[str, ...] = ()
    key: int = 0
    underway: Underway | None = None
    attachments: tuple[ShownAttachment, ...] = ()
    parts_text: str = ""
    removed_text: str = ""
    change_url: str = ""
    erased_text: str = ""
    # What follows ``text`` where it is very long.
    rest: str = ""
    language_told: str = ""
    answers_text: str = ""
    beside: tuple[Beside, ...] = ()
    pictures: tuple[ShownPicture, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of the thread: ``newest`` can be answered and was heard last, before ``earlier`` there are more."""

    entries: list[Entry]
    newest: int | None
    earlier: int | None


@dataclass(frozen=True, slots=True)
class Copy:
    """One that only passes on what was said; ``split_url`` is where somebody says that it does not."""

    name: str
    at_text: str
    at_iso: str
    link: str
    text: str
    language: str
    split_url: str
