import pytest

from teams.models import AuditEntry, Department
from teams.roles import Role
from teams.services import departments
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory


def add(actor, name="Customer service", **changes):
    given = {"kind": "customer_service", "listens_for": ["outage"], **changes}
    return departments.add_department(name=name, actor=actor, at=NOON, **given)


def test_a_department_is_added_with_a_slug_of_its_own(administrator):
    DepartmentFactory(name="Old", slug="customer-service")

    assert add(administrator).slug == "customer-service-2"
    assert add(administrator, name="顧客").slug == "department"
    assert add(administrator, name="顾客").slug == "department-2"
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["department.added"] * 3


def test_a_department_keeps_its_slug_when_it_is_renamed(administrator):
    department = add(administrator)

    departments.change_department(
        department_id=department.pk,
        name="Care",
        kind="customer_service",
        listens_for=["refund"],
        offering="in_turn",
        actor=administrator,
        at=NOON,
    )

    department.refresh_from_db()
    assert (department.name, department.slug, department.listens_for) == ("Care", "customer-service", ["refund"])
    assert department.offering == Department.Offering.IN_TURN


def test_two_departments_cannot_have_one_name(administrator):
    department = DepartmentFactory(name="Care")
    other = DepartmentFactory(name="Legal")

    with pytest.raises(departments.DepartmentNameTaken):
        add(administrator, name="CARE")
    with pytest.raises(departments.DepartmentNameTaken):
        departments.change_department(
            department_id=other.pk,
            name="care",
            kind="legal",
            listens_for=[],
            offering="",
            actor=administrator,
            at=NOON,
        )

    assert sorted(Department.objects.values_list("name", flat=True)) == ["Care", "Legal"]
    assert department.name == "Care"
    assert not AuditEntry.objects.exists()


def test_hand_overs_are_stopped_and_allowed_once(administrator):
    department = DepartmentFactory()

    for act in (departments.close_department, departments.close_department, departments.open_department):
        act(department_id=department.pk, actor=administrator, at=NOON)

    department.refresh_from_db()
    assert department.is_active
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["department.closed", "department.opened"]


def test_departments_page_counts_who_works_there(client, manager):
    department = DepartmentFactory(name="Care", listens_for=["outage", "refund"])
    MembershipFactory(department=department)
    MembershipFactory(department=department)
    MembershipFactory(department=department, role=Role.LISTENER)
    MembershipFactory(department=department, user__is_active=False)
    client.force_login(manager)

    response = client.get("/team/")

    found = response.context["departments"][0]
    assert (found.responder_count, found.listener_count) == (2, 1)
    page = response.content.decode()
    assert "outage, refund" in page
    assert "Add a department" not in page


@pytest.mark.parametrize("count", [1, 4])
def test_departments_page_costs_the_same_however_many(client, administrator, count, django_assert_num_queries):
    for place in MembershipFactory.create_batch(count):
        from teams.services import seats

        seats.give_seat(department_id=place.department_id, representative=place.user, actor=administrator, at=NOON)
    client.force_login(administrator)

    with django_assert_num_queries(4):  # person, rights, departments, unread
        client.get("/team/")


def test_a_department_is_added_on_its_page(client, administrator):
    client.force_login(administrator)

    response = client.post(
        "/team/departments/add/",
        {"name": "Care", "kind": "customer_service", "listens_for": "outage, no  power\noutage"},
    )

    assert response.headers["Location"] == "/team/departments/care/"
    assert Department.objects.get().listens_for == ["outage", "no power"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Legal"}, "There is a department of this name already."),
        ({"kind": "choir"}, "Select a valid choice. choir is not one of the available choices."),
        ({"listens_for": "x" * 61}, "is too long to be found."),
        ({"listens_for": ",".join(f"w{n}" for n in range(201))}, "A department listens for at most 200 words."),
        ({"name": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
    ],
)
def test_a_department_page_refuses_what_cannot_be_used(client, administrator, change, sentence):
    legal = DepartmentFactory(name="Legal", slug="legal")
    care = DepartmentFactory(name="Care", slug="care")
    client.force_login(administrator)

    for address in ("/team/departments/add/", "/team/departments/care/change/"):
        response = client.post(address, {"name": "New", "kind": "other", "listens_for": "", **change})
        assert response.status_code == 422
        assert sentence in response.content.decode()

    assert sorted(Department.objects.values_list("pk", "name")) == sorted([(legal.pk, "Legal"), (care.pk, "Care")])
    assert not AuditEntry.objects.exists()


def test_a_department_is_closed_on_its_page_and_says_so(client, administrator):
    DepartmentFactory(name="Care", slug="care")
    client.force_login(administrator)

    page = client.post("/team/departments/care/close/", follow=True).content.decode()

    assert "Care takes no new conversations. What it has stays with it until it is answered." in page
    assert "No new conversations come here" in page
    assert not Department.objects.get().is_active


def test_a_member_is_placed_on_the_page(client, administrator):
    department = DepartmentFactory(slug="care")
    person = MembershipFactory().user
    client.force_login(administrator)

    response = client.post("/team/departments/care/members/", {"person": person.pk, "role": "listener"})
    assert response.status_code == 302
    assert department.memberships.get().role == "listener"

    client.post("/team/departments/care/members/", {"person": person.pk, "role": "none"})
    assert not department.memberships.exists()


def test_a_member_page_refuses_what_cannot_be_used(client, administrator):
    department = DepartmentFactory(slug="care")
    closed = MembershipFactory(user__is_active=False).user
    client.force_login(administrator)

    for given in ({"person": closed.pk, "role": "listener"}, {"person": administrator.pk, "role": "manager"}, {}):
        assert client.post("/team/departments/care/members/", given).status_code == 422

    assert not department.memberships.exists()


def test_unknown_departments_are_not_found(client, administrator):
    client.force_login(administrator)

    assert client.get("/team/departments/choir/").status_code == 404
    assert client.post("/team/departments/choir/close/").status_code == 404


@pytest.mark.parametrize("address", ["add/", "care/change/", "care/close/", "care/open/", "care/members/"])
def test_only_administrators_change_departments(client, manager, address):
    DepartmentFactory(name="Care", slug="care")
    client.force_login(manager)

    response = client.post(
        f"/team/departments/{address}", {"name": "New", "kind": "other", "person": manager.pk, "role": "responder"}
    )

    assert response.status_code == 403
    assert list(Department.objects.values_list("name", "is_active")) == [("Care", True)]
    assert not manager.memberships.exists()
    assert not AuditEntry.objects.exists()
