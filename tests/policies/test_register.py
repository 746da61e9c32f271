import csv
import io
from datetime import timedelta

import pytest

from policies.models import PolicyVersion
from policies.register import Standing, read_register
from policies.services import attesting, clauses, drafting, publishing
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.support.visiting import browser

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def second(in_force, editor, reader, time_machine) -> PolicyVersion:
    AttestationFactory(user=reader, version=in_force)
    draft = drafting.start_draft(editor=editor, at=NOON + DAY)
    PolicyVersion.objects.filter(pk=draft.pk).update(grace_days=7)
    clauses.add_clause(version_id=draft.pk, title="Be quick", body="Within the hour.")
    time_machine.move_to(NOON + 2 * DAY, tick=False)
    return publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON + DAY, reason="It cannot wait.")


def standings(version: PolicyVersion, at) -> dict[str, Standing]:
    return {line.person.name: line.standing for line in read_register(version, at=at)}


def test_the_register_tells_how_everybody_stands(in_force, second, editor, reader):
    newcomer = MembershipFactory(user__name="=Nia New").user
    attesting.attest(user=editor, version_id=second.pk, at=NOON + DAY)

    assert standings(second, NOON + 2 * DAY) == {
        "=Nia New": Standing.MISSING,
        reader.name: Standing.GRACE,
        "Eva Falk": Standing.ATTESTED,
    }
    assert standings(second, NOON + 8 * DAY)[reader.name] == Standing.MISSING
    assert read_register(second, at=NOON + DAY)[0].person == newcomer
    in_force.refresh_from_db()
    assert standings(in_force, NOON + 2 * DAY) == {reader.name: Standing.ATTESTED}


def test_other_words_leave_an_earlier_attestation_standing(in_force, second, editor, reader):
    attesting.attest(user=reader, version_id=second.pk, at=NOON + DAY)
    draft = drafting.start_draft(editor=editor, at=NOON + 2 * DAY)
    third = publishing.publish_version(
        version_id=draft.pk, publisher=editor, at=NOON + 2 * DAY, reason="It cannot wait."
    )

    assert standings(third, NOON + 2 * DAY)[reader.name] == Standing.EARLIER


def test_auditors_read_the_register_and_take_it_away(second, editor, reader):
    MembershipFactory(user__name="=Nia New", user__email="nia@example.com")
    attesting.attest(user=editor, version_id=second.pk, at=NOON + DAY)
    client = browser(reader)

    page = client.get("/policy/register/").content.decode()
    assert "until 12 Mar 2026" in page
    assert "2 people are still to attest what binds them." in page
    answer = client.get("/policy/versions/2/register/file/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1] == ["'=Nia New", "nia@example.com", "2", "Missing", "", "", "", "", ""]
    assert rows[2][:5] == [reader.name, reader.email, "2", "Within the grace", "2026-03-12T12:00:00+00:00"]
    assert rows[-1][:4] == ["Eva Falk", editor.email, "2", "Attested"]
    assert rows[-1][6:] == ["0", "0", "1"]
    assert client.get("/policy/versions/1/register/").status_code == 200
    assert client.get("/policy/versions/9/register/").status_code == 404


def test_programs_read_the_register(second, reader):
    rows = browser(reader).get(f"/api/policy/versions/{second.pk}/attestations/").json()

    assert [(row["name"], row["standing"], row["at"]) for row in rows] == [
        ("Eva Falk", "missing", None),
        (reader.name, "grace", None),
    ]
