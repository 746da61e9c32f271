"""How our own mails are named: the same on every attempt, and known again in every answer."""

import re
from uuid import UUID

_OURS = re.compile(r"<[0-9a-f]{32}\.socialhub@[^<>\s]+>\Z")


def message_id(key: UUID, domain: str) -> str:
    """Return the Message-ID of the answer with this key."""
    return f"<{key.hex}.socialhub@{domain}>"


def is_id_of_ours(value: str) -> bool:
    """Tell whether a Message-ID looks like one that Socialhub gave."""
    return bool(_OURS.match(value))
