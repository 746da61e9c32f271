import re
from collections import Counter
from random import Random

import pytest

from listening.practice.compose import (
    LANGUAGES,
    Composer,
    Wish,
    follow_up,
    replay_openings,
)
from listening.practice.corpus import MEDIA, load

LIMITS = {"post": 300, "mail": 10_000, "review": 2000, "forum": 5000}


def many(count=3000, seed=11):
    rng = Random(seed)
    composer = Composer(rng)
    media = rng.choices(MEDIA, (55, 20, 12, 13), k=count)
    return [composer.compose(Wish(medium=medium, limit=LIMITS[medium])) for medium in media]


def test_three_thousand_openings_hardly_repeat():
    openings = [exchange.opening for exchange in many()]

    assert len(set(openings)) >= 2500


def test_no_page_of_fifty_shows_the_same_written_text_twice():
    variants = [exchange.variant for exchange in many()]

    assert max(max(Counter(variants[at : at + 50]).values()) for at in range(len(variants) - 49)) == 1


def test_six_in_ten_exchanges_are_english_and_every_language_is_there():
    languages = Counter(exchange.language for exchange in many())

    assert set(languages) == set(LANGUAGES)
    assert 0.57 <= languages["en"] / 3000 <= 0.64


def test_no_text_keeps_a_slot_or_a_choice():
    texts = [line.text for exchange in many(1500) for line in exchange.lines]

    assert [text for text in texts if re.search(r"[{}\[\]|]", text)] == []


def test_posts_and_answers_fit_the_shortest_channel():
    composer = Composer(Random(5))
    exchanges = [composer.compose(Wish(medium="post", limit=300)) for _ in range(1500)]

    assert max(len(line.text) for exchange in exchanges for line in exchange.lines) <= 300


def test_mails_and_reviews_carry_no_hashtags():
    composer = Composer(Random(6))
    texts = [composer.compose(Wish(medium=medium, limit=5000)).opening for medium in ("mail", "review") * 300]

    assert [text for text in texts if "#tavolund" in text or "@tavolund" in text.split("\n\n")[0]] == []


def test_compose_refuses_what_is_not_written():
    with pytest.raises(LookupError):
        Composer(Random(1)).compose(Wish(limit=3))


def test_replay_gives_the_same_mention_for_the_same_seed_and_number():
    assert replay_openings(4, 61) == replay_openings(4, 61)
    assert replay_openings(4, 61) != replay_openings(5, 61)


def test_replay_does_not_repeat_within_a_page():
    openings = [replay_openings(9, index).opening for index in range(50)]

    assert len(set(openings)) == 50


@pytest.mark.parametrize("mood", ["thanks", "again", "angry", "more"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_follow_up_speaks_the_language_of_the_exchange(language, mood):
    exchange = Composer(Random(2)).compose(Wish(topic="order_late", language=language))
    scenes = load().scenes[language]
    part = "follow_ups" if mood == "more" else mood
    pool = scenes.get("service", {}).get(part) or scenes["any"][part]

    said = follow_up(exchange, Random(2), mood)

    assert said in pool or any("{" in text for text in pool)


def test_a_handle_is_never_two_people():
    authors = {(exchange.author.handle, exchange.author.name) for exchange in many()}

    assert len(authors) == len({handle for handle, _name in authors})
