"""What the database expects of a query before it runs it: how many rows, and at what cost."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

# As many as may be looked at one by one.
FEW = 2_000
# Of so many expected rows it is known without looking that they are not few: estimates are rarely that wrong.
SURELY_MANY = 20 * FEW
# In the units of the planner: what an index finds, and not what takes reading a large table.
DEAR = 20_000.0


@dataclass(frozen=True, slots=True)
class Expected:
    """The rows and the cost that the planner expects."""

    rows: float
    cost: float


def expected_of(found: QuerySet[Any, Any]) -> Expected:
    """Return what the planner expects; nothing is read."""
    sql, parameters = found.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        told = cursor.fetchone()[0]
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return Expected(plan["Plan Rows"], plan["Total Cost"])


def few(found: QuerySet[Any, Any], column: str = "pk", *, most: int = FEW) -> list[int] | None:
    """Return the ids of what has certain words if they are few, read by the index of words alone; None otherwise."""
    if expected_of(found).rows > SURELY_MANY:
        return None
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner cannot know that two words which are common apart are rare together, and would read the table.
        cursor.execute("SET LOCAL enable_seqscan = off")
        ids = list(found.order_by().values_list(column, flat=True)[: most + 1])
        cursor.execute("SET LOCAL enable_seqscan = on")
    return ids if len(ids) <= most else None


def few_cheap(found: QuerySet[Any, Any]) -> list[int] | None:
    """Return the ids if they are few and an index finds them; None otherwise."""
    expected = expected_of(found)
    if expected.rows > 2 * FEW or expected.cost > DEAR:
        return None
    ids = list(found.order_by().values_list("pk", flat=True)[: FEW + 1])
    return ids if len(ids) <= FEW else None
