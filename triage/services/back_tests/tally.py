"""What comes of trying a version: counts that add up in any order, kept as JSON.

A tally is a tree of numbers by names, with lists of a few conversations to look at.
``before`` is what was suggested when a conversation began, ``after`` what the tried
version suggests. In the names of moves both are joined by ``>``; an empty side stands
for no suggestion.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from policies.engine.outcomes import Routing
from policies.engine.rules import Policy, Rule, Suggestion, weigh
from socialhub.lib.business_time import Calendar
from triage.services.back_tests.past import Decided, Past

PARTS = ("disposition", "department", "visibility", "priority")
MOVED = ("disposition", "department", "priority")
# To look at: what a person opens, not what a program counts.
MOST_EXAMPLES = 5

Tally = dict[str, Any]


def tally(past: Iterable[Past], *, policy: Policy, calendar: Calendar, at: datetime) -> Tally:
    """Decide conversations again under ``policy``, by the code that runs live, and count what comes of it."""
    found = new_tally()
    for one in past:
        applying = list(policy.applying(one.facts))
        after = weigh(applying)
        found["count"] += 1
        found["incomplete"] += not one.is_whole
        found["by_rule_before"] += one.by_rule
        found["by_rule_after"] += after.decided_by is not None
        found["moved"] += _move(found, one, after)
        _load(found, one, after)
        _time(found, one, after, policy, calendar, at)
        _credit(found, one, after, [rule for rule, _evidence in applying])
        if one.decided is not None:
            found["decided"] += 1
            _agree(found["agreement_before"], one.suggestion, one.decided)
            _agree(found["agreement_after"], _parts(after), one.decided)
    return found


def new_tally() -> Tally:
    """Return the tally of nothing."""
    return {
        "count": 0,
        # Began before all that rules look at was kept.
        "incomplete": 0,
        # Something of their suggestion is another one now.
        "moved": 0,
        # People have decided on them.
        "decided": 0,
        # Rules have decided on them by themselves, and would.
        "by_rule_before": 0,
        "by_rule_after": 0,
        # By part: from what to what, and of those that move some to look at.
        "moves": {part: {} for part in MOVED},
        "examples": {part: {} for part in MOVED},
        # By department, by hour of the week.
        "load": {},
        # What became of the deadlines to decide: ``met``, ``missed`` or nothing known, then and now.
        "deadlines": {},
        # By part: how often people decided what was suggested, and how often something else.
        "agreement_before": {},
        "agreement_after": {},
        "rules": {},
    }


def add(whole: Tally, more: Mapping[str, Any]) -> Tally:
    """Add a tally to another one, and return that."""
    for name, value in more.items():
        if isinstance(value, Mapping):
            add(whole.setdefault(name, {}), value)
        elif isinstance(value, list):
            whole[name] = [*whole.get(name, []), *value][:MOST_EXAMPLES]
        else:
            whole[name] = whole.get(name, 0) + value
    return whole


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _show(examples: dict[str, list[int]], name: str, conversation_id: int) -> None:
    shown = examples.setdefault(name, [])
    if len(shown) < MOST_EXAMPLES:
        shown.append(conversation_id)


def _parts(suggestion: Suggestion) -> dict[str, Any]:
    """Return the parts of a suggestion as they are kept: nothing where no rule had a say."""
    return {part: getattr(suggestion, part) for part in PARTS} if suggestion.because else {}


def _move(found: Tally, one: Past, after: Suggestion) -> bool:
    has_moved = False
    for part in MOVED:
        # Whatever no rule speaks of has the middle priority.
        before = one.suggestion.get(part) or (Suggestion().priority if part == "priority" else "")
        now = getattr(after, part)
        move = f"{before}>{now}"
        _count(found["moves"][part], move)
        if before != now:
            has_moved = True
            _show(found["examples"][part], move, one.conversation_id)
    return has_moved


def _load(found: Tally, one: Past, after: Suggestion) -> None:
    local = one.facts.local
    if local is not None:
        _count(found["load"].setdefault(after.department, {}), str(local.weekday() * 24 + local.hour))


def _time(found: Tally, one: Past, after: Suggestion, policy: Policy, calendar: Calendar, at: datetime) -> None:
    if one.decided_at is None and not one.waits:
        # Answered elsewhere, joined to another or decided by a rule: nobody had to decide.
        return
    due_at = policy.deadline("decide", priority=after.priority, since=one.opened_at, calendar=calendar)
    if after.decided_by is not None:
        now = "met"
    elif one.decided_at is not None:
        now = "missed" if one.decided_at > due_at else "met"
    else:
        now = "missed" if at > due_at else ""
    before = "" if one.was_late is None else "missed" if one.was_late else "met"
    _count(found["deadlines"], f"{before}>{now}")


def _agree(counts: dict[str, dict[str, int]], suggested: Mapping[str, Any], decided: Decided) -> None:
    for part in PARTS:
        agrees = agreement(part, suggested.get(part), decided)
        if agrees is not None:
            _count(counts.setdefault(part, {}), "agreed" if agrees else "differed")


def agreement(part: str, suggested: Any, decided: Decided) -> bool | None:
    """Say whether people decided what was suggested; None where one of them says nothing of it.

    Where nobody answers, there is neither a department nor a visibility to agree on.
    """
    value = getattr(decided, part)
    return None if not suggested or not value else bool(suggested == value)


def _credit(found: Tally, one: Past, after: Suggestion, applying: Sequence[Rule]) -> None:
    """Count for each rule what it gave, and which rules took the word from it where it gave nothing."""
    said = {reason.rule_id: reason for reason in after.because}
    for place, rule in enumerate(applying):
        counts = found["rules"].get(rule.key)
        if counts is None:
            counts = found["rules"][rule.key] = {"matched": 0, "gave": 0, "decides": 0}
        counts["matched"] += 1
        reason = said.get(rule.rule_id)
        if reason is None:
            beaten = counts.setdefault("beaten", {})
            for winner in _winners(rule, applying[:place]):
                _count(beaten, winner)
            continue
        counts["gave"] += 1
        counts["decides"] += after.decided_by == rule.rule_id
        if one.decided is None:
            continue
        for part in reason.gave:
            agrees = agreement(part, getattr(after, part), one.decided) if part in PARTS else None
            if agrees is None:
                continue
            _count(counts.setdefault("agreed" if agrees else "differed", {}), part)
            if not agrees:
                _show(counts.setdefault("examples", {}), part, one.conversation_id)


def _winners(rule: Rule, earlier: Iterable[Rule]) -> set[str]:
    """Return those of the earlier rules of which each alone left ``rule`` nothing to say."""
    said = rule.outcome
    if not isinstance(said, Routing):
        return set()
    return {other.key for other in earlier if isinstance(other.outcome, Routing) and _covers(other.outcome, said)}


def _covers(first: Routing, second: Routing) -> bool:
    """Say whether ``first``, which comes earlier, leaves nothing to ``second``."""
    if second.priority is not None and (first.priority is None or first.priority > second.priority):
        return False
    texts = ("disposition", "department", "person", "visibility")
    if any(getattr(second, part) and not getattr(first, part) for part in texts):
        return False
    return set(second.tags) <= set(first.tags)
