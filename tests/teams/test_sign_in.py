import pytest
from django.contrib.auth import get_user

from teams.roles import Role
from tests.factories.teams import AppointmentFactory, MembershipFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_sign_in_page_offers_one_person_for_each_role_of_the_demonstration(client):
    OrganisationFactory(is_demo=True)
    eva = UserFactory(name="Eva Falk")
    AppointmentFactory(user=eva, role=Role.TRIAGE_OWNER)
    AppointmentFactory(user=UserFactory(name="Second Owner"), role=Role.TRIAGE_OWNER)
    MembershipFactory(user=UserFactory(name="Mia Krüger"), role=Role.RESPONDER, department__name="Customer service")
    MembershipFactory(user=UserFactory(name="Gone Person", is_active=False), role=Role.LISTENER)

    page = client.get("/accounts/login/").content.decode()

    assert [name in page for name in ("Eva Falk", "Mia Krüger", "Second Owner", "Gone Person")] == [
        True,
        True,
        False,
        False,
    ]
    assert "Responder, Customer service" in page
    assert f'action="/sign-in-as/{eva.pk}/"' in page


def test_sign_in_page_offers_nobody_in_a_real_company(client):
    OrganisationFactory()
    eva = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    page = client.get("/accounts/login/").content.decode()

    assert "sign-in-as" not in page
    assert eva.name not in page


def test_one_click_signs_in_as_somebody_of_the_demonstration(client):
    OrganisationFactory(is_demo=True)
    eva = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    response = client.post(f"/sign-in-as/{eva.pk}/", {"next": "/policy/"})

    assert (response.status_code, response.headers["Location"]) == (302, "/policy/")
    assert get_user(client) == eva


def test_one_click_leads_nowhere_outside(client):
    OrganisationFactory(is_demo=True)
    eva = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    response = client.post(f"/sign-in-as/{eva.pk}/", {"next": "https://elsewhere.example/"})

    assert response.headers["Location"] == "/"


def test_one_click_does_not_exist_in_a_real_company(client):
    OrganisationFactory()
    eva = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    assert client.post(f"/sign-in-as/{eva.pk}/").status_code == 404
    assert get_user(client).is_anonymous


def test_one_click_knows_only_the_people_that_are_offered(client):
    OrganisationFactory(is_demo=True)
    AppointmentFactory(role=Role.TRIAGE_OWNER)
    added = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    assert client.post(f"/sign-in-as/{added.pk}/").status_code == 404
    assert client.post(f"/sign-in-as/{10**30}/").status_code == 404
    assert get_user(client).is_anonymous


def test_one_click_needs_a_post(client):
    OrganisationFactory(is_demo=True)
    eva = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    assert client.get(f"/sign-in-as/{eva.pk}/").status_code == 405


def test_one_click_is_limited(client):
    OrganisationFactory(is_demo=True)
    eva = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    answers = [client.post(f"/sign-in-as/{eva.pk}/").status_code for _ in range(31)]

    assert answers == [302] * 30 + [429]
    assert "Too many tries" in client.post(f"/sign-in-as/{eva.pk}/").content.decode()


def test_sign_in_with_address_and_password(client):
    OrganisationFactory()
    eva = UserFactory(email="eva@example.com", password="a long walk home")

    wrong = client.post("/accounts/login/", {"login": "eva@example.com", "password": "another walk"})
    assert wrong.status_code == 200
    assert get_user(client).is_anonymous

    right = client.post("/accounts/login/", {"login": "Eva@example.com", "password": "a long walk home"})
    assert right.status_code == 302
    assert get_user(client) == eva


def test_the_admin_has_no_sign_in_of_its_own(client):
    OrganisationFactory()
    root = UserFactory(is_staff=True, is_superuser=True)
    root.set_password("right horse battery")
    root.save(update_fields=["password"])

    answer = client.post("/admin/login/?next=/admin/", {"username": root.email, "password": "right horse battery"})

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_an_act_without_a_session_leaves_the_page_with_what_was_typed_in_it(client):
    OrganisationFactory()

    answer = client.post("/conversations/1/send/", {"body": "On our way."}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (401, b"")


def test_a_new_password_is_offered_in_the_language_of_its_reader_and_to_nobody_without_an_account(client, mailoutbox):
    OrganisationFactory()
    UserFactory(name="Mia Krüger", email="mia@example.com", language="de")

    for address in ("nobody@example.com", "mia@example.com"):
        client.post("/accounts/password/reset/", {"email": address}, headers={"Accept-Language": "fr"})

    assert [(mail.to, mail.subject) for mail in mailoutbox] == [(["mia@example.com"], "Neues Passwort wählen")]
    assert mailoutbox[0].body.startswith("Guten Tag Mia Krüger,\n\njemand hat ein neues Passwort")
    assert "/accounts/password/reset/key/" in mailoutbox[0].body


def test_refusals_of_a_new_password_address_people_as_everything_else_does(client):
    OrganisationFactory()
    client.force_login(UserFactory(language="de", password="correct-horse"))
    wrong = {"oldpassword": "wrong", "password1": "a-long-password", "password2": "another-password"}

    page = client.post("/accounts/password/change/", wrong).content.decode()

    assert "Bitte geben Sie Ihr aktuelles Passwort ein." in page
    assert "Geben Sie zweimal dasselbe Passwort ein." in page


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/password/reset/"])
def test_no_field_says_again_what_stands_above_it(client, company, address):
    assert "placeholder=" not in client.get(address).content.decode().split("<main")[1]
