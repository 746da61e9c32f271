import json

import pytest

from tests.factories.teams import OrganisationFactory

pytestmark = pytest.mark.django_db


def test_the_manifest_names_the_company_and_icons_that_are_there(client):
    OrganisationFactory(name="Tavolund")

    response = client.get("/manifest.webmanifest")

    manifest = response.json()
    assert response.headers["Content-Type"] == "application/manifest+json"
    assert manifest["name"] == "Socialhub · Tavolund"
    assert [icon["purpose"] for icon in manifest["icons"]] == ["any", "any", "maskable"]


def test_the_service_worker_keeps_files_and_the_page_without_a_connection_only(client):
    OrganisationFactory()

    response = client.get("/service-worker.js")

    known = json.loads(response.content.decode().partition("= {")[2].partition(";\n")[0].join("{ "))
    assert response.headers["Cache-Control"] == "no-cache"
    assert [file for file in known["files"] if not file.startswith("/static/")] == ["/offline/"]


def test_only_who_is_signed_in_is_given_the_service_worker(client, django_user_model):
    OrganisationFactory()
    person = django_user_model.objects.create_user("mia@example.org", name="Mia")
    assert "data-worker" not in client.get("/accounts/login/").content.decode()

    client.force_login(person)

    assert 'data-worker="/service-worker.js"' in client.get("/account/").content.decode()


def test_the_page_without_a_connection_names_nobody(client, django_user_model):
    OrganisationFactory(name="Tavolund")
    client.force_login(django_user_model.objects.create_user("mia@example.org", name="Mia Krüger"))

    page = client.get("/offline/").content.decode()

    assert ("Mia" in page, "Tavolund" in page, "csrf" in page) == (False, False, False)
