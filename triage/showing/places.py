"""Where in a long conversation somebody reads."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Place:
    """How far back somebody reads: the mention and the event before which; None is the end."""

    messages_before: int | None = None
    history_before: int | None = None

    @property
    def query(self) -> str:
        """The place as an address carries it."""
        told = {"messages_before": self.messages_before, "history_before": self.history_before}
        given = urlencode({name: value for name, value in told.items() if value is not None})
        return f"?{given}" if given else ""
