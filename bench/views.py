"""The first page of every list in every order, at ten thousand and at ten million conversations: database time."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import inbox
from bench.figures import Figure
from bench.world import make_company
from listening.models import Channel, Profile
from teams.models import Department, Membership, User
from teams.roles import Role
from triage.lists import queues
from triage.lists.filtering import NO_FILTER
from triage.lists.listing import Listing
from triage.lists.queues import Queue
from triage.views.lists import numbers_for

SMALL, LARGE = 10_000, int(os.environ.get("BENCH_SIZE", "10000000"))
# What concerns the smaller of the two departments whose members look.
LITTLE = 3000
TIMES = 5
# What one person holds.
HELD_BY_ONE = 60
# Of less than this nothing grows: it is planning and noise.
FLOOR_MS = 1.0

SUMMARY = "first page of every list in every order: database time for a triage owner and for members of departments"

# One in 500 of what is open is put aside; one department has little, all others have a seventh each.
HELD = """
UPDATE triage_conversation SET holder_id = %(holder)s WHERE id IN (
    SELECT id FROM triage_conversation WHERE department_id = %(department)s AND stage = 'claimed' LIMIT %(most)s
)
"""
ASIDE = """
UPDATE triage_conversation SET snoozed_at = now(), snoozed_by_id = %(holder)s, snoozed_until = now() + interval '1 day'
WHERE id %% 500 = 1 AND stage IN ('new', 'assigned', 'waiting') AND snoozed_at IS NULL
"""
GIVEN = """
UPDATE triage_conversation SET department_id = %(little)s WHERE id IN (
    SELECT id FROM triage_conversation WHERE stage <> 'new' AND department_id <> %(little)s
    AND id %% greatest(1, %(size)s / %(most)s) = 0 LIMIT %(most)s
)
"""
CONCERNED = """
INSERT INTO triage_concern (conversation_id, department_id, because, last_inbound_at)
SELECT id, department_id, 'decided', last_inbound_at FROM triage_conversation WHERE department_id IS NOT NULL
ON CONFLICT DO NOTHING
"""


# Somebody, and the department whose list is asked for.
Reader = tuple[User, Department]


def measure() -> list[Figure]:
    """Load, ask, load more, ask again; each question is asked some times, and the best counts."""
    company = make_company()
    now = timezone.now()
    channel = Channel.objects.create(name="Bench", kind="import", created_at=now)
    profiles = Profile.objects.bulk_create(
        Profile(channel=channel, external_id=f"p{n}", name=f"P {n}") for n in range(100)
    )
    small_department = Department.objects.create(slug="small", name="Small")
    member, others = (User.objects.create_user(f"{name}@bench.example", name=name) for name in ("Sam", "Others"))
    Membership.objects.create(user=member, department=small_department, role=Role.RESPONDER)
    what = {
        "channel": channel.pk,
        "profile": profiles[0].pk,
        "department": company["departments"][0].pk,
        "holder": others.pk,
        "little": small_department.pk,
    }
    readers = {
        "triage owner": (company["owner"], company["departments"][0]),
        "member, much": (company["people"][0], company["departments"][0]),
        "member, little": (member, small_department),
    }
    _load(what, readers, 1, SMALL)
    small = _ask(readers, channel)
    _load(what, readers, SMALL + 1, LARGE)
    large = _ask(readers, channel)
    return [figure for name in readers for figure in _figures(name, small[name], large[name])]


def _load(what: dict[str, int], readers: dict[str, Reader], begin: int, end: int) -> None:
    inbox.load(what, begin, end)
    with connection.cursor() as cursor:
        cursor.execute(ASIDE, what)
        cursor.execute(GIVEN, {**what, "size": end, "most": LITTLE})
        for user, department in readers.values():
            if user.rights.may("conversation.claim", department.pk):
                cursor.execute(HELD, {"holder": user.pk, "department": department.pk, "most": HELD_BY_ONE})
        cursor.execute(CONCERNED)
        cursor.execute("VACUUM ANALYZE triage_conversation, triage_concern")


def _ask(readers: dict[str, Reader], channel: Channel) -> dict[str, dict[str, float]]:
    """Return the milliseconds of each list and order, and those of the numbers, of each reader."""
    found: dict[str, dict[str, float]] = {}
    for name, (user, department) in readers.items():
        lists = _lists(user, department, channel)
        found[name] = {f"{each.queue.slug}, {each.sort}": _database_ms(partial(_page, each)) for each in lists}
        found[name]["numbers"] = _database_ms(partial(_numbers, user))
    return found


def _lists(user: User, department: Department, channel: Channel) -> Iterator[Listing]:
    """Give the lists of somebody's menu in each order."""
    offered: list[Queue] = [
        queues.MINE,
        queues.WAITING,
        queues.SNOOZED,
        queues.TROUBLED,
        queues.ASKED,
        queues.CLOSED,
        queues.EVERYTHING,
        queues.PRACTICE,
        queues.department_queue(department.slug, department.name, department.pk),
    ]
    if user.rights.everywhere("conversation.view"):
        offered += [queues.NEEDS_DECISION, queues.URGENT, queues.BREACHING, queues.channel_queue(channel.pk, "Bench")]
    for queue in (each.for_reader(user) for each in offered):
        for sort in queue.sorts:
            yield Listing(queue, user, sort, NO_FILTER, NO_FILTER)


def _page(listing: Listing) -> None:
    listing.page(timezone.now())


def _numbers(user: User) -> None:
    numbers_for(user, timezone.now())


def _database_ms(ask: Callable[[], Any]) -> float:
    """Return what the database needs to plan and to carry out everything that is asked, at best."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    return min(sum(_explained(sql, params) for sql, params in asked) for _ in range(TIMES))


def _explained(sql: str, params: Any) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0][0]
    return float(plan["Planning Time"] + plan["Execution Time"])


def _figures(name: str, small: dict[str, float], large: dict[str, float]) -> list[Figure]:
    lists = [each for each in large if each != "numbers"]
    growth = {each: large[each] / max(small[each], FLOOR_MS) for each in lists}
    slowest, grown = max(lists, key=large.__getitem__), max(lists, key=growth.__getitem__)
    return [
        Figure(f"{name}: lists and orders", len(lists)),
        Figure(f"{name}: slowest ({slowest})", large[slowest], "ms", 10),
        Figure(f"{name}: grown most ({grown})", growth[grown], "times", 1.3),
        Figure(f"{name}: that at {SMALL:,}", small[grown], "ms"),
        Figure(f"{name}: that at {LARGE:,}", large[grown], "ms"),
        Figure(f"{name}: numbers of the menu", large["numbers"], "ms", 5),
    ]
