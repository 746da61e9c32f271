from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from policies.models import Incident
from policies.services import incidents
from policies.services.incidents import IncidentChanged, IncidentOver, OpenAlready, Said
from socialhub.lib.errors import Invalid
from teams.changes import sentence_of_change
from teams.models import AuditEntry, Organisation
from tests.factories.policies import IncidentFactory
from tests.factories.teams import NOON, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
SAID = Said("Outage Oslo", 2, {"words": ["outage", "no power"]}, "We are on it.")


@pytest.fixture
def mia():
    OrganisationFactory()
    return UserFactory(name="Mia Manager")


def told():
    return [sentence_of_change(entry) for entry in AuditEntry.objects.order_by("pk")]


def is_open():
    return Organisation.objects.get().is_incident_open


def test_declaring_opens_an_incident_and_is_written_down(mia):
    incident = incidents.declare(said=SAID, actor=mia, at=NOON)

    assert Incident.objects.get().name == "Outage Oslo"
    assert (incident.is_open, is_open(), bool(incidents.standing())) == (True, True, True)
    assert told() == ["Mia Manager declared the incident “Outage Oslo”, level 2."]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said("  ", 1, {"words": ["x"]}), "name"),
        (Said("x" * 61, 1, {"words": ["x"]}), "name"),
        (Said("Outage", 4, {"words": ["x"]}), "level"),
        (Said("Outage", 1, {"words": ["x"]}, "x" * 2001), "holding_text"),
        (Said("Outage", 1, {"words": []}), "condition"),
        (Said("Outage", 1, {"incident": {"at_least": 1}}), "condition"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(mia, said, field):
    with pytest.raises(Invalid) as refused:
        incidents.declare(said=said, actor=mia, at=NOON)

    assert refused.value.field == field
    assert (Incident.objects.exists(), is_open(), told()) == (False, False, [])


def test_of_two_open_incidents_none_has_the_name_of_the_other(mia):
    incidents.declare(said=SAID, actor=mia, at=NOON)

    with pytest.raises(OpenAlready):
        incidents.declare(said=Said("outage  OSLO", 1, {"words": ["x"]}), actor=mia, at=NOON)

    assert (Incident.objects.count(), len(told())) == (1, 1)


def test_a_change_is_read_at_once(mia):
    incident = incidents.declare(said=SAID, actor=mia, at=NOON)
    before = incidents.standing()
    graver = Said("Outage Oslo", 3, {"words": ["dark"]}, "Soon.")

    incidents.change(incident_id=incident.pk, said=graver, seen=1, actor=mia, at=LATER)

    incident.refresh_from_db()
    assert (incident.level, incident.condition, incident.holding_text, incident.revision) == (
        3,
        {"words": ["dark"]},
        "Soon.",
        2,
    )
    assert incidents.standing() is not before
    assert told()[-1] == "Mia Manager changed the incident “Outage Oslo”, now level 3."


def test_of_two_who_change_it_the_second_is_told(mia):
    incident = incidents.declare(said=SAID, actor=mia, at=NOON)
    incidents.change(incident_id=incident.pk, said=SAID, seen=1, actor=mia, at=LATER)

    with pytest.raises(IncidentChanged):
        incidents.change(incident_id=incident.pk, said=Said("Other", 1, {"words": ["x"]}), seen=1, actor=mia, at=LATER)

    assert Incident.objects.get().name == "Outage Oslo"


def test_ending_lets_its_rules_hold_no_more_and_happens_once(mia):
    incident = incidents.declare(said=SAID, actor=mia, at=NOON)
    incidents.end(incident_id=incident.pk, actor=mia, at=LATER)

    with pytest.raises(IncidentOver):
        incidents.end(incident_id=incident.pk, actor=mia, at=LATER)
    with pytest.raises(IncidentOver):
        incidents.change(incident_id=incident.pk, said=SAID, seen=2, actor=mia, at=LATER)

    assert (is_open(), bool(incidents.standing())) == (False, False)
    assert Incident.objects.get().ended_at == LATER
    assert told()[-1] == "Mia Manager ended the incident “Outage Oslo”."
    assert len(told()) == 2


def test_another_that_is_open_keeps_the_company_in_an_incident(mia):
    incident = incidents.declare(said=SAID, actor=mia, at=NOON)
    IncidentFactory()

    incidents.end(incident_id=incident.pk, actor=mia, at=LATER)

    assert is_open()


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"level": 4}, "policies_incident_level_range"),
        ({"ended_at": NOON}, "policies_incident_ended_by_somebody"),
        ({"name": "outage OSLO"}, "policies_incident_open_name_once"),
    ],
)
def test_the_database_keeps_incidents_true(columns, constraint):
    IncidentFactory(name="Outage Oslo")

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        IncidentFactory(**columns)
