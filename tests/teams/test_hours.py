from datetime import UTC, datetime

import pytest

from socialhub.lib.errors import Invalid
from teams import hours
from teams.models import AuditEntry, Department, Organisation
from teams.services import hours as services
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

FORM = {
    "keeps": "own",
    **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "9-12, 13:00–17:00"),
    "country": "DE",
    "region": "by",
    "own_days": "2026-12-24 Christmas Eve 09:00-12:00\n2026-12-31 Stocktaking",
}
SPLIT = [["09:00", "12:00"], ["13:00", "17:00"]]


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("", []),
        ("9-17", [["09:00", "17:00"]]),
        ("13:00–17:30, 8:15 - 12", [["08:15", "12:00"], ["13:00", "17:30"]]),
        ("00:00-24:00", [["00:00", "24:00"]]),
        ("9.30 bis 12; 13 to 14", [["09:30", "12:00"], ["13:00", "14:00"]]),
    ],
)
def test_the_hours_of_a_day_are_read_as_people_write_them(text, periods):
    assert hours.read_day(text) == periods


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("morning", "“morning” is no period. Write it like 09:00–17:00."),
        ("17-9", "“17-9” ends before it begins. Past midnight, write two days: 22:00–24:00 and 00:00–06:00."),
        ("9-9", "“9-9” ends before it begins. Past midnight, write two days: 22:00–24:00 and 00:00–06:00."),
        ("9-13, 12-17", "The periods overlap at 12:00."),
        ("9-25", "“9-25” names a time that no clock shows."),
        ("9:75-12", "“9:75-12” names a time that no clock shows."),
        ("1-2,3-4,5-6,7-8,9-10,11-12,13-14", "A day has at most 6 periods."),
    ],
)
def test_hours_that_cannot_be_are_refused(text, sentence):
    with pytest.raises(Invalid) as refused:
        hours.read_day(text)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ({"mon": []}, "Nobody would ever be there. Give at least one day its hours."),
        ({"mon": [["09:00", "09:30"]]}, "That is less than an hour a week: deadlines would be years away."),
    ],
)
def test_hours_in_which_nobody_could_meet_a_deadline_are_refused(week, sentence):
    OrganisationFactory()

    with pytest.raises(Invalid) as refused:
        services.set_organisation_hours(hours=services.Hours(week), actor=UserFactory(), at=NOON)

    assert str(refused.value) == sentence
    assert Organisation.objects.get().week == {}
    assert not AuditEntry.objects.exists()


def test_own_days_are_read_line_by_line():
    days = hours.read_own_days("2026-12-31 Stocktaking\n\n2026-12-24 Christmas Eve: 09:00-12:00\n2026-05-02")

    assert days == [
        {"date": "2026-05-02", "name": "", "hours": []},
        {"date": "2026-12-24", "name": "Christmas Eve", "hours": [["09:00", "12:00"]]},
        {"date": "2026-12-31", "name": "Stocktaking", "hours": []},
    ]
    assert hours.read_own_days(hours.own_days_text(days)) == days


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Christmas", "Line 1: begin “Christmas” with a date like 2026-12-24."),
        ("\n2026-02-30 Never", "Line 2: “2026-02-30 Never” names a date that does not exist."),
        ("2026-12-24\n2026-12-24 again", "Line 2: “2026-12-24 again” names a date again."),
        ("2026-12-24 17:00-09:00", "Line 1: “17:00-09:00” ends before it begins."),
    ],
)
def test_own_days_that_cannot_be_are_refused(text, sentence):
    with pytest.raises(Invalid) as refused:
        hours.read_own_days(text)

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("country", "region", "field"),
    [("XX", "", "holiday_country"), ("", "BY", "holiday_region"), ("DE", "XX", "holiday_region")],
)
def test_holidays_that_nobody_knows_are_refused(country, region, field):
    with pytest.raises(Invalid) as refused:
        hours.check_holidays(country, region)

    assert refused.value.field == field


def test_a_department_without_hours_has_those_of_the_company():
    OrganisationFactory(time_zone="Europe/Berlin", week={"mon": SPLIT})
    own = DepartmentFactory(week={"sun": SPLIT}, hours_time_zone="Asia/Tokyo")
    other = DepartmentFactory()

    assert services.calendar_of(other.pk) == services.calendar_of() == services.calendar_of(None)
    assert services.calendar_of().zone == "Europe/Berlin"
    assert services.calendar_of(own.pk).zone == "Asia/Tokyo"
    # Nine o'clock on a Sunday in Tokyo.
    assert services.calendar_of(own.pk).is_open(datetime(2026, 3, 8, 0, 0, tzinfo=UTC))


def test_the_company_keeps_hours_on_its_page(client, administrator):
    client.force_login(administrator)

    response = client.post("/team/organisation/hours/", FORM)

    assert response.headers["Location"] == "/team/"
    kept = Organisation.objects.get()
    assert kept.week == dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), SPLIT)
    assert (kept.holiday_country, kept.holiday_region, len(kept.own_days)) == ("DE", "BY", 2)
    assert AuditEntry.objects.get().verb == "hours.changed"
    page = client.get("/team/").content.decode()
    assert "Monday–Friday" in page
    assert "09:00–12:00, 13:00–17:00" in page
    again = client.get("/team/organisation/hours/").context["form"]
    assert (again["mon"].value(), again["sat"].value(), again["region"].value()) == (
        "09:00–12:00, 13:00–17:00",
        "",
        "BY",
    )


def test_a_department_keeps_hours_of_its_own_and_gives_them_up(client, administrator):
    care = DepartmentFactory(slug="care")
    client.force_login(administrator)

    client.post("/team/departments/care/hours/", {**FORM, "time_zone": "Asia/Tokyo"})
    care.refresh_from_db()
    assert (care.week["mon"], care.hours_time_zone) == (SPLIT, "Asia/Tokyo")

    client.post("/team/departments/care/hours/", {**FORM, "keeps": "always"})
    care.refresh_from_db()
    assert (care.week, care.own_days, care.holiday_country, care.hours_time_zone) == ({}, [], "", "")


def test_monday_is_copied_without_saving(client, administrator):
    client.force_login(administrator)

    response = client.post("/team/organisation/hours/", {**FORM, "mon": "8-16", "sat": "10-12", "copy": "mon"})

    form = response.context["form"]
    assert [form[day].value() for day in ("mon", "tue", "fri", "sat", "sun")] == ["8-16", "8-16", "8-16", "10-12", ""]
    assert Organisation.objects.get().week == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tue": "late"}, "tue"),
        ({"own_days": "soon"}, "own_days"),
        ({"region": "Atlantis"}, "region"),
        (dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ""), "__all__"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(client, administrator, change, field):
    client.force_login(administrator)

    response = client.post("/team/organisation/hours/", {**FORM, **change})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Organisation.objects.get().week == {}


def test_programs_read_the_hours_of_departments(client):
    OrganisationFactory(time_zone="Europe/Berlin", week={"mon": SPLIT})
    person = MembershipFactory(department__slug="care").user
    client.force_login(person)

    found = client.get(f"/api/departments/{Department.objects.get().pk}/").json()["hours"]

    assert found == {
        "is_own": False,
        "time_zone": "Europe/Berlin",
        "week": {"mon": SPLIT},
        "holiday_country": "",
        "holiday_region": "",
        "own_days": [],
    }
