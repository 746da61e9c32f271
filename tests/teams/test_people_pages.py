import re
import smtplib

import pytest
from django.contrib.auth import get_user
from django.core import mail

from teams.models import AuditEntry, User
from teams.roles import Role
from teams.services import people
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory, UserFactory

NEW = {"name": "Mia Krüger", "email": "Mia@Example.com"}


def link_in(text):
    return re.search(r"http://localhost:8000(/accounts/password/reset/key/\S+?/)(?=[\s<]|$)", text)[1]


def test_a_person_is_added_and_gets_a_link(client, administrator):
    client.force_login(administrator)

    response = client.post("/team/people/add/", NEW)

    person = User.objects.get(email="mia@example.com")
    assert response.headers["Location"] == f"/team/people/{person.pk}/"
    assert not person.has_usable_password()
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (
        ["mia@example.com"],
        "Your account in the Socialhub of Nordlys Energy",
    )
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["person.added", "person.invited"]


def test_the_link_is_shown_once_and_sets_the_password(client, administrator, django_user_model):
    client.force_login(administrator)
    page = client.post("/team/people/add/", NEW, follow=True).content.decode()
    person = User.objects.get(email="mia@example.com")

    link = link_in(page)
    assert link == link_in(mail.outbox[0].body)
    assert link not in client.get(f"/team/people/{person.pk}/").content.decode()

    client.logout()
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"password1": "another long walk", "password2": "another long walk"})
    client.post("/accounts/login/", {"login": "mia@example.com", "password": "another long walk"})
    assert get_user(client) == person

    client.logout()
    client.get(link, follow=True)
    person.refresh_from_db()
    assert person.check_password("another long walk")
    assert "password1" not in client.get(link, follow=True).content.decode()


def test_a_dead_mail_server_leaves_the_link_to_the_administrator(client, administrator, monkeypatch):
    def refuse(_message):
        raise smtplib.SMTPException("no")

    monkeypatch.setattr("teams.invitations.EmailMessage.send", refuse)
    client.force_login(administrator)

    page = client.post("/team/people/add/", NEW, follow=True).content.decode()

    assert "The mail server did not take the mail. Give this link to the person yourself." in page
    assert link_in(page)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"email": "mia"}, "Enter a valid email address."),
        ({"email": "TAKEN@example.com"}, "Somebody signs in with this address already."),
        ({"name": "x" * 121}, "Ensure this value has at most 120 characters (it has 121)."),
    ],
)
def test_a_person_who_cannot_be_added_is_not(client, administrator, change, sentence):
    UserFactory(email="taken@example.com")
    client.force_login(administrator)

    response = client.post("/team/people/add/", {**NEW, **change})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert User.objects.count() == 2
    assert not AuditEntry.objects.exists()
    assert mail.outbox == []


def test_another_link_is_made(client, administrator):
    person = UserFactory(email="mia@example.com", password="another long walk")
    client.force_login(administrator)

    page = client.post(f"/team/people/{person.pk}/invite/", follow=True).content.decode()

    assert link_in(page) == link_in(mail.outbox[0].body)
    assert AuditEntry.objects.get().verb == "person.invited"


def test_nobody_else_sees_the_link(client, administrator):
    person = UserFactory()
    client.force_login(administrator)
    client.post(f"/team/people/{person.pk}/invite/")

    other = UserFactory()
    assert "password/reset" not in client.get(f"/team/people/{other.pk}/").content.decode()


def test_a_closed_account_gets_no_link(client, administrator):
    person = UserFactory(is_active=False)
    client.force_login(administrator)

    assert client.post(f"/team/people/{person.pk}/invite/").status_code == 404
    assert mail.outbox == []


def test_name_and_address_are_changed(client, administrator):
    person = UserFactory(name="Mia", email="mia@example.com")
    client.force_login(administrator)

    response = client.post(f"/team/people/{person.pk}/change/", {"name": "Mia Krüger", "email": "Krueger@example.com"})

    person.refresh_from_db()
    assert response.status_code == 302
    assert (person.name, person.email) == ("Mia Krüger", "krueger@example.com")
    assert AuditEntry.objects.get().verb == "person.changed"


def test_a_taken_address_stays_with_who_has_it(client, administrator):
    person = UserFactory(name="Mia", email="mia@example.com")
    UserFactory(email="taken@example.com")
    client.force_login(administrator)

    response = client.post(f"/team/people/{person.pk}/change/", {"name": "Mia", "email": "taken@example.com"})

    person.refresh_from_db()
    assert response.status_code == 422
    assert "Somebody else signs in with this address." in response.content.decode()
    assert person.email == "mia@example.com"
    assert not AuditEntry.objects.exists()


