from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

import pytest

from listening.connectors import news_search
from listening.connectors.base import OutgoingReply, PermanentFailure, RateLimited, TemporaryFailure
from listening.connectors.news_search import NewsSearchConnector
from tests.listening.web_server import Answer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONNECTOR = NewsSearchConnector()


def feed_of(*titles: str) -> bytes:
    entries = "".join(
        f"<item><guid isPermaLink='false'>{escape(title)}</guid><title>{escape(title)}</title></item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>Search</title>{entries}</channel></rss>".encode()


@pytest.fixture
def own(web, settings) -> dict[str, Any]:
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    return {"provider": "own", "template": web.url("/find?q={query}")}


def test_articles_are_heard_and_an_unchanged_answer_is_not_read_again(web, own):
    web.answers["/find?q=%22tavolund%22"] = Answer(headers={"ETag": '"1"'}, body=feed_of("Tavolund opens"))

    first = CONNECTOR.fetch({**own, "terms": "tavolund"}, {}, at=NOON)
    second = CONNECTOR.fetch({**own, "terms": "tavolund"}, first.cursor, at=NOON)

    assert [(item.text, item.author_name) for item in first.items] == [("Tavolund opens", "Search")]
    assert second.items == []
    assert second.cursor == first.cursor == {"pages": {'"tavolund"': {"etag": '"1"', "modified": ""}}, "left": []}


def test_another_search_is_asked_word_by_word(web, own):
    web.answers["/find?q=%22a+b%22+%22d%22"] = Answer(body=feed_of("One", "Both"))
    web.answers["/find?q=%22c%22+%22d%22"] = Answer(body=feed_of("Both", "Two"))
    searches = [{"stream": 1, "any_terms": ["a b", "#deal", "c"], "all_terms": ["d"], "no_terms": ["e"]}]

    result = CONNECTOR.fetch({**own, "searches": searches}, {}, at=NOON)

    assert [item.text for item in result.items] == ["One", "Both", "Two"]


def test_google_and_bing_are_asked_for_all_words_of_a_stream_together(web, settings, monkeypatch):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    for provider, template in news_search.TEMPLATES.items():
        monkeypatch.setitem(news_search.TEMPLATES, provider, web.url(f"/{provider}?") + template.partition("?")[2])
    query = "%28%22a%22+OR+%22b+c%22%29+%22d%22+-%22e%22"
    google, bing = f"/google?q={query}&hl=de-AT&gl=AT&ceid=AT:de", f"/bing?q={query}&format=rss&setmkt=de-AT"
    web.answers[google] = Answer(body=feed_of("Tavolund opens - The Daily - Town Gazette", "No publisher"))
    web.answers[bing] = Answer(body=feed_of("Tavolund opens - here"))
    searches = [{"stream": 1, "any_terms": ["a", "b c"], "all_terms": ["d"], "no_terms": ["e"]}]

    told = {
        provider: CONNECTOR.fetch({"provider": provider, "edition": "de-at", "searches": searches}, {}, at=NOON).items
        for provider in ("google", "bing")
    }

    assert [item.author_name for item in told["google"]] == ["Town Gazette", "Search"]
    assert [item.author_name for item in told["bing"]] == ["Search"]


def test_many_words_are_asked_in_several_questions():
    searches = [{"stream": 1, "any_terms": [f"word{n}" for n in range(10)]}]

    queries = news_search._queries({"provider": "google", "searches": searches})

    assert [query.count("OR") for query in queries] == [7, 1]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"provider": "own", "template": "https://news.example/"},
            "The address of the search needs {query} where the words go.",
        ),
        ({"provider": "google", "edition": "de&x=1"}, "Language and country are written like en-US."),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(settings, sentence):
    with pytest.raises(PermanentFailure, match=sentence.replace("{", "\\{")):
        CONNECTOR.check({**settings, "terms": "tavolund"})


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer(429, {"Retry-After": "30"}), RateLimited),
        (Answer(404), PermanentFailure),
        (Answer(503), TemporaryFailure),
        (Answer(body=b"<html>Consent</html>"), TemporaryFailure),
    ],
)
def test_what_goes_wrong_is_told(web, own, answer, failure):
    web.answers["/find?q=%22tavolund%22"] = answer

    with pytest.raises(failure):
        CONNECTOR.fetch({**own, "terms": "tavolund"}, {}, at=NOON)


def test_nothing_is_asked_when_there_is_nothing_to_search_for(web, own):
    with pytest.raises(TemporaryFailure):
        CONNECTOR.fetch({**own, "searches": []}, {}, at=NOON)

    assert web.asked == []


def test_a_check_says_how_many_articles_there_are(web, own):
    web.answers["/find?q=%22tavolund%22"] = Answer(body=feed_of("One", "Two"))

    assert CONNECTOR.check({**own, "terms": "tavolund"}) == 'The search answers; it knows 2 articles for "tavolund".'


def test_nobody_can_be_answered():
    reply = OutgoingReply(key=uuid4(), text="Hello", in_reply_to="1", visibility="public")

    with pytest.raises(PermanentFailure):
        CONNECTOR.send({}, reply)

    assert not CONNECTOR.can_reply
    assert CONNECTOR.look({}, uuid4()) is None
