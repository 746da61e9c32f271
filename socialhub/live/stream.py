"""One open connection and what it has not been told yet."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from socialhub.live.readers import Reader

# A browser that takes nothing for so many messages loads anew what it shows, once it takes something.
MOST_PENDING = 200


def say(event: str, data: object = None, *, position: str = "") -> bytes:
    """Return one server-sent event; with a position, all up to there has been said with it."""
    number = f"id: {position}\n" if position else ""
    return f"{number}event: {event}\ndata: {json.dumps({} if data is None else data)}\n\n".encode()


@dataclass(slots=True, eq=False)
class Stream:
    """One open connection. The same thing said twice before it is taken is said once."""

    reader: Reader
    pending: dict[bytes, None] = field(default_factory=dict)
    is_over: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, body: bytes) -> None:
        """Keep something to be sent."""
        if len(self.pending) >= MOST_PENDING:
            self.pending.clear()
            body = say("reload")
        self.pending[body] = None
        self.woken.set()

    def become(self, reader: Reader) -> None:
        """Go on for a reader whose rights may have changed meanwhile."""
        if reader.rights == self.reader.rights:
            return
        self.reader = reader
        # What waits may not be theirs any more. What more there is, or less, the page sees when it looks.
        self.pending.clear()
        self.put(say("reload"))

    def end(self) -> None:
        """Close the connection: nothing more is for its reader, not even what waits."""
        self.pending.clear()
        self.is_over = True
        self.woken.set()

    def take(self, message: dict[str, Any]) -> None:
        """Keep what was published, if it concerns this reader."""
        body = hint(message, self.reader)
        if body:
            self.put(body)

    def drain(self) -> bytes:
        """Return what to send, and forget it."""
        body = b"".join(self.pending)
        self.pending.clear()
        self.woken.clear()
        return body


def hint(message: dict[str, Any], reader: Reader) -> bytes:
    """Return what a reader is told of a message that is not in the record; nothing where it is not theirs."""
    if message.get("everybody") or (reader.user_id in message.get("people", ()) and "here" not in message):
        return say("notification")
    if "conversation" in message and reader.may_hear(message["departments"]):
        return say("changed", [{"conversation": message["conversation"], "kinds": [], "by": []}])
    if "practice" in message and reader.user_id == message["learner"]:
        return say("changed", [{"conversation": message["practice"], "kinds": [], "by": []}])
    if "here" in message and reader.user_id in message["people"] and reader.may_hear(message["departments"]):
        return say("here", {"conversation": message["here"]})
    if "inbox" in message and reader.may_hear_something:
        return say("reload")
    if "sending" in message and reader.may_hear_of_stop(message["department"]):
        return say("sending")
    if "incidents" in message and reader.rights.may_somewhere("policy.view"):
        # They stand beside the stops.
        return say("sending")
    if "policy" in message and reader.may_hear_something:
        return say("policy")
    return b""
