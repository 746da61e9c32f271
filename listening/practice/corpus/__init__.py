"""The written texts, read once from the TOML files beside this module."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from listening.practice.exchanges import Disposition, Visibility

LANGUAGES = ("en", "de", "fr", "da", "es", "pt")
MEDIA = ("post", "mail", "review", "forum")
SPECIAL = ("topics", "words", "people", "scenes")


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic is about and what the practice policy would decide."""

    slug: str
    department: str
    disposition: Disposition
    reason: str
    priority: int
    visibility: Visibility
    sentiment: int
    outcome: str
    weight: float
    media: frozenset[str]
    scene: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What is said on one topic in one language, before the slots are filled."""

    openings: tuple[str, ...]
    answers: tuple[str, ...]
    follow_ups: tuple[str, ...]
    seconds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything written, looked up by topic and language."""

    topics: Mapping[str, Topic]
    texts: Mapping[tuple[str, str], Texts]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    people: Mapping[str, Mapping[str, tuple[str, ...]]]
    scenes: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]

    def shared(self, language: str, scene: str, part: str) -> tuple[str, ...]:
        """Return the lines that a scene lends to its topics, in one language."""
        scenes = self.scenes[language]
        return scenes.get(scene, {}).get(part) or scenes.get("any", {}).get(part, ())


def _topic(slug: str, row: dict[str, Any]) -> Topic:
    return Topic(
        slug=slug,
        department=row["department"],
        disposition=row["disposition"],
        reason=row.get("reason", ""),
        priority=row["priority"],
        visibility=row["visibility"],
        sentiment=row["sentiment"],
        outcome=row["outcome"],
        weight=float(row["weight"]),
        media=frozenset(row.get("media", MEDIA)),
        scene=row.get("scene", ""),
    )


def _lists(table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in table.items()}


@cache
def load() -> Corpus:
    """Read every file of the corpus; the second call costs nothing."""
    topics: dict[str, Topic] = {}
    texts: dict[tuple[str, str], Texts] = {}
    special: dict[str, dict[str, Any]] = {name: {} for name in SPECIAL}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        kind = path.stem.split("_")[0]
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if kind == "topics":
            topics |= {slug: _topic(slug, row) for slug, row in table.items()}
        elif kind in SPECIAL:
            for language, rows in table.items():
                special[kind].setdefault(language, {}).update(rows)
        else:
            for slug, rows in table.items():
                parts = ("openings", "answers", "follow_ups", "seconds")
                texts[slug, kind] = Texts(*(tuple(rows.get(part, ())) for part in parts))
    return Corpus(
        topics=topics,
        texts=texts,
        words={language: _lists(rows) for language, rows in special["words"].items()},
        people={language: _lists(rows) for language, rows in special["people"].items()},
        scenes={
            language: {scene: _lists(parts) for scene, parts in scenes.items()}
            for language, scenes in special["scenes"].items()
        },
    )
