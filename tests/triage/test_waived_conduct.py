from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policies.models import Clause
from policies.services import reading, waiving
from tests.factories.policies import WaiverFactory
from tests.factories.teams import DepartmentFactory, UserFactory
from tests.support.approving import LATER, send
from tests.support.network import Network
from tests.support.ruling import put_in_force, says
from tests.support.sending import deliver, fresh
from triage.models import Reply
from triage.services.writing import conduct
from triage.services.writing.conduct import ConductBlocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

NEVER = "We guarantee it."


@pytest.fixture
def policy():
    return put_in_force(
        ("conduct", {"answer_words": ["guarantee"]}, says("Promise nothing.", "block")),
        ("conduct", {"answer_words": ["lawyer"]}, says("Threaten nobody.", "block")),
    )


def waive(label: str = "7.1", **columns):
    return WaiverFactory(clause_key=Clause.objects.get(label=label, version__state="in_force").key, **columns)


def judged(held, text: str = NEVER):
    return conduct.judge(held, text, writer=held.holder, policy=reading.policy_in_force(), at=LATER)


def test_a_clause_that_is_waived_for_the_writer_warns_and_names_the_waiver(held, policy):
    waive(person=held.holder)

    found = judged(held)

    assert found.blocking == ()
    assert [(one.outcome.verdict, one.outcome.message) for one in found.findings] == [
        ("warn", f"Promise nothing. Does not hold for {held.holder.name} until 11 March 2026.")
    ]
    assert send(held, policy, NEVER).state == "queued"


def test_a_clause_that_is_waived_for_the_department_warns(held, policy):
    waive(person=None, department=held.department)

    assert judged(held).blocking == ()
    assert f"Does not hold for {held.department.name} until" in judged(held).findings[0].outcome.message


@pytest.mark.parametrize("whose", ["another person", "another department", "over", "to come", "revoked"])
def test_a_waiver_that_is_not_the_writers_now_lets_nothing_pass(held, policy, whose):
    columns = {
        "another person": lambda: {"person": UserFactory()},
        "another department": lambda: {"person": None, "department": DepartmentFactory()},
        "over": lambda: {"person": held.holder, "until": LATER},
        "to come": lambda: {"person": held.holder, "granted_at": LATER + timedelta(seconds=1)},
        "revoked": lambda: {"person": held.holder, "revoked_at": LATER, "revoked_by": UserFactory()},
    }
    waive(**columns[whose]())

    with pytest.raises(ConductBlocked, match=r"Promise nothing\. \(clause 7\.1\)"):
        send(held, policy, NEVER)
    assert not Reply.objects.exists()


def test_a_waiver_excuses_from_its_own_clause_only(held, policy):
    waive(person=held.holder)

    found = judged(held, "We guarantee it, or see our lawyer.")

    assert [one.because.clause_label for one in found.blocking] == ["7.2"]


def test_an_answer_does_not_leave_once_its_waiver_is_revoked(held, policy):
    waiver = waive(person=held.holder)
    reply = send(held, policy, NEVER)
    waiving.revoke(waiver_id=waiver.pk, revoked_by=UserFactory(), at=LATER)

    network = Network()
    assert not deliver(reply, network, at=LATER + timedelta(minutes=1))
    assert network.posts == []
    assert fresh(reply).state == "failed"
    assert str(fresh(reply).problem) == "Promise nothing. (clause 7.1)"


def test_a_text_that_nothing_blocks_asks_for_no_waivers(held, policy):
    waive(person=held.holder)

    with CaptureQueriesContext(connection) as asked:
        assert judged(held, "We look into it.").findings == ()

    assert not [one for one in asked if "policies_waiver" in one["sql"]]
