"""Background work of this app. A task loads nothing and decides nothing: it calls one service."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from policies.services.reading import NoPolicyInForce
from socialhub.lib.bouts import work_on
from triage.services import counting, counting_views, escalating, snoozing
from triage.services.approving import asks
from triage.services.arriving import intake
from triage.services.arriving import searching_incidents as searching
from triage.services.back_tests import work
from triage.services.bulk import running
from triage.services.keeping import retention
from triage.services.pen import idling, offering
from triage.services.sending import outbox
from triage.services.writing import attaching, saved_answers


@shared_task(name="triage.take_in_mentions")
def take_in_mentions() -> None:
    """Turn waiting mentions into conversations. Harmless to run twice."""
    intake.take_in_everything(at=timezone.now())


@shared_task(name="triage.deliver_reply")
def deliver_reply(*, reply_id: int) -> None:
    """Send one queued answer. Harmless to run twice."""
    outbox.deliver(reply_id=reply_id, at=timezone.now())


@shared_task(name="triage.resolve_reply")
def resolve_reply(*, reply_id: int) -> None:
    """Find out about one answer that got stuck. Harmless to run twice."""
    outbox.resolve(reply_id=reply_id, at=timezone.now())


@shared_task(name="triage.sweep_replies")
def sweep_replies() -> None:
    """Start the tasks of what waits and of what got stuck."""
    outbox.sweep(at=timezone.now())


@shared_task(name="triage.offer_conversations")
def offer_conversations(*, department_id: int) -> None:
    """Offer what waits in one department. Harmless to run twice."""
    offering.offer_waiting(department_id=department_id, at=timezone.now())


@shared_task(name="triage.sweep_claims")
def sweep_claims() -> None:
    """Warn of claims that rest, give back those that rested on, and offer what waits."""
    idling.sweep(at=timezone.now())
    offering.offer_everywhere(at=timezone.now())


@shared_task(name="triage.wake_snoozed")
def wake_snoozed() -> None:
    """Put back what was snoozed until now. Harmless to run twice."""
    snoozing.sweep(at=timezone.now())


@shared_task(name="triage.watch_deadlines")
def watch_deadlines() -> None:
    """Tell of deadlines as the rules of escalation say. Harmless to run twice."""
    with suppress(NoPolicyInForce):
        escalating.sweep(at=timezone.now())


@shared_task(name="triage.sweep_approvals")
def sweep_approvals() -> None:
    """End the approvals whose deadline has come. Harmless to run twice."""
    asks.expire(at=timezone.now())


@shared_task(name="triage.forget_files")
def forget_files() -> None:
    """Delete attached files that nothing names any more. Harmless to run twice."""
    attaching.forget_files(at=timezone.now())


@shared_task(name="triage.flag_stale_answers")
def flag_stale_answers() -> None:
    """Tell the owners of saved answers whose day has come. Harmless to run twice."""
    saved_answers.flag_stale(at=timezone.now())


@shared_task(name="triage.begin_back_test")
def begin_back_test(*, back_test_id: int) -> None:
    """Share the work of a back-test out. Harmless to run twice."""
    work.begin(back_test_id=back_test_id, at=timezone.now())


@shared_task(name="triage.try_on_the_past")
def try_on_the_past(*, part_id: int) -> None:
    """Try a version on some conversations, and go on once others had their turn. Harmless to run twice."""
    work_on("triage.try_on_the_past", lambda: work.run_bout(part_id=part_id, at=timezone.now()), part_id=part_id)


@shared_task(name="triage.sweep_back_tests")
def sweep_back_tests() -> None:
    """Go on with back-tests whose worker was lost."""
    work.sweep(at=timezone.now())


@shared_task(name="triage.act_on_many")
def act_on_many(*, run_id: int) -> None:
    """Act on some of many conversations, and go on once others had their turn. Harmless to run twice."""
    work_on("triage.act_on_many", lambda: running.run_bout(run_id=run_id, clock=timezone.now), run_id=run_id)


@shared_task(name="triage.sweep_bulk_runs")
def sweep_bulk_runs() -> None:
    """Go on with acts on many whose worker was lost, and forget old ones. Harmless to run twice."""
    running.sweep(at=timezone.now())


@shared_task(name="triage.search_for_incident")
def search_for_incident(*, incident_id: int) -> None:
    """Look for what belongs to an incident, and go on once others had their turn. Harmless to run twice."""
    work_on(
        "triage.search_for_incident",
        lambda: searching.run_bout(incident_id=incident_id, at=timezone.now()),
        incident_id=incident_id,
    )


@shared_task(name="triage.sweep_incidents")
def sweep_incidents() -> None:
    """Go on with the search for what belongs to incidents where a worker was lost. Harmless to run twice."""
    searching.sweep()


@shared_task(name="triage.count_saved_views")
def count_saved_views() -> None:
    """Count what the saved views list that somebody looks at. Harmless to run twice."""
    counting_views.count_due(at=timezone.now())


@shared_task(name="triage.sweep_retention")
def sweep_retention() -> None:
    """Begin to erase what came of age, once a night. Harmless to run twice."""
    with suppress(NoPolicyInForce):
        retention.sweep(at=timezone.now())


@shared_task(name="triage.erase_what_is_due")
def erase_what_is_due(*, run_id: int) -> None:
    """Erase for some seconds, and go on once others had their turn. Harmless to run twice."""
    work_on("triage.erase_what_is_due", lambda: retention.run_bout(run_id=run_id, at=timezone.now()), run_id=run_id)


@shared_task(name="triage.compact_queue_counts")
def compact_queue_counts() -> None:
    """Add the counters of the queues together."""
    counting.compact()
