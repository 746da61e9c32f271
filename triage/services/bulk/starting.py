"""Begin what was prepared for many conversations, and think better of it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.queue import wake_last
from triage.models import BulkRun, Conversation, Decision
from triage.models.bulk import UNDERWAY
from triage.services import gate
from triage.services.bulk import doing, running
from triage.services.decisions import deciding, departing
from triage.states import CLOSING_OUTCOMES, Disposition, Stage, Visibility

log = logging.getLogger(__name__)

Act = BulkRun.Act
State = BulkRun.State

# So many are done while the person waits for the page.
AT_ONCE = 50


class NotPrepared(Conflict):
    """It was begun already, or another was prepared since."""

    code = "not_prepared"


class RunUnderway(Conflict):
    """The person has begun another that is not over."""

    code = "run_underway"


class NotUnderway(Conflict):
    """The run is over."""

    code = "not_underway"


def start(*, run_id: int, how: Mapping[str, Any], at: datetime, clock: Callable[[], datetime]) -> BulkRun:
    """Begin a prepared run; of two callers at once, one does. Few conversations are done when it returns,
    unless the database was in the way: then they are as soon as it is not.

    :raises NotPrepared: it was begun or forgotten.
    :raises RunUnderway: the person has another underway.
    :raises Invalid: the parts of ``how`` do not fit together.
    :raises DepartureUnexplained: some of it departs from what was suggested, and nobody said why.
    :raises NotAttested: the person has not attested the policy in force.
    """
    run = BulkRun.objects.select_related("person", "undoes").filter(pk=run_id, state=State.PREPARED).first()
    if run is None:
        raise NotPrepared(_("It was begun already, or you have prepared something else since."))
    run.how = dict(how)
    _check(run, at)
    is_small = run.matched_count <= AT_ONCE
    try:
        with transaction.atomic():
            prepared = BulkRun.objects.filter(pk=run_id, state=State.PREPARED)
            state = State.RUNNING if is_small else State.QUEUED
            if not prepared.update(state=state, how=run.how, started_at=at, moved_at=at):
                raise NotPrepared(_("It was begun already, or you have prepared something else since."))
            if not is_small:
                wake_last("triage.act_on_many", run_id=run_id)
    except IntegrityError as error:
        if "triage_bulkrun_one_underway" not in str(error):
            raise
        raise RunUnderway(_("Another of your acts is underway. Wait until it is over, or cancel it.")) from None
    if is_small:
        try:
            running.run_bout(run_id=run_id, clock=clock, seconds=float("inf"), rest=0)
        except OperationalError:
            # It came across somebody else, and the database chose it to give way: a worker goes on with it.
            log.warning("An act on many goes on later.", extra={"run": run_id}, exc_info=True)
            wake_last("triage.act_on_many", run_id=run_id)
    return BulkRun.objects.get(pk=run_id)


def cancel(*, run_id: int, at: datetime) -> None:
    """Stop a run before its next conversation. What is done stays done.

    :raises NotUnderway: it is over.
    """
    underway = BulkRun.objects.filter(pk=run_id, state__in=UNDERWAY)
    if not underway.update(state=State.CANCELLED, finished_at=at):
        raise NotUnderway(_("It is over already."))


def _check(run: BulkRun, at: datetime) -> None:
    """Refuse what every single conversation would be refused for."""
    if run.act in (Act.DECIDE, Act.ASSIGN):
        policy = reading.policy_in_force()
        gate.check_deciding(run.person, policy, at=at)
        parts = doing.parts_of(run.how)
        how = run.how if run.act == Act.DECIDE else {**_SOMETHING, **run.how}
        deciding.check_choice(doing.decided_as(how, Conversation(), parts))
        if run.act == Act.DECIDE and not how["departure"] and _departs(run, parts):
            sentence = _("Some of it departs from what the policy suggests. Say why.")
            raise deciding.DepartureUnexplained(sentence, field="departure")
    if run.act == Act.CLOSE:
        if run.how["outcome"] not in CLOSING_OUTCOMES:
            raise Invalid(_("Choose how the conversations ended."), field="outcome")
        unanswered = Conversation.objects.filter(first_answered_at=None, pk__in=run.items.values("conversation"))
        if gate.must_attest(run.person, at=at) and unanswered.exists():
            sentence = _("Read and attest the policy in force before you close what nobody has answered.")
            raise gate.NotAttested(sentence)
    if run.act == Act.TAG and not (run.how["add"] or run.how["remove"]):
        raise Invalid(_("Name tags to add or to take away."), field="add")


# What stays as it is when somebody else is to answer, filled in so that the rest can be checked.
_SOMETHING: Mapping[str, Any] = {
    "disposition": Disposition.CUSTOMER_SERVICE,
    "visibility": Visibility.PUBLIC,
    "priority": None,
    "reason": "",
    "tags": None,
    "departure": "",
}


def _departs(run: BulkRun, parts: doing.Parts) -> bool:
    """Say whether the decision departs from what was suggested for a conversation that no person has decided."""
    by_rule = Decision.objects.filter(conversation=OuterRef("pk"), decided_by_rule__isnull=False)
    found = Conversation.objects.filter(pk__in=run.items.filter(code="").values("conversation"))
    found = found.filter(Q(stage=Stage.NEW) | Exists(by_rule)).exclude(suggestion={})
    columns = [f"suggestion__{part}" for part in departing.PARTS]
    # Many were suggested the same: each way is asked about once.
    for priority, *suggested in found.order_by().values_list("priority", *columns).distinct():
        suggestion = dict(zip(departing.PARTS, suggested, strict=True))
        choice = doing.decided_as(run.how, Conversation(priority=priority), parts)
        tags = tuple(suggestion["tags"] or ()) if choice.tags is None else choice.tags
        if departing.parts_departed(suggestion, deciding.chosen_parts(choice, tags)):
            return True
    return False
