from teams.models import AuditEntry, Organisation
from tests.factories.teams import AppointmentFactory, OrganisationFactory


def test_an_administrator_changes_the_name_the_clock_and_the_language(client, db):
    OrganisationFactory(name="Old")
    administrator = AppointmentFactory(role="administrator").user
    client.force_login(administrator)

    response = client.post("/team/organisation/", {"name": "New", "time_zone": "Europe/Lisbon", "language": "fr"})

    assert response.status_code == 302
    assert Organisation.objects.values_list("name", "time_zone", "language").get() == ("New", "Europe/Lisbon", "fr")
    assert AuditEntry.objects.get().verb == "organisation.changed"


def test_an_unknown_clock_changes_nothing(client, db):
    organisation = OrganisationFactory(name="Old")
    client.force_login(AppointmentFactory(role="administrator").user)

    response = client.post("/team/organisation/", {"name": "New", "time_zone": "Mars/Olympus", "language": "en"})

    assert response.status_code == 422
    organisation.refresh_from_db()
    assert organisation.name == "Old"
    assert not AuditEntry.objects.exists()


def test_a_language_that_is_not_there_changes_nothing(client, db):
    organisation = OrganisationFactory(name="Old")
    client.force_login(AppointmentFactory(role="administrator").user)

    response = client.post("/team/organisation/", {"name": "New", "time_zone": "UTC", "language": "tlh"})

    assert response.status_code == 422
    organisation.refresh_from_db()
    assert (organisation.name, organisation.language) == ("Old", "en")
