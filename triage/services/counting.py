"""How many conversations stand where, without counting them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from socialhub.lib import locks
from teams.roles import CAN
from triage.states import RUNNING, Stage

# Beyond this a badge says "99+": an exact number would cost a scan and tell nobody more.
MOST_COUNTED = 100
BREACHING_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KnownView:
    """A saved view as the menu and its list need it; ``count`` was kept at ``counted_at``, in seconds since 1970."""

    pk: int
    name: str
    query: str
    sort: str
    department_id: int | None
    owner_id: int
    count: int | None
    counted_at: float | None
    looked_at: float


@dataclass(frozen=True, slots=True)
class InboxNumbers:
    """The numbers beside the queues.

    From ``mine`` on they are one person's, each counted up to ``MOST_COUNTED``; ``views``
    are the saved views in that person's menu, in its order.
    """

    by_stage: Counter[str]
    deciding_by_channel: Counter[int]
    running_by_department: Counter[int]
    urgent: int
    mine: int
    breaching: int
    troubled: int
    asked: int
    to_approve: int
    views: tuple[KnownView, ...]


# Written out and in one piece: compiling the parts would take the ORM longer than
# the database takes to count. Each part is a sum over a few hundred kept rows or
# ends at %(most)s, so it costs the same at any number of conversations.
NUMBERS = """
SELECT
    (
        SELECT json_agg(json_build_array(stage, department_id, channel_id, priority, n)) FROM (
            SELECT stage, department_id, channel_id, priority, sum(n)::bigint AS n
            FROM triage_queuecount GROUP BY stage, department_id, channel_id, priority
        ) AS kept
    ),
    (SELECT count(*) FROM (
        SELECT FROM triage_conversation
        WHERE holder_id = %(user)s AND stage = 'claimed' AND learner_id IS NULL AND snoozed_at IS NULL
        UNION ALL
        SELECT FROM triage_conversation
        WHERE offered_to_id = %(user)s AND stage = 'assigned' AND learner_id IS NULL AND snoozed_at IS NULL
        UNION ALL
        SELECT FROM triage_conversation WHERE id IN (
            SELECT conversation_id FROM triage_reply WHERE state IN ('failed', 'uncertain')
        ) AND holder_id = %(user)s AND stage = 'waiting' AND learner_id IS NULL
        LIMIT %(most)s
    ) AS mine),
    (SELECT count(*) FROM (
        SELECT FROM triage_conversation
        WHERE stage IN ('new', 'assigned', 'claimed') AND due_at < %(soon)s AND %(sees_all)s AND learner_id IS NULL
        AND snoozed_at IS NULL
        LIMIT %(most)s
    ) AS breaching),
    (SELECT count(*) FROM (
        SELECT DISTINCT reply.conversation_id
        FROM triage_reply AS reply
        JOIN triage_conversation AS conversation ON conversation.id = reply.conversation_id
        WHERE reply.state IN ('failed', 'uncertain') AND conversation.stage <> 'closed'
        AND conversation.learner_id IS NULL AND (%(sees_all)s OR conversation.holder_id = %(user)s)
        LIMIT %(most)s
    ) AS troubled),
    (SELECT count(*) FROM (
        SELECT note.conversation_id
        FROM triage_noteask AS ask JOIN triage_note AS note ON note.id = ask.note_id
        WHERE ask.answered_at IS NULL AND ask.person_id = %(user)s AND note.author_id <> %(user)s
        UNION
        SELECT note.conversation_id
        FROM teams_membership AS member
        JOIN triage_noteask AS ask ON ask.department_id = member.department_id AND ask.answered_at IS NULL
        JOIN triage_note AS note ON note.id = ask.note_id
        WHERE member.user_id = %(user)s AND note.author_id <> %(user)s
        LIMIT %(most)s
    ) AS asked),
    (SELECT count(*) FROM (
        SELECT DISTINCT approval.id
        FROM triage_approval AS approval
        JOIN triage_conversation AS conversation
            ON conversation.id = approval.conversation_id AND conversation.fence = approval.fence
        JOIN triage_approvalstep AS step ON step.approval_id = approval.id AND step.verdict = ''
        WHERE approval.state = 'asked' AND (approval.expires_at IS NULL OR approval.expires_at > %(now)s)
        AND step.author_id <> %(user)s
        AND (
            step.person_id = %(user)s
            OR step.department_id IN (
                SELECT department_id FROM teams_membership AS member
                WHERE user_id = %(user)s AND role = ANY(%(approving)s) AND step.role IN ('', member.role)
            )
            OR step.department_id IS NULL
            AND step.role IN (SELECT role FROM teams_appointment WHERE user_id = %(user)s)
        )
        AND (
            step.mode <> 'in_order'
            OR NOT EXISTS (
                SELECT FROM triage_approvalstep AS earlier
                WHERE earlier.approval_id = approval.id AND earlier."group" = step."group"
                AND earlier.verdict = '' AND earlier.position < step.position
            )
        )
        AND (
            step.mode <> 'any'
            OR NOT EXISTS (
                SELECT FROM triage_approvalstep AS spoken
                WHERE spoken.approval_id = approval.id AND spoken."group" = step."group" AND spoken.verdict <> ''
            )
        )
        LIMIT %(most)s
    ) AS to_approve),
    ARRAY(
        SELECT json_build_array(
            id, name, query, sort, department_id, owner_id, count,
            extract(epoch FROM counted_at), extract(epoch FROM looked_at)
        )
        FROM triage_savedview
        WHERE owner_id = %(user)s OR department_id = ANY(%(departments)s)
        ORDER BY department_id IS NOT NULL, department_id, position, id
    )
"""


def read_numbers(*, user_id: int, sees_all: bool, at: datetime, departments: Sequence[int] = ()) -> InboxNumbers:
    """Read every number of the inbox's menu in one statement, for a person who belongs to ``departments``."""
    with connection.cursor() as cursor:
        cursor.execute(
            NUMBERS,
            {
                "user": user_id,
                "most": MOST_COUNTED,
                "now": at,
                "soon": at + BREACHING_WITHIN,
                "sees_all": sees_all,
                "approving": sorted(CAN["reply.approve"]),
                "departments": list(departments),
            },
        )
        kept, mine, breaching, troubled, asked, to_approve, views = cursor.fetchone()
    by_stage: Counter[str] = Counter()
    deciding: Counter[int] = Counter()
    running: Counter[int] = Counter()
    urgent = 0
    for stage, department_id, channel_id, priority, total in kept or ():
        by_stage[stage] += total
        if stage == Stage.NEW:
            deciding[channel_id] += total
        if stage in (Stage.ASSIGNED, Stage.CLAIMED):
            running[department_id] += total
        if priority == 1 and stage in RUNNING:
            urgent += total
    known = tuple(KnownView(*view) for view in views)
    return InboxNumbers(by_stage, deciding, running, urgent, mine, breaching, troubled, asked, to_approve, known)


def compact() -> int:
    """Add rows of the same queue together in one statement; return how many rows went. One caller at a time."""
    with transaction.atomic():
        if not locks.take_if_free(locks.Lock.COMPACT_QUEUE_COUNTS):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH gone AS (DELETE FROM triage_queuecount RETURNING stage, department_id, channel_id, priority, n),
                kept AS (
                    INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
                    SELECT stage, department_id, channel_id, priority, sum(n) FROM gone
                    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 RETURNING 1
                )
                SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
                """
            )
            row = cursor.fetchone()
    return int(row[0])
