import re
from dataclasses import replace

import pytest
from django.contrib.auth import get_user

from policies.engine.outcomes import Routing
from policies.models import Clause, PolicyVersion, Rule, Target
from policies.services import reading
from socialhub.setup import installing
from teams.models import Appointment, AuditEntry, Department, Membership, Organisation, User
from teams.services.organisation import AlreadySetUp
from tests.factories.teams import NOON, OrganisationFactory
from tests.support.race import race

BEGINNING = installing.Beginning(
    organisation="Nordlys Energy",
    time_zone="Europe/Copenhagen",
    language="de",
    name="Ada Holm",
    email="ada@example.com",
    password="a long walk home",
    departments=[("marketing", "Brand"), ("legal", "Legal")],
    answers_for_first=True,
)
FORM = {
    "organisation": "Nordlys Energy",
    "time_zone": "Europe/Copenhagen",
    "name": "Ada Holm",
    "email": "Ada@Example.com",
    "password": "a long walk home",
    "answers_for_first": "on",
    "has_marketing": "on",
    "name_marketing": "Brand",
    "has_legal": "on",
    "name_legal": "Legal",
}


def nothing_exists():
    return not any(model.objects.exists() for model in (Organisation, User, Department, PolicyVersion, AuditEntry))


@pytest.mark.django_db
def test_set_up_makes_everything_that_a_company_begins_with():
    administrator = installing.set_up(beginning=BEGINNING, at=NOON)

    organisation = Organisation.objects.get()
    assert (organisation.pk, organisation.name, organisation.time_zone, organisation.is_demo) == (
        1,
        "Nordlys Energy",
        "Europe/Copenhagen",
        False,
    )
    assert administrator.check_password("a long walk home")
    assert (administrator.is_staff, administrator.is_superuser) == (True, True)
    assert sorted(Appointment.objects.values_list("user", "role")) == [
        (administrator.pk, "administrator"),
        (administrator.pk, "triage_owner"),
    ]
    assert list(Department.objects.order_by("pk").values_list("slug", "name", "kind")) == [
        ("brand", "Brand", "marketing"),
        ("legal", "Legal", "legal"),
    ]
    assert Membership.objects.get().department.slug == "brand"


@pytest.mark.django_db
def test_set_up_puts_a_policy_in_force_that_can_be_carried_out():
    administrator = installing.set_up(beginning=BEGINNING, at=NOON)

    version = PolicyVersion.objects.get()
    assert (version.number, version.state, version.in_force_from) == (1, "in_force", NOON)
    assert (version.created_by, version.published_by) == (administrator, administrator)
    assert Clause.objects.count() == 51
    assert Target.objects.count() == 4
    policy = reading.policy_in_force()
    routing = [rule.outcome for rule in policy.rules if isinstance(rule.outcome, Routing)]
    assert {outcome.department for outcome in routing} == {"", "brand", "legal"}
    assert len(policy.rules) == Rule.objects.count()


@pytest.mark.django_db
def test_set_up_without_an_answering_administrator_makes_no_member():
    installing.set_up(beginning=replace(BEGINNING, answers_for_first=False), at=NOON)

    assert not Membership.objects.exists()


@pytest.mark.django_db
def test_set_up_happens_once():
    OrganisationFactory()

    with pytest.raises(AlreadySetUp):
        installing.set_up(beginning=BEGINNING, at=NOON)

    assert not User.objects.exists()
    assert not Department.objects.exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_one_of_two_visitors_sets_up():
    other = replace(BEGINNING, organisation="Other", email="eve@example.com")

    outcomes = race(
        lambda: installing.set_up(beginning=BEGINNING, at=NOON), lambda: installing.set_up(beginning=other, at=NOON)
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadySetUp", "User"]
    assert Organisation.objects.count() == 1
    assert User.objects.count() == 1
    assert PolicyVersion.objects.count() == 1


@pytest.mark.django_db
def test_every_page_leads_to_set_up_before_it_was_done(client):
    for address in ("/", "/accounts/login/", "/policy/", "/api/me/"):
        response = client.get(address)
        assert (response.status_code, response.headers["Location"]) == (302, "/setup/")


@pytest.mark.django_db
def test_set_up_page_shows_the_template_of_departments(client):
    response = client.get("/setup/")

    page = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r'name="has_(\w+)"', page) == [
        "marketing",
        "public_relations",
        "customer_service",
        "it",
        "hr",
        "legal",
        "product",
        "sales",
        "agency",
    ]
    assert 'value="Customer service"' in page
    assert '<option value="Europe/Copenhagen">Europe/Copenhagen</option>' in page


@pytest.mark.django_db
def test_set_up_page_sets_up_and_signs_in(client):
    response = client.post("/setup/", FORM)

    assert (response.status_code, response.headers["Location"]) == (302, "/streams/begin/")
    assert get_user(client) == User.objects.get(email="ada@example.com")
    assert Organisation.objects.get().name == "Nordlys Energy"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"organisation": ""}, "This field is required."),
        ({"email": "ada"}, "Enter a valid email address."),
        ({"password": "short"}, "This password is too short. It must contain at least 10 characters."),
        ({"password": "ada@example.com"}, "The password is too similar to the e-mail address."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice. Mars/Olympus is not one of the available choices."),
        ({"name_legal": ""}, "Give this department a name, or leave it out."),
        ({"name_legal": "BRAND"}, "Two departments cannot have the same name."),
        ({"has_legal": "", "has_marketing": ""}, "Choose at least one department: somebody has to answer."),
        ({"name": "A\x00da"}, "Null characters are not allowed."),
    ],
)
def test_set_up_page_refuses_what_cannot_be_used(client, change, sentence):
    response = client.post("/setup/", {**FORM, **change})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert nothing_exists()


@pytest.mark.django_db
def test_set_up_page_is_gone_once_it_was_used(client):
    OrganisationFactory()

    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", FORM).status_code == 404
    assert not User.objects.exists()


@pytest.mark.django_db
def test_set_up_page_tells_who_was_too_late(client, monkeypatch):
    def too_late(**_given):
        raise AlreadySetUp("This installation has been set up already.")

    monkeypatch.setattr(installing, "set_up", too_late)

    response = client.post("/setup/", FORM)

    assert response.status_code == 409
    assert "Nothing of what you entered was kept." in response.content.decode()
    assert nothing_exists()


@pytest.mark.django_db
def test_set_up_page_refuses_other_methods(client):
    assert client.put("/setup/").status_code == 405
