"""The numbers beside saved views: counted in the background while somebody looks, kept for all who look."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from socialhub.lib import locks
from triage.lists.filtering import depends_on_reader, read_filter
from triage.models import Concern, Conversation, SavedView

# Beyond this a badge says "999+".
MOST_FOUND = 1000
# A view whose last reader left longer ago is not counted any more.
LOOKED_WITHIN = timedelta(minutes=10)
# Marked as looked at so often at most: writing at every page would cost each reader.
MARKED_EVERY = timedelta(minutes=3)
# A number is not older than this while somebody looks, unless counting is slow:
# then a fiftieth of the time is spent on it.
FRESH_FOR = timedelta(seconds=15)
REST = 50
# What takes longer has no number: nobody waits for it, and the database has work to do.
PATIENCE_MILLISECONDS = 1500
MOST_AT_ONCE = 500


def mark_looked(*, views: Sequence[int], at: datetime) -> None:
    """Note that somebody sees these views in their menu, so that they are counted."""
    stale = SavedView.objects.filter(pk__in=views, looked_at__lt=at - MARKED_EVERY)
    stale.update(looked_at=at)


def count_due(*, at: datetime) -> int:
    """Count the views that somebody looked at lately and whose number is old; return how many. One caller at a time."""
    counted = 0
    for pk in _due(at):
        with transaction.atomic():
            if not locks.take_if_free(locks.Lock.COUNT_SAVED_VIEWS):
                return counted
            view = SavedView.objects.select_related("owner").filter(pk=pk).first()
            if view is None:
                continue
            began = time.monotonic()
            count = count_of(view, at=at)
            spent = time.monotonic() - began
            # What was changed while it was counted is not what was counted.
            SavedView.objects.filter(pk=pk, changed_at=view.changed_at).update(
                count=count, counted_at=at, count_seconds=spent
            )
        counted += 1
    return counted


def count_of(view: SavedView, *, at: datetime) -> int | None:
    """Return how many conversations a view lists, up to ``MOST_FOUND``; None where it takes long or nobody can say.

    Of a shared view it is what concerns the department; of one's own what the owner may see. Call it in a transaction.
    """
    sought = read_filter(view.query)
    if sought.problem:
        return None
    if view.department_id is None:
        listed = Conversation.objects.visible_to(view.owner)
    elif depends_on_reader(sought.sought):
        # Another number for each who looks.
        return None
    else:
        concerned = Concern.objects.filter(conversation=OuterRef("pk"), department=view.department_id)
        listed = Conversation.objects.work().filter(Exists(concerned))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MILLISECONDS)])
            return listed.filter(sought.condition(view.owner, at)).order_by()[:MOST_FOUND].count()
    except OperationalError:
        return None


def _due(at: datetime) -> list[int]:
    """Return the views to count, those that have waited longest first."""
    # One that is shared outlives the account of who saved it.
    still_used = Q(owner__is_active=True) | Q(department__isnull=False)
    looked = SavedView.objects.filter(still_used, looked_at__gt=at - LOOKED_WITHIN)
    oldest_first = looked.order_by(F("counted_at").asc(nulls_first=True), "pk")[:MOST_AT_ONCE]
    return [
        pk
        for pk, counted_at, spent in oldest_first.values_list("pk", "counted_at", "count_seconds")
        if counted_at is None or at - counted_at >= max(FRESH_FOR, timedelta(seconds=REST * spent))
    ]
