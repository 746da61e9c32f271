"""Which closed conversations have come of age, by the rules of retention of one version."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from policies.engine.facts import Facts, names
from policies.engine.outcomes import What
from policies.engine.rules import Because, Policy
from socialhub.lib.bulk import any_of
from triage.models import Conversation, Decision
from triage.services.arriving.facts import company_zone, kept_facts
from triage.states import Disposition, Stage

BATCH = 500


@dataclass(frozen=True, slots=True)
class Stretch:
    """Conversations closed after ``since`` (None: ever) and until ``until``, of which ``what`` may be erased."""

    what: What
    since: datetime | None
    until: datetime

    def as_data(self) -> list[str | None]:
        """Return it as it is stored."""
        return [self.what.value, self.since.isoformat() if self.since else None, self.until.isoformat()]

    @classmethod
    def of(cls, data: Sequence[str | None]) -> "Stretch":
        """Return what was stored."""
        what, since, until = data
        begins = datetime.fromisoformat(since) if since else None
        return cls(What(what or ""), begins, datetime.fromisoformat(until or ""))


# Behind which moment of closing and which id to go on; None at the beginning of a stretch.
Place = tuple[datetime, int] | None


@dataclass(frozen=True, slots=True)
class Aged:
    """One conversation, and since when which rule lets it go; None where it is kept for good."""

    conversation_id: int
    channel_id: int
    closed_at: datetime
    because: Because | None
    due_at: datetime | None


def stretches(policy: Policy, *, after: datetime | None, until: datetime) -> list[Stretch]:
    """Return where to look for what came of age after one moment and until another.

    Nothing comes of age but so many days after it was closed as a rule names. So each rule's
    days make one stretch, and stretches that meet are one.
    """
    found = []
    for what in What:
        days = policy.keep_days(what)
        if days and after is None:
            found.append(Stretch(what, None, until - timedelta(days=days[0])))
            continue
        ends: list[tuple[datetime, datetime]] = []
        for count in reversed(days):
            span = timedelta(days=count)
            since = (after or until) - span
            if ends and since <= ends[-1][1]:
                ends[-1] = ends[-1][0], until - span
            else:
                ends.append((since, until - span))
        found += [Stretch(what, low, high) for low, high in ends]
    return found


def read_aged(policy: Policy, stretch: Stretch, place: Place, *, limit: int = BATCH) -> list[Aged]:
    """Return the next conversations of a stretch in the order of their closing, also those that are kept."""
    undone = Q(erased_at=None) if stretch.what == What.CONTENT else Q(raw_erased_at=None)
    found = Conversation.objects.filter(undone, stage=Stage.CLOSED, closed_at__lte=stretch.until)
    if place is not None:
        closed_at, pk = place
        found = found.filter(Q(closed_at__gt=closed_at) | Q(closed_at=closed_at, pk__gt=pk), closed_at__gte=closed_at)
    elif stretch.since is not None:
        found = found.filter(closed_at__gt=stretch.since)
    rows = list(found.order_by("closed_at", "pk").values_list(*_COLUMNS)[:limit])
    return [_aged(policy, stretch.what, row, facts) for row, facts in zip(rows, _facts(rows), strict=True)]


_COLUMNS = (
    "pk",
    "channel_id",
    "closed_at",
    "facts",
    "language",
    "sentiment",
    "opened_at",
    "disposition",
    "visibility",
    "department__slug",
    "priority",
    "tags",
)


def _aged(policy: Policy, what: What, row: Sequence[Any], facts: Facts) -> Aged:
    pk, channel_id, closed_at, *_rest = row
    found = policy.keeping(facts).get(what)
    if found is None:
        return Aged(pk, channel_id, closed_at, None, None)
    days, because = found
    return Aged(pk, channel_id, closed_at, because, closed_at + timedelta(days=days))


def _facts(rows: Sequence[Sequence[Any]]) -> Iterator[Facts]:
    """Yield what is known of each, without its words."""
    reasons = _reasons([row[0] for row in rows if row[7] == Disposition.NO_RESPONSE])
    zone = company_zone()
    for pk, _channel, _closed, kept, language, sentiment, opened_at, *decided in rows:
        disposition, visibility, slug, priority, tags = decided
        known = kept if "mention" in kept else {"language": language, "sentiment": sentiment}
        yield replace(
            kept_facts(known, text="", opened_at=opened_at, zone=zone),
            disposition=disposition,
            visibility=visibility,
            department=slug or "",
            priority=priority,
            tags=names(*tags),
            reason=reasons.get(pk, ""),
        )


def _reasons(conversations: Sequence[int]) -> dict[int, str]:
    """Return why nobody answered, by the decision that is in force."""
    if not conversations:
        return {}
    latest = Decision.objects.filter(conversation__in=any_of(conversations)).order_by("conversation", "-pk")
    return dict(latest.distinct("conversation").values_list("conversation", "reason"))
