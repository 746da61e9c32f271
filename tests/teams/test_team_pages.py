import pytest

from teams.changes import Verb, sentence_of_change
from teams.models import AuditEntry, Seat
from teams.services import seats
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory


def test_seats_page_shows_who_speaks_for_whom(client, administrator, manager):
    place = MembershipFactory(department__name="Care", user__name="Mia Krüger")
    DepartmentFactory(name="Legal")
    seats.give_seat(department_id=place.department_id, representative=place.user, actor=administrator, at=NOON)
    client.force_login(manager)

    page = client.get("/team/seats/").content.decode()

    assert [word in page for word in ("Mia Krüger", "Proponent", "No seat", "Give the seat")] == [
        True,
        True,
        True,
        False,
    ]


def test_seats_are_given_moved_and_removed_on_the_page(client, administrator):
    one = MembershipFactory(department__slug="care")
    two = MembershipFactory(department__slug="legal")
    client.force_login(administrator)

    client.post("/team/seats/care/", {"representative": one.user_id})
    client.post("/team/seats/legal/", {"representative": two.user_id})
    client.post("/team/seats/legal/proponent/")
    response = client.post("/team/seats/care/remove/")

    assert response.headers["Location"] == "/team/seats/"
    assert (Seat.objects.get().representative, Seat.objects.get().is_proponent) == (two.user, True)


def test_a_seat_needs_a_member(client, administrator):
    DepartmentFactory(slug="care")
    client.force_login(administrator)

    for given in ({"representative": administrator.pk}, {"representative": "x"}, {}):
        response = client.post("/team/seats/care/", given)
        assert response.status_code == 422

    assert not Seat.objects.exists()


def test_a_seat_that_is_gone_conflicts(client, administrator):
    DepartmentFactory(slug="care")
    client.force_login(administrator)

    for address in ("/team/seats/care/remove/", "/team/seats/care/proponent/"):
        response = client.post(address)
        assert response.status_code == 409
        assert "This department has no seat on the team." in response.content.decode()


def test_taking_a_place_from_a_representative_conflicts(client, administrator):
    place = MembershipFactory(department__slug="care", user__name="Mia Krüger")
    seats.give_seat(department_id=place.department_id, representative=place.user, actor=administrator, at=NOON)
    client.force_login(administrator)

    response = client.post("/team/departments/care/members/", {"person": place.user_id, "role": "none"})

    assert response.status_code == 409
    assert "Mia Krüger represents this department on the cross-functional team." in response.content.decode()
    assert place.department.memberships.get().user == place.user


@pytest.mark.parametrize("address", ["care/", "care/remove/", "care/proponent/"])
def test_only_administrators_change_seats(client, administrator, manager, address):
    place = MembershipFactory(department__slug="care")
    other = MembershipFactory(department=place.department)
    seats.give_seat(department_id=place.department_id, representative=place.user, actor=administrator, at=NOON)
    client.force_login(manager)

    assert client.post(f"/team/seats/{address}", {"representative": other.user_id}).status_code == 403

    assert Seat.objects.get().representative == place.user
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("verb", Verb.values)
def test_every_change_has_a_sentence(administrator, verb):
    entry = AuditEntry.objects.create(actor=administrator, verb=verb, subject="Care", at=NOON)

    sentence = sentence_of_change(entry)

    assert sentence.startswith("Ada Holm ")
    assert sentence.endswith(".")
    assert "%" not in sentence


def test_a_change_of_an_older_version_still_has_a_sentence(administrator):
    entry = AuditEntry(actor=None, verb="choir.sang", subject="Care", at=NOON)

    assert sentence_of_change(entry) == "The system changed Care."


def test_changes_page_goes_back_page_by_page(client, administrator):
    for number in range(60):
        AuditEntry.objects.create(actor=administrator, verb="department.added", subject=f"D{number:02}", at=NOON)
    client.force_login(administrator)

    first = client.get("/team/changes/")
    second = client.get("/team/changes/" + first.context["next_url"])

    assert [len(first.context["rows"]), len(second.context["rows"])] == [50, 10]
    assert second.context["next_url"] == ""
    assert "Ada Holm added the department D59." in first.content.decode()
    assert "Ada Holm added the department D00." in second.content.decode()


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "٣", "1%00"])
def test_a_place_that_nobody_wrote_is_not_found(client, administrator, after):
    client.force_login(administrator)

    assert client.get(f"/team/changes/?after={after}").status_code == 404
    assert client.get(f"/notifications/?after={after}").status_code == 404


def test_changes_are_for_administrators(client, manager):
    client.force_login(manager)

    assert client.get("/team/changes/").status_code == 403


def test_changes_cannot_be_changed_in_the_admin(client, administrator):
    entry = AuditEntry.objects.create(actor=administrator, verb="department.added", subject="Care", at=NOON)
    client.force_login(administrator)

    assert client.get(f"/admin/teams/auditentry/{entry.pk}/change/").status_code == 200
    assert client.post(f"/admin/teams/auditentry/{entry.pk}/change/", {"subject": "X"}).status_code == 403
    assert client.post(f"/admin/teams/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/teams/auditentry/add/").status_code == 403
    assert AuditEntry.objects.get().subject == "Care"
