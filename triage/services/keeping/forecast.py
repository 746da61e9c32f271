"""What the rules of retention will erase: counted within a few seconds, with examples."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policies.engine.outcomes import What
from policies.engine.rules import Policy
from triage.services.keeping import ageing, holds

SECONDS = 2.0
NEXT_NIGHT = timedelta(days=1)
SOON = timedelta(days=30)
MOST_EXAMPLES = 5


@dataclass
class Forecast:
    """What one rule lets go: the next night, until ``SOON``, and what of that is on hold."""

    clause: str
    rule: str
    what: What
    next_night: int = 0
    soon: int = 0
    held: int = 0
    examples: list[int] = field(default_factory=list)


@dataclass
class Outlook:
    """What comes in the next time, rule by rule; ``is_cut_short`` where there was more than time to look.

    ``keeps_all`` where the policy has no rule that lets anything go.
    """

    rules: list[Forecast]
    is_cut_short: bool
    keeps_all: bool = False


def forecast(policy: Policy, *, after: datetime | None, at: datetime, seconds: float = SECONDS) -> Outlook:
    """Say what will be erased, where everything until ``after`` was looked at; None: nothing was."""
    ends = time.monotonic() + seconds
    found: dict[int, Forecast] = {}
    is_cut_short = False
    for stretch in ageing.stretches(policy, after=after, until=at + SOON):
        place: ageing.Place = None
        while not is_cut_short:
            aged = ageing.read_aged(policy, stretch, place)
            _count(aged, stretch.what, found, at)
            if len(aged) < ageing.BATCH:
                break
            place = aged[-1].closed_at, aged[-1].conversation_id
            is_cut_short = time.monotonic() > ends
    keeps_all = not any(policy.keep_days(what) for what in What)
    return Outlook([found[pk] for pk in sorted(found)], is_cut_short, keeps_all)


def _count(batch: list[ageing.Aged], what: What, found: dict[int, Forecast], at: datetime) -> None:
    due: dict[int, list[ageing.Aged]] = defaultdict(list)
    for one in batch:
        if one.because is not None and one.due_at is not None and one.due_at <= at + SOON:
            due[one.because.rule_id].append(one)
    held = holds.held_among([one.conversation_id for several in due.values() for one in several]) if due else set()
    for rule_id, several in due.items():
        because = several[0].because
        if because is None:
            continue
        line = found.setdefault(rule_id, Forecast(because.clause_label, because.rule, what))
        for one in several:
            if one.conversation_id in held:
                line.held += 1
                continue
            line.soon += 1
            if one.due_at is not None and one.due_at <= at + NEXT_NIGHT:
                line.next_night += 1
            if len(line.examples) < MOST_EXAMPLES:
                line.examples.append(one.conversation_id)
