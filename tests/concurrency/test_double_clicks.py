"""Both clicks at the same moment: what is there afterwards is what one click leaves."""

from dataclasses import replace
from http import HTTPStatus

import pytest
from django.db import connection, transaction

from tests.access.asking import OURS, ask, client_for
from tests.access.routes import ROUTES
from tests.access.test_double_clicks import clicker
from tests.access.world import build
from tests.support.race import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

# Of what is done around a conversation; programs go through the same services.
BUTTONS = [
    "conversations/<int:conversation_id>/decide/",
    "conversations/<int:conversation_id>/claim/",
    "conversations/<int:conversation_id>/release/",
    "conversations/<int:conversation_id>/wait/",
    "conversations/<int:conversation_id>/close/",
    "conversations/<int:conversation_id>/reopen/",
    "conversations/<int:conversation_id>/hand-over/",
    "conversations/<int:conversation_id>/take-over/",
    "conversations/<int:conversation_id>/ask-approval/",
    "conversations/<int:conversation_id>/send/",
    "conversations/<int:conversation_id>/notes/",
    "conversations/<int:conversation_id>/takeaways/",
    "hand-overs/<int:hand_over_id>/accept/",
    "approvals/<int:approval_id>/verdict/",
    "replies/<int:reply_id>/retry/",
    "replies/<int:reply_id>/settle/",
    "replies/<int:reply_id>/withdraw/",
    "sending/",
    "account/keys/",
    "policy/draft/guide/add/",
    "policy/draft/quiz/add/",
    "policy/versions/<int:number>/comments/",
    "policy/waivers/grant/",
]


def counts() -> dict[str, int]:
    """Return the number of rows in each of our tables."""
    tables = sorted(name for name in connection.introspection.table_names() if name.startswith(OURS))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables))
        return dict(cursor.fetchall())


@pytest.mark.parametrize("route", BUTTONS)
def test_two_clicks_at_once_leave_what_one_leaves(route):
    world = build()
    used = ROUTES[route]["POST"]
    clients = [client_for(world, clicker(used)) for _ in range(2)]
    with transaction.atomic():
        once = ask(clients[0], "POST", used, world).status_code
        left_by_one = counts()
        transaction.set_rollback(True)

    answers = race(*[lambda client=client: ask(client, "POST", used, world).status_code for client in clients])

    assert once in answers
    assert max(answers) < HTTPStatus.INTERNAL_SERVER_ERROR
    assert counts() == left_by_one


def test_a_form_without_a_key_is_carried_out_twice():
    world = build()
    used = ROUTES["account/keys/"]["POST"]
    keyless = replace(used, send={name: value for name, value in used.send.items() if name != "once"})
    clients = [client_for(world, "responder") for _ in range(2)]
    before = counts()

    race(*[lambda client=client: ask(client, "POST", keyless, world).status_code for client in clients])

    assert counts()["teams_apikey"] == before["teams_apikey"] + 2
