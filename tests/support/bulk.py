"""Acts on many conversations, prepared, begun and worked on as tests need it."""

from datetime import datetime, timedelta
from typing import Any

from socialhub.lib.bouts import Bout
from teams.models import Department, User
from tests.factories.teams import NOON
from triage.models import BulkRun, Conversation
from triage.services.bulk import preparing, running, starting
from triage.states import Disposition, Reason, Visibility

LATER = NOON + timedelta(minutes=3)
SOON = LATER + timedelta(minutes=1)
Act = BulkRun.Act


def clock() -> datetime:
    return SOON


def to(department: Department, **change: Any) -> dict[str, Any]:
    parts = {
        "disposition": Disposition.CUSTOMER_SERVICE.value,
        "reason": "",
        "priority": None,
        "department": department.pk,
        "visibility": Visibility.PRIVATE.value,
        "offered_to": None,
        "note": "",
        "tags": None,
        "departure": "",
    }
    return {**parts, **change}


SPAM = {
    "disposition": Disposition.NO_RESPONSE.value,
    "reason": Reason.SPAM.value,
    "priority": None,
    "department": None,
    "visibility": "",
    "offered_to": None,
    "note": "",
    "tags": None,
    "departure": "",
}


def prepare(person: User, act: BulkRun.Act = Act.DECIDE, **narrow: Any) -> BulkRun:
    found = Conversation.objects.visible_to(person).filter(**narrow)
    return preparing.prepare(act=act, found=found, person=person, at=LATER)


def start(run: BulkRun, how: dict[str, Any], at: datetime = LATER) -> BulkRun:
    return starting.start(run_id=run.pk, how=how, at=at, clock=clock)


def work(run: BulkRun) -> Bout:
    return running.run_bout(run_id=run.pk, clock=clock, seconds=60, rest=0)


def counts(run: BulkRun) -> tuple[str, int, int, int]:
    run.refresh_from_db()
    return run.state, run.matched_count, run.done_count, run.refused_count


def refusals(run: BulkRun) -> list[tuple[str, str]]:
    return sorted(run.items.filter(state="refused").values_list("code", "sentence"))
