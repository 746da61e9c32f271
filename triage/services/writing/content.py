"""All that an answer says: what is approved as a whole, and goes out as a whole."""

import json
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes out, by the id of its row and by its bytes, with what it is said to show."""

    file_id: int
    sha256: str
    alt: str


@dataclass(frozen=True, slots=True)
class Content:
    """A text, its ``parts`` where it goes out as several posts, and what is attached."""

    text: str
    split: str = ""
    parts: tuple[str, ...] = ()
    attached: tuple[Attached, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of all of it; of a text alone, that of the text."""
        told = self.text
        if self.parts or self.attached:
            # No text has the character between them, so no other content reads the same.
            told += "\0" + json.dumps([self.parts, [[one.sha256, one.alt] for one in self.attached]])
        return sha256(told.encode()).hexdigest()
