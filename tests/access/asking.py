"""How the tests of this folder ask."""

import json
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.access.table import Use
from tests.access.world import World

OURS = ("teams_", "policies_", "listening_", "triage_", "insights_")


def client_for(world: World, actor: str) -> Client:
    """Return a browser in which ``actor`` is signed in. A crash is an answer: 500."""
    client = Client(raise_request_exception=False)
    if actor != "anonymous":
        client.force_login(world.people[actor])
    return client


def ask(client: Client, method: str, used: Use, world: World) -> HttpResponse:
    """Send what a line of the table says: JSON to the API, a form to a page."""
    address = "/" + used.at.format(**world.ids)
    sent = {name: _filled(value, world) for name, value in used.send.items()}
    if address.startswith("/api/") and method != "GET":
        return client.generic(method, address, json.dumps(sent), content_type="application/json")
    return getattr(client, method.lower())(address, sent)


def _filled(value: Any, world: World) -> Any:
    if isinstance(value, list):
        return [_filled(one, world) for one in value]
    return value.format(**world.ids) if isinstance(value, str) else value


def checksum() -> list[tuple[Any, ...]]:
    """Return the number of rows and a sum over their contents, for each of our tables."""
    tables = sorted(name for name in connection.introspection.table_names() if name.startswith(OURS))
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(one::text)), 0) FROM {table} AS one" for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1")
        return cursor.fetchall()
