"""Making exchanges that do not repeat each other, always the same for the same seed."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from random import Random
from typing import Literal

from listening.practice.authors import invent_author
from listening.practice.corpus import LANGUAGES, Texts, Topic, load
from listening.practice.exchanges import Author, Exchange, Line
from listening.practice.wording import Wording

Mood = Literal["thanks", "again", "angry", "more"]

LANGUAGE_WEIGHTS = (60, 15, 7, 8, 6, 4)
# Longer than an inbox page, so that no page shows the same written text twice.
MEMORY = 150
POST_LENGTH = 300
BLOCK = 50
ATTEMPTS = 60

TAGS = re.compile(r"[@#]\w|example$|example ")
PICTURES = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
GREETED = re.compile(r"(hi|hey|hello|good morning|dear|¡?hola|to who)", re.IGNORECASE)
STARRED = re.compile(r"star|stern|stjern|étoil|estrel", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an exchange has to be like; what is left open is drawn."""

    medium: str = "post"
    limit: int = POST_LENGTH
    topic: str | None = None
    language: str | None = None
    hour_of_week: int | None = None
    fixed: Mapping[str, str] | None = None


def _suits(medium: str, template: str) -> bool:
    if medium == "post":
        return True
    if TAGS.search(template):
        return False
    return medium == "forum" or not PICTURES.search(template)


