"""What was closed or decided on when an incident was declared or ended, and is open or undecided again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policies.services import incidents
from policies.services.incidents import Said
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.bulk import SPAM, prepare, start
from tests.support.hearing import hear, said
from tests.support.ruling import put_in_force
from triage.models import BulkRun, IncidentPart
from triage.services import closing, undoing_closing
from triage.services.arriving import searching_incidents
from triage.services.bulk import preparing
from triage.services.decisions import deciding, undoing
from triage.services.decisions.deciding import Choice
from triage.states import Disposition, Outcome, Reason, Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

SOON = NOON + timedelta(minutes=5)


@pytest.fixture
def policy():
    return put_in_force(("routing", {"incident": {"at_least": 1}}, {"priority": 1}))


@pytest.fixture
def conversation(owner):
    (conversation,) = hear(ChannelFactory(), said("1", "An outage"))
    return conversation


def close(conversation, owner):
    closing.close_conversation(conversation_id=conversation.pk, actor=owner, outcome=Outcome.RESOLVED, fence=0, at=NOON)


def decide(conversation, owner):
    choice = Choice(Disposition.NO_RESPONSE, 4, reason=Reason.SPAM)
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)


def close_many(conversation, owner):
    start(prepare(owner, BulkRun.Act.CLOSE), {"outcome": Outcome.RESOLVED})


def decide_many(conversation, owner):
    start(prepare(owner, BulkRun.Act.DECIDE), SPAM)


def reopen(conversation, owner):
    closing.reopen_conversation(conversation_id=conversation.pk, actor=owner, at=SOON)


def undo_closing(conversation, owner):
    undoing_closing.undo_closing(conversation_id=conversation.pk, actor=owner, fence=conversation.fence, at=SOON)


def undo_decision(conversation, owner):
    undoing.undo_decision(conversation_id=conversation.pk, actor=owner, fence=conversation.fence, at=SOON)


def undo_many(conversation, owner):
    start(preparing.prepare_undo(run_id=BulkRun.objects.get().pk, person=owner, at=SOON), {}, at=SOON)


WAYS = [
    (close, reopen),
    (close, undo_closing),
    (decide, undo_decision),
    (close_many, undo_many),
    (decide_many, undo_many),
]


def declare(owner):
    incident = incidents.declare(said=Said("Outage Oslo", 2, {"words": ["outage"]}), actor=owner, at=NOON)
    search(incident)
    return incident


def search(incident):
    searching_incidents.run_bout(incident_id=incident.pk, at=NOON)


@pytest.mark.parametrize(("end", "return_"), WAYS)
def test_what_is_open_again_meets_what_was_declared_meanwhile(conversation, owner, end, return_):
    end(conversation, owner)
    declare(owner)
    conversation.refresh_from_db()
    passed_over = not IncidentPart.objects.exists()

    return_(conversation, owner)

    conversation.refresh_from_db()
    assert passed_over
    assert (conversation.stage, conversation.priority) == (Stage.NEW, 1)
    assert conversation.facts["incident"] == "Outage Oslo"
    assert conversation.incident_parts.count() == 1


@pytest.mark.parametrize(("end", "return_"), WAYS)
def test_what_is_open_again_is_as_any_other_once_the_incident_has_ended(conversation, owner, end, return_):
    incident = declare(owner)
    end(conversation, owner)
    incidents.end(incident_id=incident.pk, actor=owner, at=NOON)
    search(incident)
    conversation.refresh_from_db()

    return_(conversation, owner)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.priority) == (Stage.NEW, 3)
    assert "incident" not in conversation.facts


@pytest.mark.parametrize(("end", "return_"), WAYS)
def test_nobody_declares_between_the_locks_of_what_is_open_again(conversation, owner, end, return_):
    end(conversation, owner)
    conversation.refresh_from_db()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        return_(conversation, owner)

    said = [query["sql"] for query in asked.captured_queries]
    incidents_at = next(place for place, sql in enumerate(said) if "lock_shared(7033" in sql)
    row_at = next(
        place for place, sql in enumerate(said) if 'FROM "triage_conversation"' in sql and "FOR " in sql.upper()
    )
    assert incidents_at < row_at
