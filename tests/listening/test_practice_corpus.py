from random import Random

import pytest

from listening.practice.corpus import LANGUAGES, MEDIA, load
from listening.practice.wording import Wording

DEPARTMENTS = {
    "customer-service",
    "marketing",
    "public-relations",
    "it",
    "human-resources",
    "legal",
    "product",
    "sales",
}
REASONS = {"off_topic", "spam", "trolling", "rant", "no_value_added", "community_answers", "duplicate", "other"}


def test_corpus_has_at_least_forty_topics_in_english():
    corpus = load()

    assert len(corpus.topics) >= 40
    assert [slug for slug in corpus.topics if (slug, "en") not in corpus.texts] == []


def test_every_topic_has_six_openings_or_more_over_its_languages():
    corpus = load()
    counts = dict.fromkeys(corpus.topics, 0)
    for (slug, _), texts in corpus.texts.items():
        counts[slug] += len(texts.openings)

    assert {slug: count for slug, count in counts.items() if count < 6} == {}


def test_every_text_belongs_to_a_topic():
    corpus = load()

    assert {slug for slug, _ in corpus.texts} - set(corpus.topics) == set()


def test_every_topic_is_decided_in_words_that_the_product_knows():
    for topic in load().topics.values():
        assert topic.department in DEPARTMENTS
        assert (topic.reason in REASONS) is (topic.disposition == "no_response")
        assert topic.priority in {1, 2, 3, 4}
        assert topic.media <= set(MEDIA)


def test_everything_that_is_answered_has_an_answer_in_its_own_language():
    corpus = load()
    answered = {slug for slug, topic in corpus.topics.items() if topic.disposition != "no_response"}

    assert [key for key, texts in corpus.texts.items() if key[0] in answered and not texts.answers] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_written_text_can_be_filled(language):
    corpus = load()
    fixed = {"name": "Ada Example", "first": "Ada"}
    for (_, written_in), texts in corpus.texts.items():
        if written_in == language:
            for text in (*texts.openings, *texts.answers, *texts.follow_ups, *texts.seconds):
                assert "{" not in Wording(Random(1), corpus, language, fixed).fill(text)
    for parts in corpus.scenes[language].values():
        for pool in parts.values():
            for text in pool:
                assert "{" not in Wording(Random(1), corpus, language, fixed).fill(text)


def test_a_slot_keeps_its_value_through_an_exchange():
    wording = Wording(Random(1), load(), "en")

    assert wording.fill("{order}") == wording.fill("{order}")


def test_an_unknown_slot_is_an_error():
    with pytest.raises(KeyError):
        Wording(Random(1), load(), "en").fill("{nonsense}")
