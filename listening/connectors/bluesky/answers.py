"""Read what a service answered without trusting its shape: what is missing or of another kind is empty."""

from collections.abc import Mapping
from datetime import UTC, datetime

POSTS = "app.bsky.feed.post"

Answer = Mapping[str, object]


def text(answer: Answer, name: str) -> str:
    """Return a text."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def part(answer: Answer, *names: str) -> Answer:
    """Return the object that ``names`` lead to."""
    for name in names:
        value = answer.get(name)
        answer = value if isinstance(value, Mapping) else {}
    return answer


def parts(answer: Answer, name: str) -> list[Answer]:
    """Return the objects of a list."""
    value = answer.get(name)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def moment(value: object) -> datetime | None:
    """Return the time that a text tells, if it tells one with its time zone."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except OverflowError:
        return None


def post_page(uri: str) -> str:
    """Return where people read a post: by the account's lasting id, since handles change."""
    did, collection, record_key = [*uri.removeprefix("at://").split("/"), "", "", ""][:3]
    return f"https://bsky.app/profile/{did}/post/{record_key}" if did and collection == POSTS and record_key else ""
