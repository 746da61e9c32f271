"""What the written rules make of an exchange, before any row exists."""

from functools import cache

from listening.practice.exchanges import Exchange
from policies.decisions import Condition, Outcome, Rule, Suggestion, suggest
from policies.facts import ConversationFacts
from socialhub.demo.policy import RULES, RuleSpec


def condition_of(spec: RuleSpec) -> Condition:
    """Return when a rule applies."""
    return Condition(spec.any_words, spec.languages, spec.sentiment_below, spec.reach_at_least)


def outcome_of(spec: RuleSpec) -> Outcome:
    """Return what a rule suggests."""
    return Outcome(spec.priority, spec.disposition, spec.department, spec.visibility)


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(spec.clause, spec.clause, spec.name, condition_of(spec), outcome_of(spec))
        for spec in sorted(RULES, key=lambda spec: spec.clause)
    )


def suggest_for(exchange: Exchange) -> Suggestion:
    """Return the suggestion for an exchange's opening."""
    author = exchange.author
    facts = ConversationFacts(exchange.opening, exchange.language, _sentiment(exchange), author.reach)
    return suggest(facts, _rules())


def _sentiment(exchange: Exchange) -> float | None:
    # The product can tell how a text sounds in English only.
    return float(exchange.sentiment) if exchange.language == "en" else None


def suggested_priority(exchange: Exchange) -> int:
    """Return how urgent the rules take an exchange to be."""
    return suggest_for(exchange).priority
