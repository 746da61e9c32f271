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
    steps, highest = {}, {}
    for name, table in of.items():
        cursor.execute(f"SELECT min(id), max(id) FROM {table}")
        low, highest[table] = cursor.fetchone()
        steps[name] = highest[table] - low + 1
        # Whatever else is written meanwhile comes behind the copies.
        last = highest[table] + copies * steps[name]
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])
    for table, changed in copied.items():
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        values = ", ".join(changed.get(name, name) % steps if name in changed else name for name in columns)
        originals = f"WHERE id <= {highest[table]}" if table in highest else ""
        cursor.execute(f"CREATE TEMPORARY TABLE copied AS SELECT * FROM {table} {originals}")
        for number in range(1, copies + 1):
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"
                f" SELECT {values} FROM copied, (VALUES (%s::bigint)) AS copy(n) ORDER BY {columns[0]}",
                [number],
            )
        cursor.execute("DROP TABLE copied")
