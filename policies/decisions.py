"""The policy at work: facts and rules in, a suggestion with its reasons out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policies.facts import ConversationFacts
from socialhub.lib.wording import Words

DISPOSITIONS = ("no_response", "customer_service", "public_response")
VISIBILITIES = ("public", "private")
DEFAULT_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule applies: every part that is given must hold."""

    any_words: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sentiment_below: float | None = None
    reach_at_least: int | None = None
    words: Words = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", Words(self.any_words))

    def evidence(self, facts: ConversationFacts) -> list[str] | None:
        """Return what made the condition hold, or None when it does not."""
        found: list[str] = []
        if self.languages:
            if facts.language not in self.languages:
                return None
            found.append(facts.language)
        if self.sentiment_below is not None:
            if facts.sentiment is None or facts.sentiment >= self.sentiment_below:
                return None
            found.append(f"{facts.sentiment:+.2f}")
        if self.reach_at_least is not None:
            if facts.reach is None or facts.reach < self.reach_at_least:
                return None
            found.append(f"{facts.reach:,}")
        if self.any_words:
            word = self.words.first_in(facts.wording)
            if not word:
                return None
            found.append(f"“{word}”")
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule suggests; an empty part leaves it to the next rule."""

    priority: int | None = None
    disposition: str = ""
    department: str = ""
    visibility: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a clause, ready to run."""

    clause_id: int
    clause_number: int
    name: str
    condition: Condition
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Because:
    """One reason of a suggestion: the clause, its rule, and what the rule saw."""

    clause_id: int
    clause_number: int
    rule: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the rules propose. Never a decision."""

    priority: int = DEFAULT_PRIORITY
    disposition: str = ""
    department: str = ""
    visibility: str = ""
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """The time allowed to decide, claim and answer, and how long a claim may rest."""

    decide: timedelta
    claim: timedelta
    answer: timedelta
    rest: timedelta = timedelta(hours=4)


# In force where a version names no targets for a priority.
FALLBACK = Allowed(timedelta(hours=4), timedelta(hours=8), timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class Policy:
    """A version as the machine runs it."""

    version_id: int
    number: int
    rules: tuple[Rule, ...]
    targets: Mapping[int, Allowed]

    def deadline(self, step: str, *, priority: int, since: datetime) -> datetime:
        """Return when ``step`` (``decide``, ``claim`` or ``answer``) is due."""
        allowed: timedelta = getattr(self.targets.get(priority, FALLBACK), step)
        return since + allowed

    def rest(self, priority: int) -> timedelta:
        """Return how long a claim may rest before its holder is warned."""
        return self.targets.get(priority, FALLBACK).rest


def suggest(facts: ConversationFacts, rules: Sequence[Rule]) -> Suggestion:
    """Let the rules speak in their order; the first that says a part decides that part.

    The priority is the most urgent that any matching rule asks for.
    """
    priority = DEFAULT_PRIORITY
    asked: int | None = None
    disposition = department = visibility = ""
    because: list[Because] = []
    for rule in rules:
        evidence = rule.condition.evidence(facts)
        if evidence is None:
            continue
        said = rule.outcome
        is_used = False
        if said.priority is not None and (asked is None or said.priority < asked):
            asked, is_used = said.priority, True
        if said.disposition and not disposition:
            disposition, is_used = said.disposition, True
        if said.department and not department:
            department, is_used = said.department, True
        if said.visibility and not visibility:
            visibility, is_used = said.visibility, True
        if is_used:
            because.append(Because(rule.clause_id, rule.clause_number, rule.name, tuple(evidence)))
    if asked is not None:
        priority = asked
    return Suggestion(priority, disposition, department, visibility, tuple(because))
