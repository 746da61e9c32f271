import pytest
from django.db import transaction

from tests.access.asking import ask, checksum, client_for
from tests.access.routes import ROUTES
from tests.access.world import ACTORS

pytestmark = pytest.mark.django_db

CASES = [(route, method) for route, uses in sorted(ROUTES.items()) for method in uses]
DENIED = (401, 403, 404)


@pytest.mark.parametrize(("route", "method"), CASES)
def test_who_may_use(world, route, method):
    used = ROUTES[route][method]
    clients = {actor: client_for(world, actor) for actor in ACTORS}
    before = checksum()
    statuses, changed_by_denied = {}, []

    for actor, client in clients.items():
        with transaction.atomic():
            statuses[actor] = ask(client, method, used, world).status_code
            is_denied = statuses[actor] in DENIED or actor == "anonymous"
            if is_denied and checksum() != before:
                changed_by_denied.append(actor)
            transaction.set_rollback(True)

    assert statuses == used.expected
    assert changed_by_denied == []
