"""Find of what a mention is a copy."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from listening.models import Mention

# From the first who said it: what is said again later is news again.
WITHIN = timedelta(days=7)
# One author who says the same a thousand times has a thousand originals; the first few decide as well.
MOST_COMPARED = 20

# By key and id: the index gives them in this order, however often something was said.
_FIND = """
SELECT found.copy_key, found.profile_id, found.published_at, found.external_id
FROM unnest(%s::bigint[]) AS wanted (key)
CROSS JOIN LATERAL (
    SELECT m.copy_key, m.profile_id, m.published_at, m.external_id, m.id
    FROM listening_mention AS m
    WHERE m.copy_key = wanted.key AND m.channel_id = %s AND m.published_at BETWEEN %s AND %s
    ORDER BY m.copy_key, m.id
    LIMIT %s
) AS found
ORDER BY found.id
"""


class Said(NamedTuple):
    """One mention that may be a copy, or may be copied."""

    external_id: str
    key: int
    profile_id: int
    published_at: datetime


def find_originals(*, channel_id: int, said: Sequence[Said]) -> dict[str, str]:
    """Return by external id of what each is a copy: the same words of another author, at most a week apart.

    What is in ``said`` may be copied from one another; of those the first that was said is the original.
    """
    if not said:
        return {}
    moments = [one.published_at for one in said]
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            [
                list({one.key for one in said}),
                channel_id,
                min(moments) - WITHIN,
                max(moments) + WITHIN,
                MOST_COMPARED,
            ],
        )
        known: dict[int, list[tuple[int, datetime, str]]] = defaultdict(list)
        for key, *original in cursor.fetchall():
            known[key].append(tuple(original))
    copies = {}
    for one in sorted(said, key=lambda one: one.published_at):
        originals = known[one.key]
        original = next(
            (
                external_id
                for profile_id, published_at, external_id in originals
                if profile_id != one.profile_id and abs(one.published_at - published_at) <= WITHIN
            ),
            None,
        )
        if original is None:
            originals.append((one.profile_id, one.published_at, one.external_id))
        else:
            copies[one.external_id] = original
    return copies


def stand_alone(*, mention_id: int) -> None:
    """Note that a mention is nobody's copy, because somebody looked; ``raw`` keeps what the network told."""
    Mention.objects.filter(pk=mention_id).update(repeats="")
