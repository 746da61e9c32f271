import pytest
from django.contrib.messages import get_messages

from tests.factories.teams import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_somebody_without_a_role_is_told_so_and_not_refused(client):
    OrganisationFactory()
    client.force_login(UserFactory())

    response = client.get("/")

    assert response["Location"] == "/account/"
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "You have no role here yet. An administrator gives you one."
    ]
    assert client.get("/account/").status_code == 200
