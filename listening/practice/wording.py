"""Filling a written text: ``[one|of|these]`` and ``{slots}``."""

import re
from collections.abc import Mapping
from functools import cache
from random import Random

from listening.practice.corpus import Corpus

CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)\}")


@cache
def _pieces(template: str) -> tuple[tuple[str, ...], ...]:
    # Odd pieces of the split are the insides of brackets.
    parts = CHOICE.split(template)
    return tuple(tuple(part.split("|")) if at % 2 else (part,) for at, part in enumerate(parts))


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"the {day}{ending}"


class Wording:
    """The facts of one exchange: a slot keeps its value from the first line to the last."""

    def __init__(self, rng: Random, corpus: Corpus, language: str, fixed: Mapping[str, str] | None = None) -> None:
        self._rng = rng
        self._words = corpus.words["any"], corpus.words[language]
        self._values: dict[str, str] = dict(fixed or {})

    def fill(self, template: str) -> str:
        """Return the text with every choice made and every slot filled.

        :raises KeyError: when the text names a slot that nobody fills.
        """
        text = "".join(self._rng.choice(piece) if len(piece) > 1 else piece[0] for piece in _pieces(template))
        return SLOT.sub(lambda match: self.value(match[1]), text) if "{" in text else text

    def value(self, slot: str) -> str:
        """Return what a slot stands for in this exchange."""
        if slot not in self._values:
            self._values[slot] = self._make(slot)
        return self._values[slot]

    def _make(self, slot: str) -> str:
        if slot.endswith("_b"):
            return self._other(slot[:-2])
        if slot.endswith("_tag"):
            return self.value(slot[:-4]).replace(" ", "").lower()
        if slot.startswith("a_"):
            return f"a {self.value(slot[2:])}"
        if slot == "part_caps":
            return self.value("part").upper()
        for words in self._words:
            if slot in words:
                return self._rng.choice(words[slot])
        return self._number(slot)

    def _other(self, slot: str) -> str:
        if slot == "a_part":
            return f"a {self.value('part_b')}"
        if slot == "city":
            return self._rng.choice(self._words[1]["city_b"])
        words = self._words[0].get(slot) or self._words[1][slot]
        return self._rng.choice([word for word in words if word != self.value(slot)])

    def _number(self, slot: str) -> str:
        draw = self._rng.randint
        makers = {
            "order": lambda: f"TV-{draw(20000, 89999)}",
            "invoice": lambda: f"RT-{draw(10000, 59999)}",
            "days": lambda: str(draw(4, 27)),
            "day": lambda: str(draw(1, 28)),
            "date": lambda: _ordinal(draw(1, 28)),
            "weeks": lambda: str(draw(2, 7)),
            "months": lambda: str(draw(3, 21)),
            "years": lambda: str(draw(2, 8)),
            "year": lambda: str(draw(2021, 2024)),
            "km": lambda: str(draw(12, 96)),
            "km_high": lambda: str(draw(9, 98) * 100 + draw(0, 99)),
            "full_range": lambda: str(draw(66, 78)),
            "short_range": lambda: str(draw(37, 58)),
            "price": lambda: str(draw(29, 249)),
            "bike_price": lambda: str(draw(18, 34) * 100 + 90),
            "n": lambda: str(draw(2, 9)),
            "time": lambda: f"{draw(8, 18):02}:{draw(0, 11) * 5:02}",
            "version": lambda: f"{draw(4, 6)}.{draw(0, 9)}.{draw(0, 4)}",
        }
        return makers[slot]()
