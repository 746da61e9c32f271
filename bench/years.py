"""Years of conversations in minutes: some are heard as ever, the others are copies of these, weeks later."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from bench import rulebook
from bench.copying import copy_rows
from bench.world import make_company
from listening.heard import HeardItem, clean_item
from listening.models import AuthorList, AuthorListEntry, Channel
from listening.services.ingest import store_items
from policies.models import Clause, PolicyVersion, Rule, Target
from teams.models import Organisation, User
from triage.models import Conversation
from triage.services.arriving import intake

BATCH = 500
WEEK = timedelta(weeks=1)

_COPIED: dict[str, dict[str, str]] = {
    "listening_mention": {"id": "id + n * %(mentions)s", "external_id": "external_id || '-' || n"},
    "listening_mentionversion": {
        "id": "id + n * %(versions)s",
        "mention_id": "mention_id + n * %(mentions)s",
        "replaced_at": "replaced_at + n * interval '1 week'",
    },
    "triage_conversation": {
        "id": "id + n * %(conversations)s",
        "facts": "jsonb_set(facts, '{mention}', to_jsonb((facts->>'mention')::bigint + n * %(mentions)s))",
        "opened_at": "opened_at + n * interval '1 week'",
        "decided_at": "decided_at + n * interval '1 week'",
    },
}
_IDS = {
    "mentions": "listening_mention",
    "versions": "listening_mentionversion",
    "conversations": "triage_conversation",
}
_DECIDE = """
UPDATE triage_conversation SET decided_at = opened_at + interval '1 minute' * (id % 200) WHERE id % 2 = 0
"""
_DECIDED = """
INSERT INTO triage_decision (
    conversation_id, disposition, reason, priority, department_id, visibility, note, approval, policy_version_id,
    decided_by_id, at
)
SELECT id, 'customer_service', '', 1 + id %% 4, %(department)s + id %% 7, 'public', '', '{}', %(version)s, %(person)s,
       decided_at
FROM triage_conversation WHERE decided_at IS NOT NULL
"""
_ENDED = """
INSERT INTO triage_clockend (conversation_id, step, priority, due_at, ended_at, missed)
SELECT id, 'decide', priority, opened_at + interval '1 hour', decided_at, id %% 200 > 60
FROM triage_conversation WHERE decided_at IS NOT NULL
"""


def make_years(count: int, *, heard: int, rules: int) -> tuple[PolicyVersion, User]:
    """Make ``count`` conversations, of which ``heard`` came in as ever, under a policy of so many rules."""
    company = make_company()
    # Weeks later it is the same hour of the week, which it is not everywhere.
    Organisation.objects.update(
        time_zone="UTC", week={day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    )
    words = rulebook.vocabulary()
    version = _put_in_force(company["version"], rules, words)
    _hear(heard, words, weeks=count // heard)
    with connection.cursor() as cursor:
        cursor.execute(_DECIDE)
    with connection.cursor() as cursor:
        # The copies of the same week stand together, as they would.
        copy_rows(cursor, _COPIED, of=_IDS, copies=count // heard - 1)
    told = {
        "department": company["departments"][0].pk,
        "version": version.pk,
        "person": company["owner"].pk,
    }
    with connection.cursor() as cursor:
        for statement in (_DECIDED, _ENDED):
            cursor.execute(statement, told)
        cursor.execute("VACUUM ANALYZE")
    return version, company["owner"]


def _put_in_force(former: PolicyVersion, count: int, words: list[str]) -> PolicyVersion:
    now = timezone.now()
    version = PolicyVersion.objects.create(number=former.number + 1, title="Large", created_at=now)
    clause = Clause.objects.create(version=version, number=1, label="1", title="When", body="We answer.")
    Rule.objects.bulk_create(
        Rule(clause=clause, position=position, name=f"rule {position}", condition=condition, outcome=outcome)
        for position, (condition, outcome) in enumerate(rulebook.rules(count, words))
    )
    for priority in (1, 2, 3, 4):
        Target.objects.create(
            version=version,
            priority=priority,
            decide_minutes=60,
            claim_minutes=120,
            answer_minutes=240,
            hours="business",
        )
    PolicyVersion.objects.filter(pk=former.pk).update(state="retired", in_force_until=now)
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=now)
    return version


def _hear(count: int, words: list[str], *, weeks: int) -> None:
    """Let conversations begin within one week, so many weeks ago; a tenth of what began them is edited afterwards."""
    begin = timezone.now() - WEEK * (weeks + 1)
    channel = Channel.objects.create(name="Bench", kind="import", created_at=begin)
    press = AuthorList.objects.create(name="List5", kind="press")
    AuthorListEntry.objects.bulk_create(
        AuthorListEntry(author_list=press, value=f"author{number}") for number in range(0, 3000, 50)
    )
    said = rulebook.texts(count, words)
    for first in range(0, count, BATCH):
        at = begin + WEEK * first / count
        items = [
            HeardItem(
                external_id=str(number),
                text=f"{said[number]} code{number % 300} {number}" if number % 9 == 0 else said[number],
                published_at=at,
                author_id=f"author{number % 3000}",
                author_reach=number * 7 % 100_000 if number % 3 else None,
            )
            for number in range(first, min(first + BATCH, count))
        ]
        store_items(channel=channel, items=[clean_item(item, at=at) for item in items], at=at)
        intake.take_in_everything(at=at)
        later = at + timedelta(minutes=1)
        edited = [
            HeardItem(external_id=item.external_id, text="Never mind.", published_at=at, author_id=item.author_id)
            for item in items[::10]
        ]
        store_items(channel=channel, items=[clean_item(item, at=later) for item in edited], at=later)
        intake.take_in_everything(at=later)
    assert Conversation.objects.count() == count
