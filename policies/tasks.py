"""Background work of this app: putting scheduled versions in force, and keeping its counters short."""

from celery import shared_task
from django.utils import timezone

from policies.services import heeding, reminding, scheduling


@shared_task(name="policies.put_due_in_force")
def put_due_in_force() -> None:
    """Put in force what is due. Harmless to run twice."""
    scheduling.put_due_in_force(at=timezone.now())


@shared_task(name="policies.compact_rule_counts")
def compact_rule_counts() -> None:
    """Add counts of the same rules together. Harmless to run twice."""
    heeding.compact()


@shared_task(name="policies.remind_to_attest")
def remind_to_attest() -> None:
    """Remind those who have not attested what binds them, once a day. Harmless to run twice."""
    reminding.remind(at=timezone.now())
