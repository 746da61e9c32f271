"""What the written rules make of an exchange, before any row exists."""

from functools import cache

from listening.practice.exchanges import Exchange
from policies.engine.conditions import read_condition
from policies.engine.facts import Facts
from policies.engine.outcomes import read_outcome
from policies.engine.rules import Policy, Rule, Suggestion
from socialhub.demo.policy import RULES


@cache
def _policy() -> Policy:
    rules = sorted(RULES, key=lambda spec: spec.clause)
    return Policy(
        version_id=0,
        number=0,
        rules=tuple(
            Rule(
                rule_id=number,
                clause_id=spec.clause,
                clause_label=str(spec.clause),
                name=spec.name,
                condition=read_condition(spec.condition),
                outcome=read_outcome("routing", spec.outcome),
            )
            for number, spec in enumerate(rules)
        ),
    )


def suggest_for(exchange: Exchange) -> Suggestion:
    """Return the suggestion for an exchange's opening."""
    facts = Facts(
        text=exchange.opening,
        language=exchange.language,
        sentiment=_sentiment(exchange),
        reach=exchange.author.reach,
    )
    return _policy().suggest(facts)


def _sentiment(exchange: Exchange) -> float | None:
    # The product can tell how a text sounds in English only.
    return float(exchange.sentiment) if exchange.language == "en" else None


def suggested_priority(exchange: Exchange) -> int:
    """Return how urgent the rules take an exchange to be."""
    return suggest_for(exchange).priority
