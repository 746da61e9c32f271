import pytest

from listening.models import AuthorList
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, OrganisationFactory
from tests.support.api import Program


@pytest.fixture
def program(db):
    OrganisationFactory()
    return Program(AppointmentFactory(role=Role.TRIAGE_OWNER).user)


def test_a_program_makes_fills_and_deletes_a_list(program):
    made = program.post("author-lists/", {"name": "Press", "kind": "press"})
    address = f"author-lists/{made.json()['id']}/"
    filled = [program.post(f"{address}entries/", {"add": ["@Jo", "ann"], "remove": ["lee"]}) for _twice in range(2)]
    emptied = program.post(f"{address}entries/", {"remove": ["JO"]})

    assert (made.status_code, made.json()["entry_count"]) == (201, 0)
    assert [one.json() for one in filled] == [{"added": 2, "removed": 0}, {"added": 0, "removed": 0}]
    assert emptied.json() == {"added": 0, "removed": 1}
    assert program.get(address).json() | {"id": 0} == {"id": 0, "name": "Press", "kind": "press", "entry_count": 1}
    assert program.ask("DELETE", address).status_code == 204
    assert not AuthorList.objects.exists()


@pytest.mark.parametrize(
    "entries", [{"add": ["jo", "ann lee"]}, {"remove": ["ann lee"]}, {"add": "jo"}, {"add": [1, {}]}]
)
def test_what_cannot_be_an_author_is_refused(program, entries):
    made = program.post("author-lists/", {"name": "Press", "kind": "press"}).json()

    refused = program.post(f"author-lists/{made['id']}/entries/", entries)

    assert refused.status_code in (400, 422)
    assert not AuthorList.objects.get().entries.exists()
    assert program.post("author-lists/", {"name": "PRESS", "kind": "press"}).status_code == 409
    assert program.post("author-lists/9999/entries/", entries).status_code == 404
