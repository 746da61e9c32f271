"""Walk forward through a list that grows at its newest end, without a gap, whatever the server makes of the paging."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from listening.connectors.mastodon.calls import Answer
from listening.connectors.mastodon.reading import word

PAGE_SIZE = 40
# No server sends so few when there are more, whatever it makes of the size that was asked for.
SMALL_PAGE = 15


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a list has been heard, as its channel's cursor keeps it. Ids are compared for being equal only.

    Everything up to ``known`` has been heard. While a stretch after it is being
    heard, ``top`` is its newest entry and ``below`` the oldest one that was heard:
    Mastodon answers with the entries right after ``known``, so the stretch ends at
    once; others answer with the newest and leave some out between, so what lies
    between is asked for until nothing does.
    """

    has_begun: bool = False
    known: str = ""
    top: str = ""
    below: str = ""

    @classmethod
    def of(cls, kept: object) -> "Walk":
        """Return what a cursor kept."""
        if not isinstance(kept, dict):
            return cls()
        return cls(True, word(kept, "known"), word(kept, "top"), word(kept, "below"))

    def to_keep(self) -> dict[str, str]:
        """Return what a cursor has to keep."""
        return {name: value for name in ("known", "top", "below") if (value := getattr(self, name))}

    def asked(self) -> dict[str, str]:
        """Return what to ask for next."""
        asked = {"limit": str(PAGE_SIZE)}
        if self.known:
            asked["min_id"] = self.known
        if self.below:
            asked["max_id"] = self.below
        return asked

    def after(self, answer: Answer) -> "tuple[Walk, list[Mapping[str, Any]], bool]":
        """Return the walk after a page, what the page brought oldest first, and whether to ask again at once."""
        entries = self._new(answer.entries)
        if not entries:
            return Walk(True, self.top or self.known), [], bool(self.top)
        links = answer.links
        newest = links.get("min_id") or word(entries[0], "id")
        oldest = links.get("max_id") or word(entries[-1], "id")
        heard = list(reversed(entries))
        if not self.has_begun:
            # The first look takes the newest page and nothing before it.
            return Walk(True, newest), heard, False
        reaches_down = self.known and self.known in _ids(answer.entries)
        if reaches_down or len(answer.entries) < SMALL_PAGE:
            # Nothing lies between it and what was known.
            return Walk(True, self.top or newest), heard, True
        return replace(self, top=self.top or newest, below=oldest), heard, True

    def _new(self, entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Leave out what servers count in that should be out, or send because they know no paging."""
        ids = _ids(entries)
        first = ids.index(self.below) + 1 if self.below and self.below in ids else 0
        last = ids.index(self.known) if self.known and self.known in ids else len(ids)
        return list(entries[first:last])


def _ids(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    return [word(entry, "id") for entry in entries]
