"""Every button, clicked twice: the second click changes nothing that the first one did not."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import transaction

from tests.access.asking import ask, checksum, client_for
from tests.access.routes import ROUTES
from tests.access.table import Use
from tests.factories.teams import NOON

pytestmark = pytest.mark.django_db

# Saved again, settings are what they were, and the record tells that somebody saved them once more.
TOLD_TWICE = {
    ("api/streams/<int:pk>/", "PUT"),
    ("channels/<int:channel_id>/change/", "POST"),
    ("streams/<int:stream_id>/change/", "POST"),
    ("streams/<int:stream_id>/needed/", "POST"),
    ("team/departments/<slug:slug>/change/", "POST"),
    ("team/organisation/", "POST"),
    ("team/people/<int:person_id>/change/", "POST"),
    ("team/people/<int:person_id>/invite/", "POST"),
}
# Two alike are allowed: a program knows what it has asked for.
ALIKE = {"api/policy/waivers/"}
CASES = [
    (route, method)
    for route, uses in sorted(ROUTES.items())
    for method, used in uses.items()
    if method != "GET" and route not in ALIKE
]


def clicker(used: Use) -> str | None:
    """Return the first in the table who may do it, if the world lets anybody."""
    able = [name for name, status in used.expected.items() if status < HTTPStatus.BAD_REQUEST]
    return next((name for name in able if name != "anonymous"), None)


@pytest.mark.parametrize(("route", "method"), [case for case in CASES if clicker(ROUTES[case[0]][case[1]]) is not None])
def test_a_second_click_changes_nothing_more(world, route, method, time_machine):
    time_machine.move_to(NOON + timedelta(seconds=1), tick=False)
    used = ROUTES[route][method]
    actor = clicker(used)
    client = client_for(world, actor)

    with transaction.atomic():
        first = ask(client, method, used, world).status_code
        after_one = checksum()
        time_machine.move_to(NOON + timedelta(seconds=2), tick=False)
        second = ask(client, method, used, world).status_code
        changed = [row[0] for row, was in zip(checksum(), after_one, strict=True) if row != was]
        transaction.set_rollback(True)

    assert first == used.expected[actor]
    assert second < HTTPStatus.INTERNAL_SERVER_ERROR
    assert changed == (["teams_auditentry"] if (route, method) in TOLD_TWICE else [])
