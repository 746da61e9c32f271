"""How a text sounds, from -1 (bad) to 1 (good), for the one language in which we can tell."""

import functools
import re
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

# Beyond this a general impression does not change, and the analyser's time does.
MAX_CHARACTERS = 400
# Where a score stops being neutral. Politeness alone lifts a text, so good begins later than bad.
POSITIVE_FROM = 0.3
NEGATIVE_TO = -0.05

_ADDRESS = re.compile(r"(?:@|https?:|www\.)\S+")
# How a letter begins and ends says nothing of its mood.
_LETTER = re.compile(
    r"\b(?:dear|good (?:morning|afternoon|evening|day)|(?:kind|best|warm) (?:regards|wishes))\b", re.IGNORECASE
)
# A row of emoji says no more than its beginning, and the analyser's time grows
# with the square of it.
_EMOJI_RUN = re.compile("([\u2600-\U0001faff][\u2600-\U0001faff\u200d\ufe0f\\s]{4})[\u2600-\U0001faff\u200d\ufe0f\\s]+")
# What customers say to be polite or by habit, whatever they feel.
_POLITE = ("care", "help", "helping", "interest", "like", "ok", "okay", "please", "secure", "support", "yeah", "yes")
# What a general lexicon takes for plain words, and a customer for a complaint.
_COMPLAINTS = {
    "bug": -1.3,
    "canceled": -1.5,
    "cancelled": -1.5,
    "charged": -1.0,
    "crash": -1.7,
    "crashed": -1.7,
    "crashes": -1.7,
    "delay": -1.5,
    "delayed": -1.5,
    "delays": -1.5,
    "error": -1.5,
    "hold": -0.8,
    "hours": -0.6,
    "late": -1.0,
    "missing": -1.2,
    "never": -0.6,
    "nothing": -0.5,
    "refund": -1.0,
    "rude": -2.0,
    "still": -0.4,
    "stuck": -1.3,
    "unable": -1.0,
    "unacceptable": -2.5,
    "useless": -1.8,
    "waiting": -1.2,
    "broken": -1.5,
}


def score_sentiment(text: str, language: str) -> float | None:
    """Return how an English text sounds, or nothing for any other language.

    A hint for counting many texts, not a judgement on one. Told as bad, neutral
    or good it agrees with people on 63 % of 9,129 airline tweets (on which the
    words below were chosen; 55 % without them), 58 % of 2,000 and 59 % of 2,163
    general tweets, and 66 % of 211 tweets to a shop. It is weakest at finding
    all that is bad: 49 to 70 % of it. Sarcasm and complaints told without a
    strong word come out neutral or good; what it calls bad in customer service
    is so in 78 to 89 %.
    """
    if language != "en":
        return None
    words = _EMOJI_RUN.sub(r"\1 ", _LETTER.sub(" ", _ADDRESS.sub(" ", text[:MAX_CHARACTERS])))
    score: float = _analyser().polarity_scores(words)["compound"]
    return score


@functools.cache
def _analyser() -> Any:
    """Read the lexicon once, and only in processes that score."""
    analyser = SentimentIntensityAnalyzer()
    for word in _POLITE:
        analyser.lexicon.pop(word, None)
    analyser.lexicon.update(_COMPLAINTS)
    return analyser
