"""What happened since somebody looked last, out of the append-only record: the truth behind every hint."""

import re
from dataclasses import dataclass

from django.db import DataError, connection

# So much may have happened while a browser was away; beyond that it loads anew what it shows.
MOST_REPLAYED = 2000
SNAPSHOT = re.compile(r"[0-9]{1,19}:[0-9]{1,19}:[0-9,]{0,2000}")

# One statement, so one snapshot: whatever this look does not see, the next one will, and a right that was
# taken away before something happened is known to be gone in the look that finds what happened.
LOOK = """
SELECT
    pg_current_snapshot()::text,
    coalesce((SELECT max(id) FROM teams_auditentry), 0),
    pg_snapshot_xmax(%(snapshot)s::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()),
    (SELECT json_agg(news) FROM (
        SELECT event.conversation_id, event.kind, event.actor_id, ARRAY(
            SELECT department_id FROM triage_concern WHERE conversation_id = event.conversation_id
        ), (SELECT learner_id FROM triage_conversation WHERE id = event.conversation_id)
        FROM triage_event AS event
        WHERE event.transaction >= pg_snapshot_xmin(%(snapshot)s::pg_snapshot)::text::bigint
        AND NOT pg_visible_in_snapshot(event.transaction::text::xid8, %(snapshot)s::pg_snapshot)
        ORDER BY event.transaction, event.id
        LIMIT %(most)s
    ) AS news (conversation, kind, actor, departments, learner))
"""

BEFORE = """
SELECT coalesce(
    (SELECT min(transaction) FROM (SELECT transaction, at FROM triage_event ORDER BY id DESC LIMIT 1000) AS newest
     WHERE at > now() - %s * interval '1 second'),
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint
)
"""


@dataclass(frozen=True, slots=True)
class Position:
    """A moment at which the record was read: by ``snapshot`` which transactions it held, and how far rights were.

    A snapshot consists of numbers of transactions, which say nothing about what
    they wrote, so that any browser may keep it.
    """

    snapshot: str
    audited: int


@dataclass(slots=True)
class Change:
    """What happened to one conversation, by whom, and which departments it concerns; practice its ``learner`` alone."""

    conversation_id: int
    departments: frozenset[int]
    learner_id: int | None
    kinds: set[str]
    actors: set[int]

    def as_data(self) -> dict[str, object]:
        """Return what a browser is told."""
        return {"conversation": self.conversation_id, "kinds": sorted(self.kinds), "by": sorted(self.actors)}


@dataclass(frozen=True, slots=True)
class News:
    """What one look at the record found; ``changes`` is None where it was too much to tell."""

    position: Position
    changes: list[Change] | None


def read_position() -> Position:
    """Return the end of the record."""
    return _look(None, most=0).position


def read_after(position: Position, *, most: int) -> News:
    """Return what can be seen now and could not be seen at ``position``."""
    return _look(position.snapshot, most=most)


def replay(snapshot: str, *, most: int = MOST_REPLAYED) -> News:
    """Return what a browser has missed that remembers a position; too much where it is none of ours."""
    if SNAPSHOT.fullmatch(snapshot):
        try:
            return _look(snapshot, most=most)
        except DataError:
            # It looks like one, but its numbers are in no order.
            pass
    return News(read_position(), None)


def snapshot_before(seconds: float) -> str:
    """Return about where the record stood so long ago, for a page older than anybody's memory of it."""
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, [seconds])
        (oldest,) = cursor.fetchone()
    return f"{oldest}:{oldest}:"


def _look(snapshot: str | None, *, most: int) -> News:
    with connection.cursor() as cursor:
        cursor.execute(LOOK, {"snapshot": snapshot, "most": most + 1})
        told, audited, is_foreign, rows = cursor.fetchone()
    position = Position(told, audited)
    found = rows or []
    # Numbers beyond the end come from a database that this one has replaced.
    if is_foreign or len(found) > most:
        return News(position, None)
    changes: dict[int, Change] = {}
    for row in found:
        told_of = row["conversation"]
        change = changes.get(told_of)
        if change is None:
            change = changes[told_of] = Change(told_of, frozenset(row["departments"]), row["learner"], set(), set())
        change.kinds.add(row["kind"])
        if row["actor"] is not None:
            change.actors.add(row["actor"])
    return News(position, list(changes.values()))
