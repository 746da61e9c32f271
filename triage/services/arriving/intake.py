"""Turn stored mentions into conversations: the step between hearing and deciding."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from listening.models import Mention, WaitingMention
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib import live, locks
from socialhub.lib.bulk import any_of
from triage.services.arriving import belonging, changing, joining
from triage.services.arriving.heard import Heard
from triage.services.arriving.listeners import read_listeners
from triage.services.arriving.opening import Opening, open_conversations
from triage.services.arriving.suggesting_anew import suggest_anew
from triage.services.arriving.threading import Arrival, group_arrivals
from triage.services.threads import merging

BATCH = 1000


def take_in_mentions(
    *, at: datetime, limit: int = BATCH, patient: bool = False, only: Sequence[int] | None = None
) -> int:
    """Make up to ``limit`` waiting mentions part of conversations; return how many were waiting.

    One caller at a time works (advisory lock), in the order of hearing, so that
    two halves of a thread never open two conversations. Another caller returns 0
    and leaves the work to the first, or waits for it if ``patient``. ``only`` names
    mentions for which somebody waits, and which stand in no thread with others.
    """
    with transaction.atomic():
        if patient:
            locks.take(locks.Lock.INTAKE)
        elif not locks.take_if_free(locks.Lock.INTAKE):
            return 0
        incidents = standing_until_committed()
        waiting = _waiting(limit, only)
        if not waiting:
            return 0
        policy, listeners = reading.policy_in_force(), read_listeners()
        groups = group_arrivals(
            Arrival(heard.mention_id, heard.channel_id, heard.external_id, heard.in_reply_to, heard.repeats)
            for heard in waiting.values()
        )
        loose = read_heard(pk for group in groups for pk in group.loose)
        openings = [
            Opening([waiting[pk] for pk in group.arrivals] + [loose[pk] for pk in group.loose])
            for group in groups
            if not group.conversations
        ]
        # Before anything else of them is: whoever acts on many locks those in this order, too.
        merging.hold([pk for group in groups for pk in group.conversations])
        open_conversations(openings, policy=policy, listeners=listeners, incidents=incidents, at=at)
        joined: list[int] = []
        for group in groups:
            if group.conversations:
                joined.append(joining.join(group, waiting, loose, policy, listeners, at))
        settled = belonging.settle(joined, incidents, at=at)
        suggest_anew({pk: settled.found[pk] for pk in settled.changed}, policy, at)
        WaitingMention.objects.filter(pk__in=any_of(waiting)).delete()
        live.recorded()
    return len(waiting)


def take_in_everything(*, at: datetime, patient: bool = False) -> int:
    """Take in until nothing waits; return how many there were.

    A ``patient`` caller finds everything taken in afterwards, whoever did it.
    """
    total = 0
    while count := take_in_mentions(at=at, patient=patient):
        total += count
    changing.take_in_changes(at=at, patient=patient)
    return total


_HEARD = (
    "pk",
    "channel_id",
    "profile_id",
    "external_id",
    "in_reply_to",
    "is_ours",
    "text",
    "language",
    "sentiment",
    "published_at",
    "profile__external_id",
    "profile__name",
    "profile__handle",
    "profile__reach",
    "channel__kind",
    "is_automatic",
    "repeats",
    "channel__name",
    "profile__person",
    "is_private",
)


def _waiting(limit: int, only: Sequence[int] | None) -> dict[int, Heard]:
    # Locked, since an answer of ours may be made part of its conversation elsewhere (see ``delivery``).
    waiting = WaitingMention.objects.select_for_update().order_by("pk")
    if only is not None:
        waiting = waiting.filter(pk__in=only)
    return read_heard(waiting.values_list("pk", flat=True)[:limit])


def read_heard(ids: Iterable[int]) -> dict[int, Heard]:
    """Return mentions by id, in the order of hearing."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {
        row[0]: Heard(*row) for row in Mention.objects.filter(pk__in=any_of(wanted)).order_by("pk").values_list(*_HEARD)
    }
