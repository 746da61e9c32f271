from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from policies.models import Waiver
from policies.services import waiving
from policies.services.waiving import Wanted
from socialhub.lib.errors import Invalid
from teams.models import AuditEntry
from tests.factories.policies import ClauseFactory, WaiverFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.support.visiting import browser

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def clause(in_force):
    return in_force.clauses.get(number=2)


def grant(editor, clause, **change) -> Waiver:
    given = {"reason": "They are new.", "until": NOON + WEEK, **change}
    return waiving.grant(wanted=Wanted(clause.key, **given), granted_by=editor, at=NOON)


def test_a_waiver_holds_for_a_person_until_its_end(clause, editor, reader):
    waiver = grant(editor, clause, person=reader)

    def holds(person, at) -> bool:
        return waiver in waiving.standing_for(person, department_id=None, at=at)

    assert waiver.clause_name == "2 Be kind"
    assert [holds(reader, at) for at in (NOON, NOON + WEEK - timedelta(seconds=1), NOON + WEEK)] == [True, True, False]
    assert not holds(editor, NOON)
    assert AuditEntry.objects.get(verb="waiver.granted").detail["reason"] == "They are new."


def test_a_waiver_holds_for_a_department(clause, editor, reader):
    care = DepartmentFactory()
    waiver = grant(editor, clause, department=care)

    assert waiving.standing_for(reader, department_id=care.pk, at=NOON).get() == waiver
    assert not waiving.standing_for(reader, department_id=None, at=NOON).exists()


def test_a_waiver_is_revoked_once(clause, editor, reader):
    waiver = grant(editor, clause, person=reader)

    waiving.revoke(waiver_id=waiver.pk, revoked_by=editor, at=NOON + timedelta(hours=1))
    with pytest.raises(waiving.WaiverOver):
        waiving.revoke(waiver_id=waiver.pk, revoked_by=reader, at=NOON + timedelta(hours=2))

    waiver.refresh_from_db()
    assert (waiver.revoked_by, waiver.revoked_at) == (editor, NOON + timedelta(hours=1))
    assert not waiving.standing_for(reader, department_id=None, at=NOON + timedelta(hours=2)).exists()
    assert AuditEntry.objects.filter(verb="waiver.revoked").count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": " "}, "Say why, in at most 1000 characters."),
        ({"reason": "x" * 1001}, "Say why, in at most 1000 characters."),
        ({"person": None}, "Choose a person or a department."),
        ({"until": NOON}, "That moment is past."),
        ({"until": NOON + timedelta(days=367)}, "A waiver ends within a year. Change the policy if it is to last."),
    ],
)
def test_a_waiver_needs_a_reason_and_an_end(clause, editor, change, message):
    with pytest.raises(Invalid) as refusal:
        grant(editor, clause, **{"person": editor, **change})

    assert str(refusal.value) == message
    assert not Waiver.objects.exists()


def test_a_clause_that_is_not_in_force_has_no_waiver(editor):
    with pytest.raises(Invalid, match="not in force"):
        grant(editor, ClauseFactory(), person=editor)

    assert not Waiver.objects.exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda waiver: Waiver.objects.filter(pk=waiver.pk).update(until=NOON + 2 * WEEK),
        lambda waiver: Waiver.objects.filter(pk=waiver.pk).delete(),
    ],
)
def test_the_database_keeps_a_waiver_as_it_was_granted(write):
    with pytest.raises(IntegrityError, match="granted once"), transaction.atomic():
        write(WaiverFactory())


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"person": None}, "policies_waiver_for_one"),
        ({"until": NOON}, "policies_waiver_ends_later"),
        ({"revoked_at": NOON}, "policies_waiver_revoked_by_somebody"),
    ],
)
def test_the_database_refuses_half_a_waiver(wrong, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        WaiverFactory(**wrong)


def test_a_waiver_is_granted_shown_beside_its_clause_and_revoked(clause, editor, reader, time_machine):
    time_machine.move_to(NOON, tick=False)
    person = UserFactory(name="Nia New")
    form = {"clause": clause.key, "person": person.pk, "reason": "She is new.", "until": "2026-03-10"}
    client = browser(editor)

    assert client.post("/policy/waivers/grant/", {**form, "department": DepartmentFactory().pk}).status_code == 422
    assert client.post("/policy/waivers/grant/", {**form, "until": "2026-03-01"}).status_code == 422
    assert client.post("/policy/waivers/grant/", form)["Location"] == "/policy/waivers/"

    for address in ("/policy/", "/policy/waivers/"):
        page = browser(reader).get(address).content.decode()
        assert "Does not hold for Nia New until 10 March 2026." in page
        assert "“She is new.” Granted by Eva Falk on 4 March 2026." in page
    waiver = Waiver.objects.get()
    assert client.post(f"/policy/waivers/{waiver.pk}/revoke/").status_code == 302
    assert client.post(f"/policy/waivers/{waiver.pk}/revoke/").status_code == 409
    assert "Does not hold" not in browser(reader).get("/policy/").content.decode()
