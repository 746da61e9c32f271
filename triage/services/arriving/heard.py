"""One stored mention as intake works on it."""

from dataclasses import dataclass
from datetime import datetime

from policies.engine.facts import Facts
from socialhub.lib.wording import Wording

SNIPPET_LENGTH = 160


@dataclass(slots=True)
class Heard:
    """A mention with what is needed of its author and channel."""

    mention_id: int
    channel_id: int
    profile_id: int
    external_id: str
    in_reply_to: str
    is_ours: bool
    text: str
    language: str
    sentiment: float | None
    published_at: datetime
    profile_external_id: str
    profile_name: str
    profile_handle: str
    profile_reach: int | None
    channel_kind: str
    is_automatic: bool = False
    repeats: str = ""
    channel_name: str = ""
    person_id: int | None = None
    is_private: bool = False
    # What the rules look at; whoever asks them gives it (``triage.services.arriving.facts``).
    facts: Facts | None = None
    _wording: Wording | None = None

    @property
    def wording(self) -> Wording:
        """The words of its text."""
        if self.facts is not None:
            return self.facts.wording
        if self._wording is None:
            self._wording = Wording(self.text)
        return self._wording

    @property
    def is_voice(self) -> bool:
        """Whether a person who is not one of us says something of their own: what may open and reopen."""
        return not (self.is_ours or self.is_automatic or self.repeats)

    @property
    def is_copy(self) -> bool:
        """Whether it only passes on what somebody else said."""
        return bool(self.repeats) and not self.is_ours

    @property
    def author_name(self) -> str:
        """The author as a list shows them."""
        return self.profile_name or self.profile_handle or self.profile_external_id[:200]

    @property
    def snippet(self) -> str:
        """The beginning of the text on one line."""
        return snippet_of(self.text)


def snippet_of(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text[: SNIPPET_LENGTH * 2].split())
    return line if len(line) <= SNIPPET_LENGTH else f"{line[: SNIPPET_LENGTH - 1].rstrip()}…"
