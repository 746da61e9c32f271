"""Policies as large companies have them: hundreds of rules, thousands of listed words."""

import random
import string
from typing import Any

from policies.engine.conditions import read_condition
from policies.engine.facts import Facts
from policies.engine.outcomes import read_outcome
from policies.engine.rules import Policy, Rule

LISTED = 5_000
KINDS = 6
SEED = 20260301


def vocabulary(count: int = 20_000) -> list[str]:
    """Return words of a language that nobody speaks, always the same."""
    chance = random.Random(SEED)
    return ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 9))) for _ in range(count)]


def texts(count: int, words: list[str]) -> list[str]:
    """Return messages of thirty-five words."""
    chance = random.Random(SEED + 1)
    return [" ".join(chance.choices(words, k=35)) for _ in range(count)]


def rules(count: int, words: list[str]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return conditions and what they suggest; ``LISTED`` words are spread over them, however many they are."""
    chance = random.Random(SEED + 2)
    each = max(1, LISTED // count)
    made = []
    for number in range(count):
        some = chance.sample(words, each)
        condition: dict[str, Any] = [
            {"words": some},
            {"words": some, "language": ["en", "de"]},
            {"all": [{"words": some}, {"not": {"sentiment": {"at_least": 0.5}}}]},
            {"pattern": rf"code{number}[- ]?\d{{4,}}", "channel": ["import"]},
            {"reach": {"at_least": 1000 * (number % 90 + 1)}, "words": some},
            {"any": [{"words": some}, {"author": [f"list{number}"]}, {"earlier": {"at_least": 90}}]},
        ][number % KINDS]
        outcome: dict[str, Any] = [
            {"points": 5, "disposition": "customer_service"},
            {"department": f"d{number % 7}"},
            {"disposition": "public_response", "visibility": "public"},
            {"disposition": "customer_service", "department": "d0", "visibility": "private"},
            {"points": 20},
            {"priority": 2, "tags": [f"tag {number % 20}"]},
        ][number % KINDS]
        made.append((condition, outcome))
    return made


def policy(count: int, words: list[str]) -> Policy:
    """Return so many rules, ready to run."""
    return Policy(
        1,
        1,
        tuple(
            Rule(
                number, number, str(number), f"rule {number}", read_condition(condition), read_outcome("routing", said)
            )
            for number, (condition, said) in enumerate(rules(count, words))
        ),
    )


def facts_of(text: str) -> Facts:
    """Return what is known of a mention, its words not looked at yet."""
    return Facts(text=text, language="en", sentiment=-0.2, reach=5000, channel=frozenset({"import"}))
