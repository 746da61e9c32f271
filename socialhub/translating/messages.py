"""What one text for people is to the catalogues."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Key(NamedTuple):
    """What makes two texts one message: gettext looks translations up by exactly this."""

    singular: str
    context: str | None = None


@dataclass
class Message:
    """A text that the code shows, and where."""

    key: Key
    plural: str = ""
    # File and line of each use; the catalogues keep the files only, since lines move with every change.
    places: set[tuple[str, int]] = field(default_factory=set)

    @property
    def files(self) -> list[str]:
        """The files that use it, in order."""
        return sorted({file for file, _line in self.places})


class UnclearText(Exception):
    """The code asks for a translation in a way that no catalogue can follow."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")


class Messages(dict[Key, Message]):
    """All messages of the code."""

    def note(self, key: Key, plural: str, file: str, line: int) -> None:
        """Add one use of a message.

        :raises UnclearText: another place gives it another plural.
        """
        message = self.setdefault(key, Message(key))
        if plural and message.plural and plural != message.plural:
            raise UnclearText(file, line, f"{key.singular!r} has another plural elsewhere: {message.plural!r}.")
        message.plural = message.plural or plural
        message.places.add((file, line))
