import pytest
from django.contrib.messages import get_messages
from django.db import OperationalError

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


@pytest.mark.parametrize(
    ("fault", "status", "retry"), [(OperationalError("away"), 503, "2"), (ValueError("ours"), 500, None)]
)
def test_a_database_that_is_away_is_told_from_a_fault_of_ours(client, monkeypatch, fault, status, retry):
    def current() -> None:
        raise fault

    monkeypatch.setattr("teams.services.organisation.current", current)
    client.raise_request_exception = False

    answer = client.get("/policy/")

    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, retry)
    assert "Something broke on our side" in answer.content.decode()
