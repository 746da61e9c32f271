from collections.abc import Iterator

import pytest
from django.db import transaction

from teams.models import Appointment
from teams.roles import Role
from tests.access.world import World, build


@pytest.fixture(autouse=True)
def _no_network(monkeypatch) -> None:
    """Let every feed be there: who may connect one is asked here, not what it says."""
    monkeypatch.setattr("listening.services.channels.try_connection", lambda *, kind, settings: "It is there.")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """One world for a whole module: whoever tries something takes it back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def able(world) -> str:
    """Give one person every role, so that they get deepest into every view."""
    for role in (Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.MANAGER, Role.TRIAGE_OWNER):
        Appointment.objects.create(user=world.people["responder"], role=role)
    return "responder"
