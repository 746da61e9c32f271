from unittest import mock

import pytest
from django.db import OperationalError
from django.utils import translation

from teams import languages
from teams.services import organisation
from tests.factories.teams import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company():
    OrganisationFactory(language="es")
    organisation.forget()


def html_of(client, **headers):
    response = client.get("/accounts/login/", headers=headers)
    return response, response.content.decode()


@pytest.mark.parametrize(
    ("wished", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("nl,fr;q=0.8", "fr"),
        ("en-GB", "en"),
        ("nl", "es"),
        ("*", "es"),
        ("", "es"),
        ("%%%;;q=x", "es"),
    ],
)
def test_a_page_speaks_what_the_browser_asks_for_else_what_the_company_does(client, wished, spoken):
    response, page = html_of(client, **{"Accept-Language": wished})

    assert f'<html lang="{spoken}" dir="ltr"' in page
    assert response.headers["Content-Language"] == spoken
    assert "Accept-Language" in response.headers["Vary"]


def test_the_language_is_chosen_before_signing_in(client):
    chosen = client.post("/language/", {"language": "fr", "next": "/accounts/login/"})
    _response, page = html_of(client, **{"Accept-Language": "de"})

    assert chosen.headers["Location"] == "/accounts/login/"
    assert '<html lang="fr"' in page


def test_choosing_a_language_that_is_not_there_changes_nothing(client):
    client.post("/language/", {"language": "tlh", "next": "https://elsewhere.example/"})
    _response, page = html_of(client, **{"Accept-Language": "de"})

    assert '<html lang="de"' in page


def test_what_somebody_chose_goes_before_what_their_browser_asks_for(client):
    client.force_login(UserFactory(language="de"))
    client.cookies["django_language"] = "fr"

    page = client.get("/account/", headers={"Accept-Language": "es"}).content.decode()

    assert '<html lang="de"' in page


def test_somebody_changes_their_language_in_their_account(client):
    person = UserFactory(name="Nadia")
    client.force_login(person)

    client.post("/account/", {"name": "Nadia", "language": "fr", "time_zone": "", "theme": "system"})

    person.refresh_from_db()
    assert person.language == "fr"
    assert '<html lang="fr"' in client.get("/account/").content.decode()


def test_an_account_refuses_a_language_that_is_not_there(client):
    person = UserFactory(name="Nadia")
    client.force_login(person)

    response = client.post("/account/", {"name": "Nadia", "language": "tlh", "time_zone": "", "theme": "system"})

    person.refresh_from_db()
    assert response.status_code == 422
    assert person.language == ""


def test_a_language_that_was_dropped_is_not_spoken(client):
    client.force_login(UserFactory(language="nl"))

    assert '<html lang="es"' in client.get("/account/").content.decode()


def test_a_page_of_a_language_written_from_right_to_left_says_so(client, settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]

    _response, page = html_of(client, **{"Accept-Language": "ar"})

    assert '<html lang="ar" dir="rtl"' in page


def test_a_page_that_is_answered_without_the_database_speaks_what_the_browser_asks_for(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(organisation, "current", mock.Mock(side_effect=OperationalError))

    response, page = html_of(client, **{"Accept-Language": "de"})

    assert response.status_code == 503
    assert "Bei uns ist etwas kaputtgegangen" in page


def test_a_request_that_is_refused_before_anybody_looks_who_reads_is_answered_in_their_language(client, settings):
    settings.ALLOWED_HOSTS = ["socialhub.example"]

    response, page = html_of(client, **{"Accept-Language": "de"})

    assert response.status_code == 400
    assert '<html lang="de"' in page


def test_a_request_leaves_no_language_behind(client):
    with translation.override("en"):
        html_of(client, **{"Accept-Language": "de"})

        assert translation.get_language() == "en"


def test_a_mail_speaks_what_its_receiver_chose_else_what_the_company_does():
    assert languages.of_person(UserFactory(language="fr")) == "fr"
    assert languages.of_person(UserFactory()) == "es"
    assert languages.of_person(UserFactory(language="nl")) == "es"
