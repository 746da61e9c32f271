"""How often what a rule suggests is done, and why not."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from policies.models import PolicyVersion, Rule, RuleCount
from socialhub.lib import locks

Verdict = RuleCount.Verdict


@dataclass(frozen=True, slots=True)
class Heeded:
    """How often people followed a rule, and how often they departed from it for which reason."""

    followed: int = 0
    departed: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how often somebody decided on what it gave."""
        return self.followed + sum(self.departed.values())


def count(verdicts: Iterable[tuple[int, Verdict]], *, times: int = 1) -> None:
    """Count what was done with what rules gave, by their ids. Call it in the transaction that decides.

    It waits for nobody. Rules that are gone with their draft are passed over. What is
    taken back is counted -1 ``times``.
    """
    wanted = Counter(verdicts)
    if not wanted:
        return
    rows = Rule.objects.filter(pk__in={rule_id for rule_id, _verdict in wanted})
    rules = {pk: (key, version) for pk, key, version in rows.values_list("pk", "key", "clause__version")}
    RuleCount.objects.bulk_create(
        [
            RuleCount(rule_key=rules[rule_id][0], version_id=rules[rule_id][1], verdict=verdict, n=n * times)
            for (rule_id, verdict), n in wanted.items()
            if rule_id in rules
        ]
    )


def heeded(keys: Collection[UUID], *, version: PolicyVersion | None = None) -> dict[UUID, Heeded]:
    """Return how rules were heeded, by their keys: under one version, or under all of them."""
    rows = RuleCount.objects.filter(rule_key__in=keys)
    if version is not None:
        rows = rows.filter(version=version)
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    for key, verdict, n in rows.values_list("rule_key", "verdict").annotate(sum=Sum("n")).order_by():
        found[key][verdict] += n
    return {
        key: Heeded(counts.pop(Verdict.FOLLOWED, 0), {verdict: n for verdict, n in counts.items() if n})
        for key, counts in found.items()
    }


def compact() -> int:
    """Add rows of the same number together in one statement; return how many rows went. One caller at a time."""
    with transaction.atomic():
        if not locks.take_if_free(locks.Lock.COMPACT_RULE_COUNTS):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH gone AS (DELETE FROM policies_rulecount RETURNING rule_key, version_id, verdict, n),
                kept AS (
                    INSERT INTO policies_rulecount (rule_key, version_id, verdict, n)
                    SELECT rule_key, version_id, verdict, sum(n) FROM gone GROUP BY 1, 2, 3 RETURNING 1
                )
                SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
                """
            )
            row = cursor.fetchone()
    return int(row[0])
