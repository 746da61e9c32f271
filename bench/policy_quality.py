"""What the policy that ships does to real conversations: ``python -m bench.policy_quality FOLDER [RULE]``.

Prints the tables of docs/policy-quality.md; with the name of a rule what it caught, to be looked at by hand.
The folder holds the files that the page names; none of them is part of the project. Needs no database.
"""

import csv
import gzip
import html
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from listening.language import guess_language
from listening.sentiment import score_sentiment
from policies.engine.facts import Facts
from policies.engine.rules import Policy, Rule, Suggestion

ALARMS = (
    "Somebody may harm themselves",
    "Danger to people",
    "Law and authorities",
    "Leaks and questions of personal data",
    "Press",
    "Spam",
    "Looks like advertising",
    "An insult and nothing else",
)
TOPICS = {"Billing/Payment": "money", "Refund": "money", "Account": "account", "Delivery": "order"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A real mention; what its brand did (``outcome``, ``reply``) and how people labelled it, where that is known."""

    text: str
    labels: frozenset[str] = frozenset()
    outcome: str = ""
    elsewhere: bool = False
    reply: str = ""


@cache
def shipped_policy() -> Policy:
    """Return the policy that ships as the machine runs it, with departments by their kinds."""
    # These read the models' module, which wants Django to be set up.
    from policies.checking import check_rule
    from policies.starter import starter_document

    document = starter_document()
    rules: list[Rule] = []
    for label, clause in zip(document.labels(), document.clauses, strict=True):
        for written in clause.rules:
            condition, outcome = check_rule(written)
            may_decide = frozenset(clause.may_decide)
            rules.append(Rule(len(rules) + 1, 0, label, written.name, condition, outcome, may_decide))
    lists = {slug: entry["words"] for slug, entry in document.parts["lists"].items()}
    return Policy(0, 1, tuple(rules), lists=lists)


def facts_of(text: str) -> Facts:
    """Return the facts of a mention as it is heard. Reach, lists and history are not known of these."""
    language = guess_language(text)
    return Facts(text=text, language=language, sentiment=score_sentiment(text, language))


def suggest(heard: Iterable[Heard]) -> list[tuple[Heard, Suggestion]]:
    """Let the policy speak on each."""
    return [(one, shipped_policy().suggest(facts_of(one.text))) for one in heard]


def caught(said: Iterable[tuple[Heard, Suggestion]], rule: str) -> list[Heard]:
    """Return what a rule had a say in."""
    return [one for one, suggestion in said if any(because.rule == rule for because in suggestion.because)]


def shares(values: Iterable[object]) -> dict[str, float]:
    """Return which share of all each value has."""
    counts = Counter(str(value or "none") for value in values)
    return {value: count / counts.total() for value, count in counts.most_common()}


def agreement(said: Sequence[tuple[Heard, Suggestion]]) -> dict[str, float]:
    """Compare public and private with what the brands did, where the policy suggests either."""
    pairs = [
        (suggestion.visibility == "private", one.outcome == "moved_private", one.elsewhere)
        for one, suggestion in said
        if suggestion.visibility
    ]
    count = len(pairs)
    private = [went for suggested, went, _elsewhere in pairs if suggested]
    went_private = sum(went for _suggested, went, _elsewhere in pairs)
    agreed = sum(suggested == went for suggested, went, _elsewhere in pairs) / count
    by_chance = (len(private) * went_private + (count - len(private)) * (count - went_private)) / count**2
    return {
        "conversations": len(said),
        "suggested": count,
        "agreed": agreed,
        "always public would agree": 1 - went_private / count,
        "kappa": (agreed - by_chance) / (1 - by_chance),
        "private where suggested private": sum(private) / len(private),
        "private where suggested public": (went_private - sum(private)) / (count - len(private)),
        "private or elsewhere where suggested private": sum(
            went or elsewhere for suggested, went, elsewhere in pairs if suggested
        )
        / len(private),
        "private or elsewhere where suggested public": sum(
            went or elsewhere for suggested, went, elsewhere in pairs if not suggested
        )
        / (count - len(private)),
    }


def moods(said: Sequence[tuple[Heard, Suggestion]]) -> dict[str, float]:
    """Compare with how people labelled the mood."""

    def share(chosen: Iterable[Heard], label: str) -> float:
        labels = [label in one.labels for one in chosen]
        return sum(labels) / len(labels)

    def served(label: str, disposition: str) -> float:
        found = [suggestion.disposition == disposition for one, suggestion in said if label in one.labels]
        return sum(found) / len(found)

    return {
        "“Praise” is positive": share(caught(said, "Praise"), "positive"),
        "“Praise” is negative": share(caught(said, "Praise"), "negative"),
        "positive is found by “Praise”": sum("positive" in one.labels for one in caught(said, "Praise"))
        / sum("positive" in one.labels for one, _suggestion in said),
        "“Unhappy” is negative": share(caught(said, "Unhappy"), "negative"),
        "“Late or cancelled” is negative": share(caught(said, "Late or cancelled"), "negative"),
        "negative goes to customer service": served("negative", "customer_service"),
        "negative is not to be answered": served("negative", "no_response"),
        "positive goes to customer service": served("positive", "customer_service"),
    }


def topics(heard: Sequence[Heard]) -> dict[str, str]:
    """Compare the tags with what people said the matter was."""
    said = suggest(heard)
    told = {}
    for label, tag in TOPICS.items():
        found = [tag in suggestion.tags for one, suggestion in said if label in one.labels]
        told[label] = f"{sum(found)} of {len(found)} tagged {tag}"
    return told


def conduct(heard: Sequence[Heard]) -> dict[str, float]:
    """Return at which share of real public answers each rule of approval and conduct speaks."""
    public = [one for one in heard if one.reply and one.outcome == "public_reply"]
    counts: Counter[str] = Counter()
    for one in public:
        language = guess_language(one.reply)
        facts = replace(
            facts_of(one.text),
            disposition="customer_service",
            visibility="public",
            department="customer_service",
            priority=3,
            answer=one.reply,
            answer_language=language,
            answer_length=len(one.reply),
            answer_sentiment=score_sentiment(one.reply, language),
        )
        counts.update({finding.because.rule for finding in shipped_policy().findings(facts)})
    return {"answers": len(public), **{rule: count / len(public) for rule, count in counts.most_common()}}


def read_sets(folder: Path) -> dict[str, list[Heard]]:
    """Return the mentions of each set."""
    starts = [(row["source"], _start(row)) for row in _rows(folder, "twcs_outcome_starts")]
    rail = [
        Heard(row["text"], frozenset({row["sentiment"]}))
        for row in _rows(folder, "germeval2017_rail_de")
        if row["relevant"] == "true"
    ]
    airlines = [
        Heard(html.unescape(row["text"]), frozenset({row["airline_sentiment"]}))
        for row in _rows(folder, "us_airline_sentiment")
    ]
    return {
        "brands": [one for source, one in starts if source != "twacs"],
        "airlines": [one for source, one in starts if source == "twacs"],
        "airlines 2015": airlines,
        "German railway": rail,
        "bank questions": [Heard(row["text"]) for row in _rows(folder, "banking77")],
        "talk about anything": [Heard(row["text"]) for row in _rows(folder, "tweeteval_sentiment")],
    }


def read_topics(folder: Path) -> list[Heard]:
    """Return the mentions whose matter people have labelled."""
    return [
        Heard(html.unescape(row["text"]), frozenset(row["labels"].split("|")))
        for row in _rows(folder, "twcs_human_labels")
        if row["direction"] == "inbound"
    ]


def main(folder: Path, rule: str = "") -> None:
    """Print every table, or what one rule caught."""
    said = {name: suggest(heard) for name, heard in read_sets(folder).items()}
    if rule:
        for name, found in said.items():
            for one in caught(found, rule):
                print(f"{name}\t{' '.join(one.text.split())}")
        return
    for name, found in said.items():
        print(f"\n{name}: {len(found)} conversations")
        for part in ("disposition", "visibility", "department", "priority"):
            _print(part, shares(getattr(suggestion, part) for _one, suggestion in found))
        print("  rules:", dict(Counter(b.rule for _one, suggestion in found for b in suggestion.because).most_common()))
    print("\nAlarms:")
    for alarm in ALARMS:
        print(f"  {alarm}:", {name: len(caught(found, alarm)) for name, found in said.items()})
    _print("\nPublic or private, brands", agreement(said["brands"]))
    _print("\nMoods, airlines 2015", moods(said["airlines 2015"]))
    print("\nTopics:", topics(read_topics(folder)))
    for name in ("brands", "airlines"):
        _print(f"\nAnswers, {name}", conduct([one for one, _suggestion in said[name]]))


def _start(row: dict[str, str]) -> Heard:
    return Heard(
        html.unescape(row["text"]),
        outcome=row["outcome"],
        elsewhere=row["other_private_channel"] == "1",
        reply=html.unescape(row["first_reply_text"]),
    )


def _rows(folder: Path, name: str) -> Iterable[dict[str, str]]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _print(title: str, found: dict[str, float]) -> None:
    told = (f"{name} {value:.1%}" if value < 2 else f"{name} {value:,}" for name, value in found.items())
    print(f"  {title}: {', '.join(told)}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialhub.settings.development")
    import django

    django.setup()
    main(Path(sys.argv[1]), *sys.argv[2:3])