def test_roles_are_set_on_the_page(client, administrator):
    person = UserFactory()
    client.force_login(administrator)

    client.post(f"/team/people/{person.pk}/roles/", {"roles": ["manager", "triage_owner"]})

    assert sorted(person.appointments.values_list("role", flat=True)) == ["manager", "triage_owner"]


def test_a_department_role_is_no_company_role(client, administrator):
    person = UserFactory()
    client.force_login(administrator)

    assert client.post(f"/team/people/{person.pk}/roles/", {"roles": ["responder"]}).status_code == 422
    assert not person.appointments.exists()


@pytest.mark.parametrize("address", ["roles/", "close/"])
def test_the_last_administrator_is_told_why_not(client, administrator, address):
    client.force_login(administrator)

    response = client.post(f"/team/people/{administrator.pk}/{address}")

    assert response.status_code == 409
    assert "This is the last administrator who can sign in." in response.content.decode()
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.appointments.get().role == Role.ADMINISTRATOR


def test_a_closed_account_is_signed_out_and_opens_again(client, administrator, django_user_model):
    from django.test import Client

    person = AppointmentFactory(role=Role.MANAGER).user
    theirs = Client()
    theirs.force_login(person)
    assert theirs.get("/team/").status_code == 200
    client.force_login(administrator)

    client.post(f"/team/people/{person.pk}/close/")
    assert theirs.get("/team/").status_code == 302

    client.post(f"/team/people/{person.pk}/open/")
    person.refresh_from_db()
    assert person.is_active
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["person.deactivated", "person.reactivated"]


def test_closing_twice_is_noted_once(administrator):
    person = UserFactory()

    for _ in range(2):
        people.close_account(person_id=person.pk, actor=administrator, at=NOON)

    assert AuditEntry.objects.count() == 1


def test_people_page_tells_what_each_is(client, manager):
    MembershipFactory(user__name="Mia Krüger", department__name="Care")
    UserFactory(name="Gone Person", is_active=False)
    client.force_login(manager)

    page = client.get("/team/people/").content.decode()

    assert "Responder, Care" in page
    assert "Account closed" in page
    assert "Add a person" not in page


@pytest.mark.parametrize("count", [1, 4])
def test_people_page_costs_the_same_however_many(client, manager, count, django_assert_num_queries):
    MembershipFactory.create_batch(count)
    client.force_login(manager)

    with django_assert_num_queries(7):  # person, rights, people, their roles, places, departments, unread
        client.get("/team/people/")


@pytest.mark.parametrize("address", ["change/", "roles/", "close/", "open/", "invite/"])
def test_only_administrators_change_people(client, manager, address):
    person = UserFactory(name="Mia", email="mia@example.com")
    client.force_login(manager)

    response = client.post(
        f"/team/people/{person.pk}/{address}", {"name": "X", "email": "x@example.com", "roles": ["manager"]}
    )

    person.refresh_from_db()
    assert response.status_code == 403
    assert (person.name, person.email, person.is_active) == ("Mia", "mia@example.com", True)
    assert not person.appointments.exists()
    assert not AuditEntry.objects.exists()
    assert mail.outbox == []


def test_only_administrators_add_people(client, manager):
    client.force_login(manager)

    assert client.post("/team/people/add/", NEW).status_code == 403
    assert User.objects.count() == 1


def test_unknown_people_are_not_found(client, administrator):
    client.force_login(administrator)

    assert client.get("/team/people/999999999/").status_code == 404
    assert client.get(f"/team/people/{10**30}/").status_code == 404
    assert client.post("/team/people/999999999/close/").status_code == 404


def test_people_without_a_role_see_no_team(client, company):
    client.force_login(UserFactory())

    assert client.get("/team/people/").status_code == 403


def test_how_much_somebody_holds_is_set_on_the_page(client, administrator):
    person = UserFactory()
    client.force_login(administrator)

    for given, kept in (("5", 5), ("5", 5), ("", None)):
        response = client.post(f"/team/people/{person.pk}/capacity/", {"capacity": given})
        assert response.headers["Location"] == f"/team/people/{person.pk}/"
        person.refresh_from_db()
        assert person.capacity == kept

    assert [entry.verb for entry in AuditEntry.objects.all()] == ["person.capacity_set"] * 2
    for wrong in ("0", "-1", "1001", "many"):
        assert client.post(f"/team/people/{person.pk}/capacity/", {"capacity": wrong}).status_code == 422
    person.refresh_from_db()
    assert person.capacity is None