class Composer:
    """Draws exchanges one after the other and remembers what it said recently."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._corpus = load()
        self._recent: deque[str] = deque(maxlen=MEMORY)
        self._regulars: deque[tuple[str, Author]] = deque(maxlen=300)

    def compose(self, wish: Wish, accept: Callable[[Exchange], bool] | None = None) -> Exchange:
        """Return the next exchange for a wish, and only remember the one that is returned.

        :raises LookupError: when nothing written fits the wish, or nothing drawn was accepted.
        """
        for attempt in range(ATTEMPTS):
            language = wish.language or self._rng.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]
            topic = self._topic(wish, language)
            texts = self._corpus.texts[topic.slug, language]
            fits = [at for at, text in enumerate(texts.openings) if _suits(wish.medium, text)]
            keys = {f"{topic.slug}.{language}.{at}": at for at in fits}
            fresh = [key for key in keys if key not in self._recent]
            if not fresh and attempt < ATTEMPTS // 4 and not (wish.topic and wish.language):
                continue
            variant = self._rng.choice(fresh or self._stalest(list(keys)))
            exchange = self._write(wish, topic, language, variant, texts.openings[keys[variant]])
            if len(exchange.opening) <= wish.limit and (accept is None or accept(exchange)):
                self._recent.append(variant)
                return exchange
        raise LookupError(f"nothing written fits {wish}")

    def _stalest(self, keys: list[str]) -> list[str]:
        recent = list(self._recent)
        return sorted(keys, key=lambda key: len(recent) - recent[::-1].index(key))[:2]

    def _topic(self, wish: Wish, language: str) -> Topic:
        if wish.topic:
            return self._corpus.topics[wish.topic]
        topics = [
            topic
            for topic in self._corpus.topics.values()
            if wish.medium in topic.media
            and topic.weight
            and any(_suits(wish.medium, text) for text in self._openings(topic.slug, language))
        ]
        weights = [topic.weight * _season(topic, wish.hour_of_week) for topic in topics]
        return self._rng.choices(topics, weights)[0]

    def _openings(self, slug: str, language: str) -> tuple[str, ...]:
        texts = self._corpus.texts.get((slug, language))
        return texts.openings if texts else ()

    def _author(self, language: str, medium: str) -> Author:
        # Some people write more than once; that is what the author card is for.
        known = [author for where, author in self._regulars if where == medium and author.language == language]
        if known and self._rng.random() < 0.06:
            return self._rng.choice(known)
        author = invent_author(self._rng, self._corpus, language=language, medium=medium)
        self._regulars.append((medium, author))
        return author

    def _write(self, wish: Wish, topic: Topic, language: str, variant: str, template: str) -> Exchange:
        author = self._author(language, wish.medium)
        names = {"name": author.name, "first": author.name.split()[0]}
        wording = Wording(self._rng, self._corpus, language, {**(wish.fixed or {}), **names})
        opening = self._dress(wish, topic, language, wording, wording.fill(template))
        lines = (Line("customer", opening, timedelta()), *self._conversation(wish, topic, language, wording))
        return Exchange(
            topic=topic.slug,
            language=language,
            sentiment=topic.sentiment,
            author=author,
            lines=lines,
            department=topic.department,
            disposition=topic.disposition,
            reason=topic.reason,
            priority=topic.priority,
            visibility=topic.visibility,
            outcome=topic.outcome,
            variant=variant,
        )

    def _dress(self, wish: Wish, topic: Topic, language: str, wording: Wording, text: str) -> str:
        if wish.medium == "mail":
            return self._mail(topic, language, wording, text)
        if wish.medium == "review" and not STARRED.search(text):
            stars = {-1: (1, 2), 0: (3, 4), 1: (5,)}[topic.sentiment]
            count = self._rng.choice(stars)
            return f"{'★' * count}{'☆' * (5 - count)} {text}"
        plain = wish.medium == "post" and topic.disposition != "no_response" and not TAGS.search(text)
        if plain and len(text) < wish.limit - 12:
            if self._rng.random() < 0.22:
                return f"@tavolund {text}"
            if self._rng.random() < 0.07:
                return f"{text} #tavolund"
        return text

    def _mail(self, topic: Topic, language: str, wording: Wording, text: str) -> str:
        if topic.reason in ("spam", "off_topic"):
            return text
        parts = self._corpus.scenes[language]["mail"]
        paragraphs = [text] if GREETED.match(text) else [self._rng.choice(parts["greetings"]), text]
        if topic.scene in ("service", "complaint") and self._rng.random() < 0.5:
            paragraphs.append(self._rng.choice(parts["extras"]))
        paragraphs.append(self._rng.choice(parts["endings"]))
        return "\n\n".join(wording.fill(paragraph) for paragraph in paragraphs)

    def _conversation(self, wish: Wish, topic: Topic, language: str, wording: Wording) -> list[Line]:
        texts = self._corpus.texts[topic.slug, language]
        lines: list[Line] = []
        if wish.medium in ("post", "forum") and self._rng.random() < 0.05 and topic.reason != "spam":
            lines.append(self._line("bystander", self._corpus.shared(language, "bystander", "any"), wording))
        if topic.disposition == "no_response":
            return lines
        if not texts.answers:
            raise LookupError(f"{topic.slug} has no answer in {language}")
        lines.append(self._line("brand", texts.answers, wording))
        if self._rng.random() < 0.5:
            lines.append(self._line("customer", self._pool(topic, language, texts, "follow_ups"), wording))
            lines.append(self._line("brand", self._pool(topic, language, texts, "seconds"), wording))
        if self._rng.random() < 0.4:
            lines.append(self._line("customer", self._corpus.shared(language, topic.scene, "thanks"), wording))
        return lines

    def _pool(
        self, topic: Topic, language: str, texts: Texts, part: Literal["follow_ups", "seconds"]
    ) -> tuple[str, ...]:
        own: tuple[str, ...] = getattr(texts, part)
        return own or self._corpus.shared(language, topic.scene, part)

    def _line(
        self, speaker: Literal["customer", "brand", "bystander"], pool: tuple[str, ...], wording: Wording
    ) -> Line:
        minutes = min(self._rng.lognormvariate(3.9, 1.1), 2000)
        return Line(speaker, wording.fill(self._rng.choice(pool)), timedelta(minutes=round(minutes, 1)))


def _season(topic: Topic, hour_of_week: int | None) -> float:
    if hour_of_week is None:
        return 1.0
    weekend, hour = hour_of_week // 24 >= 5, hour_of_week % 24
    if topic.scene == "business":
        return 1.0 if not weekend and 8 <= hour < 18 else 0.2
    if topic.slug in ("ride_photo", "praise", "quiet_praise", "trolling"):
        return 2.0 if weekend else 1.0
    return 1.0


@lru_cache(maxsize=16)
def _block(seed: int, number: int, medium: str, limit: int) -> tuple[Exchange, ...]:
    composer = Composer(Random(f"{seed}/{number}/{medium}"))  # noqa: S311 - a rehearsal needs no secrets
    return tuple(composer.compose(Wish(medium=medium, limit=limit)) for _ in range(BLOCK))


def replay_openings(seed: int, index: int, *, medium: str = "post", limit: int = POST_LENGTH) -> Exchange:
    """Return the exchange that a practice channel hears as its ``index``-th, the same on every call."""
    number, offset = divmod(index, BLOCK)
    return _block(seed, number, medium, limit)[offset]


def follow_up(exchange: Exchange, rng: Random, mood: Mood | None = None) -> str:
    """Return what the customer says after an answer: content, asking again, angry, or with details.

    The mood is drawn when none is given. Where the policy expects no answer, the
    customer is merely surprised and says thank you.
    """
    corpus = load()
    topic = corpus.topics[exchange.topic]
    mood = mood or rng.choices(("thanks", "more", "again", "angry"), (50, 30, 10, 10))[0]
    scene = topic.scene or ("praise" if topic.sentiment > 0 else "information")
    part = "follow_ups" if mood == "more" else mood
    pool = corpus.shared(exchange.language, scene, part)
    return Wording(rng, corpus, exchange.language).fill(rng.choice(pool))
