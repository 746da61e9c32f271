"""Insert many rows in one statement: several times faster than one object per row."""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL


def insert_rows(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
    *,
    on_conflict: str = "",
    returning: str = "",
) -> list[tuple[Any, ...]]:
    """Insert ``rows`` into ``table``; ``columns`` maps each name to its PostgreSQL type, in the order of the values.

    Values of type jsonb are given as Python objects. ``table``, ``columns``,
    ``on_conflict`` and ``returning`` are written by us, never by a reader.
    """
    if not rows:
        return []
    values: list[Any] = [list(column) for column in zip(*rows, strict=True)]
    for position, kind in enumerate(columns.values()):
        if kind == "jsonb":
            # One document of all of them: in an array, each quotation mark would be escaped by itself.
            values[position] = json.dumps(values[position])
    names = ", ".join(columns)
    sets = ", ".join(
        "jsonb_array_elements(%s::jsonb)" if kind == "jsonb" else f"unnest(%s::{kind}[])" for kind in columns.values()
    )
    statement = f"INSERT INTO {table} ({names}) SELECT * FROM ROWS FROM ({sets})"  # noqa: S608 - no reader's text in it
    if on_conflict:
        statement += f" ON CONFLICT {on_conflict}"
    if returning:
        statement += f" RETURNING {returning}"
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if returning else []


def save_rows(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Save these columns of many rows of one model in one statement; the rows are locked by the caller."""
    if not rows:
        return
    meta = rows[0]._meta
    named = {field.name: field for field in meta.concrete_fields}
    fields = [named[name] for name in columns]
    kinds = [str(field.db_type(connection)).partition("(")[0] for field in fields]
    values: list[Any] = [[row.pk for row in rows]]
    for field, kind in zip(fields, kinds, strict=True):
        of_rows = [_plain(getattr(row, field.attname)) for row in rows]
        values.append(json.dumps(of_rows) if kind == "jsonb" else of_rows)
    sets = ", ".join(
        "jsonb_array_elements(%s::jsonb)" if kind == "jsonb" else f"unnest(%s::{kind}[])" for kind in ["bigint", *kinds]
    )
    names = ", ".join(f"v{number}" for number in range(len(fields)))
    change = ", ".join(f"{field.column} = v{number}" for number, field in enumerate(fields))
    # No reader's text is in it: names of our own columns.
    statement = (
        f"UPDATE {meta.db_table} SET {change} FROM ROWS FROM ({sets}) AS given (pk, {names}) "  # noqa: S608
        f"WHERE {meta.db_table}.{meta.pk.column} = given.pk"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _plain(value: Any) -> Any:
    # Of a list the driver wants one type: a choice and its value are two.
    return value.value if isinstance(value, Enum) else value


def any_of(ids: Iterable[int]) -> RawSQL:
    """Return many ids for an ``in`` lookup as one parameter; as one each they cost more than the query itself."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def any_text_of(texts: Iterable[str]) -> RawSQL:
    """Return many texts for an ``in`` lookup as one parameter."""
    return RawSQL("SELECT unnest(%s::text[])", [list(texts)])


def next_ids(table: str, count: int) -> list[int]:
    """Take ``count`` ids of a table's sequence beforehand, so that rows of other tables can name them."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]
