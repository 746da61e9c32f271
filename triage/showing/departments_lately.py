"""To whom the like was given lately: the departments in the order in which somebody who decides will want them."""

from dataclasses import dataclass

from django.db import connection

from teams.models import Department
from triage.models import Conversation

# So many of the latest decisions are looked at, whatever they were.
LATEST = 2_000

# What was suggested says most, then where it was said and what it is about, then its language.
_LATELY = """
    SELECT latest.department_id, sum(
        8 * coalesce(was.suggestion ->> 'department' = %(suggested)s, false)::int
        + 3 * (was.channel_id = %(channel)s)::int
        + 3 * (was.tags ?| %(tags)s::text[])::int
        + (was.language = %(language)s)::int
    )
    FROM (
        SELECT conversation_id, department_id, decided_by_id FROM triage_decision ORDER BY id DESC LIMIT %(latest)s
    ) AS latest
    JOIN triage_conversation AS was ON was.id = latest.conversation_id AND was.learner_id IS NULL
    WHERE latest.department_id IS NOT NULL AND latest.decided_by_id IS NOT NULL AND was.id <> %(conversation)s
    GROUP BY latest.department_id
"""


@dataclass(frozen=True, slots=True)
class Likely:
    """A department, and how much speaks for it: the closeness of what it got lately, added up."""

    pk: int
    name: str
    score: int


def departments_for(conversation: Conversation) -> list[Likely]:
    """Return every open department, the likeliest first; of equals, by name. Two queries, whatever the history."""
    suggestion = conversation.suggestion if conversation.learner_id is None else {}
    tags = conversation.tags or suggestion.get("tags") or []
    with connection.cursor() as cursor:
        cursor.execute(
            _LATELY,
            {
                "suggested": suggestion.get("department", ""),
                "channel": conversation.channel_id,
                "tags": list(tags),
                "language": conversation.language,
                "latest": LATEST,
                "conversation": conversation.pk,
            },
        )
        scores = {pk: int(score or 0) for pk, score in cursor.fetchall()}
    departments = Department.objects.active().by_name().values_list("pk", "name")
    found = [Likely(pk, name, scores.get(pk, 0)) for pk, name in departments]
    return sorted(found, key=lambda each: -each.score)
