"""A version of the policy as the machine runs it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policies.engine.conditions import Condition
from policies.engine.facts import Facts
from policies.engine.guide import Guide
from policies.engine.index import Evidence, Index
from policies.engine.outcomes import Approval, Conduct, Escalation, Outcome, Retention, Routing, What
from policies.engine.targets import AROUND_THE_CLOCK, Allowed, Targets, allowed_at
from socialhub.lib.business_time import Calendar

# A conversation begins here, in the middle of priority 3; see ``priority_of``.
FIRST_SCORE = 25
# The score from which on a conversation has the priority.
SCORES = {1: 75, 2: 50, 3: 25, 4: 0}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a clause, ready to run. ``may_decide`` are the dispositions that the clause lets its rules decide."""

    rule_id: int
    clause_id: int
    clause_label: str
    name: str
    condition: Condition
    outcome: Outcome
    may_decide: frozenset[str] = frozenset()
    # The same from version to version.
    key: str = ""


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: the clause, its rule, what the rule saw, and which part of the suggestion it gave."""

    clause_id: int
    clause_label: str
    rule_id: int
    rule: str
    evidence: Evidence
    gave: tuple[str, ...] = ()
    points: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the rules propose. A decision only where ``decided_by`` names the rule that may decide."""

    priority: int = 3
    score: int = FIRST_SCORE
    disposition: str = ""
    department: str = ""
    person: str = ""
    visibility: str = ""
    tags: tuple[str, ...] = ()
    # Why nobody answers, from the rule that gave the disposition.
    reason: str = ""
    decided_by: int | None = None
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule of approval or conduct that applies to an answer, with its reason."""

    outcome: Approval | Conduct
    because: Because


@dataclass(frozen=True)
class Policy:
    """A version, its rules laid out for running. ``lists`` are the words of each named list."""

    version_id: int
    number: int
    rules: tuple[Rule, ...]
    targets: Targets = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Whether a word of thanks at the end neither reopens a conversation nor starts a clock.
    passes_over_thanks: bool = True
    guide: Guide = field(default_factory=Guide)
    _routing: Index[Rule] = field(init=False, repr=False, compare=False)
    _answering: Index[Rule] = field(init=False, repr=False, compare=False)
    _escalating: Index[Rule] = field(init=False, repr=False, compare=False)
    _keeping: Index[Rule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_routing", self._index(Routing))
        object.__setattr__(self, "_answering", self._index(Approval, Conduct))
        object.__setattr__(self, "_escalating", self._index(Escalation))
        object.__setattr__(self, "_keeping", self._index(Retention))

    def suggest(self, facts: Facts) -> Suggestion:
        """Let the rules speak in their order; see ``weigh``."""
        return weigh(self.applying(facts))

    def applying(self, facts: Facts) -> Iterator[tuple[Rule, Evidence]]:
        """Yield the rules of routing whose condition holds, in their order, also those that then have no say."""
        return self._routing.matches(facts)

    def findings(self, facts: Facts) -> list[Finding]:
        """Return the rules of approval and conduct that apply to the answer in ``facts``."""
        return [
            Finding(rule.outcome, _because(rule, evidence))
            for rule, evidence in self._answering.matches(facts)
            if isinstance(rule.outcome, Approval | Conduct)
        ]

    def escalations(self) -> Iterator[tuple[Rule, Escalation]]:
        """Yield the rules that say who is told when nobody acts."""
        for rule in self.rules:
            if isinstance(rule.outcome, Escalation):
                yield rule, rule.outcome

    def escalating(self, facts: Facts) -> set[int]:
        """Return the ids of the rules of escalation whose condition holds."""
        return {rule.rule_id for rule, _evidence in self._escalating.matches(facts)}

    def keeping(self, facts: Facts) -> dict[What, tuple[int, Because]]:
        """Return for how many days each is kept, and by which rule: the first that applies; what is not named is kept.

        Asked of a conversation that is over. Rules of retention look at no text, so the facts need none.
        """
        found: dict[What, tuple[int, Because]] = {}
        for rule, evidence in self._keeping.matches(facts):
            if isinstance(rule.outcome, Retention):
                found.setdefault(rule.outcome.what, (rule.outcome.keep_days, _because(rule, evidence)))
        return found

    def keep_days(self, what: What) -> list[int]:
        """Return the numbers of days after which a rule may let something go, each once, the least first."""
        rules = (rule.outcome for rule in self.rules)
        return sorted({said.keep_days for said in rules if isinstance(said, Retention) and said.what == what})

    def allowed(self, priority: int, disposition: str = "") -> Allowed:
        """Return the times at a priority, and for a disposition once it is decided."""
        return allowed_at(self.targets, priority, disposition)

    def deadline(
        self,
        step: str,
        *,
        priority: int,
        since: datetime,
        disposition: str = "",
        calendar: Calendar = AROUND_THE_CLOCK,
    ) -> datetime:
        """Return when ``step`` (``decide``, ``claim`` or ``answer``) is due.

        ``calendar`` says when somebody is there, and counts where the target runs in business hours.
        """
        return self.allowed(priority, disposition).due(step, since=since, calendar=calendar)

    def rest(self, priority: int) -> timedelta:
        """Return how long a claim may rest before its holder is warned."""
        return self.allowed(priority).rest

    def _index(self, *kinds: type[Outcome]) -> Index[Rule]:
        return Index(((rule.condition, rule) for rule in self.rules if isinstance(rule.outcome, kinds)), self.lists)


def weigh(applying: Iterable[tuple[Rule, Evidence]]) -> Suggestion:
    """Make one suggestion of the rules that apply, in their order.

    The first that says a part (disposition, department, person, visibility) gives that
    part, a disposition with its reason; tags come together. The score begins with the most urgent priority that any
    rule asks for (priority 3 where none does), at the least score of that priority, and
    the points of every rule are added; it stays from 0 to 100, and its priority is the
    one whose least score it reaches (``SCORES``).
    """
    parts: dict[str, str] = {}
    tags: dict[str, None] = {}
    asked: int | None = None
    points = 0
    decided_by: int | None = None
    reasons: list[tuple[Rule, Evidence, list[str]]] = []
    for rule, evidence in applying:
        said = rule.outcome
        if not isinstance(said, Routing):
            continue
        gave = []
        if said.priority is not None and (asked is None or said.priority < asked):
            asked = said.priority
            gave.append("priority")
        for part in ("disposition", "department", "person", "visibility"):
            value = getattr(said, part)
            if value and part not in parts:
                parts[part] = value
                gave.append(part)
        if "disposition" in gave:
            parts["reason"] = said.reason
            if said.decides and said.disposition in rule.may_decide:
                decided_by = rule.rule_id
        new_tags = [tag for tag in said.tags if tag not in tags]
        if new_tags:
            tags.update(dict.fromkeys(new_tags))
            gave.append("tags")
        points += said.points
        if gave or said.points:
            reasons.append((rule, evidence, gave))
    score = max(0, min(100, (FIRST_SCORE if asked is None else SCORES[asked]) + points))
    return Suggestion(
        priority=priority_of(score),
        score=score,
        tags=tuple(tags),
        decided_by=decided_by,
        because=tuple(_because(rule, evidence, tuple(gave)) for rule, evidence, gave in reasons),
        **parts,
    )


def priority_of(score: int) -> int:
    """Return the priority of a score from 0 to 100."""
    return min(priority for priority, least in SCORES.items() if score >= least)


def _because(rule: Rule, evidence: Evidence, gave: tuple[str, ...] = ()) -> Because:
    points = rule.outcome.points if isinstance(rule.outcome, Routing) else 0
    return Because(rule.clause_id, rule.clause_label, rule.rule_id, rule.name, evidence, gave, points)
