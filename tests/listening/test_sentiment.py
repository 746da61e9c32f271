import csv
import gzip
import os
from pathlib import Path

import pytest

from listening.sentiment import NEGATIVE_TO, POSITIVE_FROM, score_sentiment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love this, absolutely wonderful!", 0.8585),
        ("This is horrible, my flight was cancelled again.", -0.7184),
        ("Could you please help with this?", 0.0),
        ("https://example.com/love @love_love", 0.0),
        ("", 0.0),
    ],
)
def test_score_sentiment_of_english(text, expected):
    assert score_sentiment(text, "en") == expected


@pytest.mark.parametrize("language", ["", "de", "fr", "EN"])
def test_score_sentiment_does_not_pretend_in_other_languages(language):
    assert score_sentiment("I love this", language) is None


def test_score_sentiment_stays_in_its_range_on_a_wall_of_emoji():
    assert -1 <= (score_sentiment("😀😡" * 5000, "en") or 0) <= 1


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
def test_score_sentiment_is_as_good_as_it_says():
    path = Path(os.environ["SOCIALHUB_REALDATA"]) / "us_airline_sentiment.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["duplicate_id"] == "0"]

    agreed = 0
    for row in rows:
        score = score_sentiment(row["text"], "en") or 0.0
        told = "positive" if score >= POSITIVE_FROM else "negative" if score <= NEGATIVE_TO else "neutral"
        agreed += told == row["airline_sentiment"]

    assert len(rows) == 9_129
    assert round(agreed / len(rows), 2) == 0.63


@pytest.mark.parametrize(
    "text", ["Good morning, does the bike go under a desk? Kind regards", "Dear team, where is the shop? Best wishes"]
)
def test_how_a_letter_begins_and_ends_is_no_mood(text):
    assert score_sentiment(text, "en") == 0
