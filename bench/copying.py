"""Copy rows many times over: as much as years would bring, in minutes."""

from collections.abc import Mapping
from typing import Any

# By table, how a column of a copy differs: ``n`` is the number of the copy, ``%(name)s`` how far the ids of that table
# in ``of`` reach.
Copied = Mapping[str, Mapping[str, str]]


def copy_rows(cursor: Any, copied: Copied, *, of: Mapping[str, str], copies: int) -> None:
    """Copy every row of these tables ``copies`` times; ``of`` names the tables whose ids move on with each copy.

    A column that nothing is said of is copied as it is.
    """
    if copies < 1:
        return
    steps = {}
    # One look at all tables: others may go on writing.
    cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    for name, table in of.items():
        cursor.execute(f"SELECT min(id), max(id) FROM {table}")
        low, high = cursor.fetchone()
        steps[name] = high - low + 1
        # What they write comes behind the copies.
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, high + copies * steps[name]])
    for table in copied:
        cursor.execute(f"CREATE TEMPORARY TABLE copied_{table} AS SELECT * FROM {table}")
    cursor.execute("COMMIT")
    for table, changed in copied.items():
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        values = ", ".join(changed.get(name, name) % steps if name in changed else name for name in columns)
        for number in range(1, copies + 1):
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"
                f" SELECT {values} FROM copied_{table}, (VALUES (%s::bigint)) AS copy(n) ORDER BY {columns[0]}",
                [number],
            )
        cursor.execute(f"DROP TABLE copied_{table}")
