"""What a rule may look at. Filled by whoever asks; knows no database."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from socialhub.lib.wording import Wording

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facts:
    """A conversation as the policy sees it, and the answer to it where one is written.

    Names that people choose (``channel``, ``streams``, ``author``) are
    given as ``names`` makes them, so that a rule finds them whatever their case.
    ``local`` is the moment in the company's time zone. ``author`` holds the lists that
    the author stands on, and what kinds of lists these are.
    """

    text: str = ""
    language: str = ""
    sentiment: float | None = None
    # Followers of the author.
    reach: int | None = None
    channel: frozenset[str] = NOTHING
    streams: frozenset[str] = NOTHING
    author: frozenset[str] = NOTHING
    # Conversations with this person before this one, and days since the last of them.
    earlier: int = 0
    days_since: float | None = None
    local: datetime | None = None
    is_office_hours: bool = True
    is_spike: bool = False
    # The gravest of the open incidents to which it belongs: its name, and its level from 1 to 3.
    incident: str = ""
    incident_level: int | None = None
    is_private: bool = False
    # What was decided; empty before.
    disposition: str = ""
    visibility: str = ""
    department: str = ""
    priority: int | None = None
    tags: frozenset[str] = NOTHING
    # Why nobody answers.
    reason: str = ""
    # What somebody wants to say; ``answer_length`` as the channel counts.
    answer: str = ""
    answer_language: str = ""
    answer_length: int | None = None
    answer_sentiment: float | None = None
    answer_pictures_without_alt: int = 0

    @cached_property
    def wording(self) -> Wording:
        """The words of what was heard."""
        return Wording(self.text)

    @cached_property
    def answer_wording(self) -> Wording:
        """The words of the answer."""
        return Wording(self.answer)


def names(*given: str) -> frozenset[str]:
    """Return names as facts and rules compare them: whatever their case, with single spaces."""
    return frozenset(name_of(name) for name in given if name)


def name_of(given: str) -> str:
    """Return one name as facts and rules compare it."""
    return " ".join(given.casefold().split())
