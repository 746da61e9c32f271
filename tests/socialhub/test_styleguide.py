import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socialhub.styleguide.views import PARTS
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, OrganisationFactory

pytestmark = pytest.mark.django_db

PAGES = ["/styleguide/", *(f"/styleguide/{part.slug}/" for part in PARTS)]
ROOMS = ("triage_", "listening_", "policies_", "insights_")


@pytest.fixture
def administrator(client):
    OrganisationFactory()
    client.force_login(AppointmentFactory(role=Role.ADMINISTRATOR).user)


@pytest.mark.parametrize("page", PAGES)
def test_the_style_guide_reads_no_conversation(client, administrator, page):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        response = client.get(page)

    assert response.status_code == 200
    assert [query["sql"] for query in asked if any(f'FROM "{room}' in query["sql"] for room in ROOMS)] == []


def test_a_part_that_nobody_made_is_not_found(client, administrator):
    assert client.get("/styleguide/nothing/").status_code == 404


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.slug)
def test_every_specimen_prints_something(rf, part):
    request = rf.get("/styleguide/")

    drawn = [specimen.draw(request) for specimen in part.make()]

    assert all(text.strip() for text in drawn)
    assert all(one.state[1] in text for one, text in zip(part.make(), drawn, strict=True))
