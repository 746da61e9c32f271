import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from listening.connectors import hackernews
from listening.connectors.base import (
    AuthorisationFailure,
    OutgoingReply,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from listening.connectors.hackernews import HackerNewsConnector
from listening.heard import HeardItem
from tests.listening.web_server import Answer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONNECTOR = HackerNewsConnector()


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def comment(number: int, text: str = "I like Tavolund.", *, at: datetime = NOON, **more: Any) -> dict[str, Any]:
    return {
        "objectID": str(number),
        "author": "ada",
        "comment_text": text,
        "created_at_i": seconds(at),
        "parent_id": 7,
        "story_id": 5,
        **more,
    }


class Search(dict):
    """Answers as the search does: those of ``hits`` that lie in the window that was asked for, newest first."""

    def __init__(self, hits: list[dict[str, Any]]) -> None:
        super().__init__()
        self.hits = hits
        self.instead: Answer | None = None
        self.queries: list[str] = []

    def get(self, path: str, default: Any = None) -> Any:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        self.queries.append(asked.get("query", ""))
        if self.instead:
            return self.instead
        bounds = dict.fromkeys("<>", None) | {
            side: int(value) for side, value in re.findall(r"created_at_i([<>])(\d+)", asked.get("numericFilters", ""))
        }
        found = [
            hit
            for hit in sorted(self.hits, key=lambda hit: hit.get("created_at_i", 0), reverse=True)
            if (bounds[">"] is None or hit.get("created_at_i", 0) > bounds[">"])
            and (bounds["<"] is None or hit.get("created_at_i", 0) < bounds["<"])
        ]
        shown = found[: int(asked["hitsPerPage"])]
        return Answer(body=json.dumps({"hits": shown, "nbHits": len(found)}).encode())


@pytest.fixture
def search(web, settings, monkeypatch) -> Search:
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    monkeypatch.setattr(hackernews, "API", web.url("/search_by_date"))
    web.answers = Search([])
    return web.answers


def fetched(cursor: dict[str, Any] | None = None, at: datetime = NOON, **settings: Any):
    return CONNECTOR.fetch(settings or {"terms": "Tavolund"}, cursor or {}, at=at)


def test_a_comment_becomes_a_heard_item(search):
    search.hits = [
        comment(
            9,
            '<p>I like Tavolund &amp; <i>you</i>.<p><a href="https://tavolund.example/a/long/way">https://tavolund.ex...</a>',
        )
    ]

    result = fetched()

    assert result.items == [
        HeardItem(
            external_id="9",
            text="I like Tavolund & you.\nhttps://tavolund.example/a/long/way",
            published_at=NOON,
            author_id="ada",
            author_name="ada",
            author_handle="ada",
            author_url="https://news.ycombinator.com/user?id=ada",
            url="https://news.ycombinator.com/item?id=9",
            in_reply_to="7",
            raw={"objectID": "9", "parent_id": 7, "story_id": 5},
        )
    ]
    assert (result.has_more, result.is_complete, result.rejected) == (False, True, [])


def test_a_story_has_its_title_and_address(search):
    search.hits = [
        {
            "objectID": "5",
            "author": "ben",
            "title": "Tavolund opens",
            "url": "https://news.example/",
            "created_at_i": seconds(NOON),
        }
    ]

    (item,) = fetched().items

    assert (item.title, item.text, item.in_reply_to) == (
        "Tavolund opens",
        "Tavolund opens\n\nhttps://news.example/",
        "",
    )


def test_every_word_of_every_stream_is_asked_for_exactly(search):
    searches = [
        {"stream": 1, "any_terms": ["Tavolund", "#lamps"], "all_terms": ['the "shop"'], "no_terms": ["job"]},
        {"stream": 2, "any_terms": [], "all_terms": ["power outage"], "no_terms": []},
        {"stream": 3, "any_terms": ["tavo"], "all_terms": [], "no_terms": []},
        # The words in hashtags may be said of anything.
        {"stream": 4, "any_terms": ["#deal"], "all_terms": [], "no_terms": []},
        {"stream": 5, "any_terms": ["lamp"], "all_terms": ["#deal"], "no_terms": []},
    ]

    fetched(searches=searches, terms="own words, tavo")

    assert search.queries == [
        '"own words"',
        '"tavo"',
        '"Tavolund" "the shop"',
        '"power outage"',
    ]


def test_what_the_search_only_guessed_is_left_out(search):
    search.hits = [comment(1, "Tavolundia is a country."), comment(2, "tavolund!")]

    assert [item.external_id for item in fetched().items] == ["2"]


def test_the_next_look_begins_where_this_one_ended(search):
    search.hits = [comment(1, at=NOON - timedelta(days=40)), comment(2, at=NOON - timedelta(hours=5))]
    first = fetched()
    search.hits.append(comment(3, at=NOON + timedelta(minutes=1)))

    second = fetched(first.cursor, at=NOON + timedelta(minutes=5))

    assert [item.external_id for item in first.items] == ["2"]
    # What was said in the last two hours is told again, so that edits are noticed.
    assert first.cursor["reached"] == {'"Tavolund"': {"since": seconds(NOON - timedelta(hours=7))}}
    assert {item.external_id for item in second.items} == {"2", "3"}
    assert second.cursor["reached"] == {'"Tavolund"': {"since": seconds(NOON - timedelta(hours=2, minutes=-1))}}


def test_more_than_one_look_can_take_is_taken_by_the_next_ones(search, monkeypatch):
    monkeypatch.setattr(hackernews, "PAGE_SIZE", 4)
    monkeypatch.setattr(hackernews, "MOST_PAGES", 2)
    # Three of each second, so that pages end in the middle of one.
    search.hits = [comment(n, at=NOON - timedelta(minutes=n // 3)) for n in range(30)]
    cursor: dict[str, Any] = {}
    heard: set[str] = set()

    for _look in range(30):
        result = fetched(cursor)
        heard |= {item.external_id for item in result.items}
        cursor = result.cursor
        if not result.has_more:
            break

    assert heard == {str(n) for n in range(30)}
    assert cursor == {"reached": {'"Tavolund"': {"since": seconds(NOON - timedelta(hours=2))}}, "left": []}


def test_many_words_are_asked_for_in_several_looks(search):
    words = ", ".join(f"word{n}" for n in range(45))
    cursor: dict[str, Any] = {}
    asked = []

    for _look in range(3):
        result = fetched(cursor, terms=words)
        cursor = result.cursor
        asked.append((len(search.queries), result.has_more))

    assert asked == [(20, True), (40, True), (45, False)]
    assert len(set(search.queries)) == 45


def test_words_that_are_not_searched_any_more_are_forgotten(search):
    first = fetched(terms="one, two")

    second = fetched(first.cursor, terms="two, three")

    assert list(second.cursor["reached"]) == ['"two"', '"three"']


def test_a_broken_item_costs_no_other(search):
    search.hits = [comment(1), {"objectID": "2", "created_at_i": seconds(NOON)}, comment(3, author=None)]
    search.hits.append({"created_at_i": seconds(NOON), "comment_text": "Tavolund"})

    result = fetched()

    assert {item.external_id for item in result.items} == {"1", "3"}
    assert [str(rejected.reason) for rejected in result.rejected] == [
        "It has neither text nor a title.",
        "It lacks what every story or comment has.",
    ]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer(429, {"Retry-After": "30"}), RateLimited),
        (Answer(403), AuthorisationFailure),
        (Answer(400), PermanentFailure),
        (Answer(500), TemporaryFailure),
        (Answer(body=b"<html>"), TemporaryFailure),
        (Answer(body=b"[]"), TemporaryFailure),
        (Answer(body=b'{"hits": 1, "nbHits": 1}'), TemporaryFailure),
        (Answer(body=b"[" * 100_000), TemporaryFailure),
        (Answer(headers={"Content-Encoding": "gzip"}, body=b"nonsense"), TemporaryFailure),
    ],
)
def test_what_goes_wrong_is_told(search, answer, failure):
    search.instead = answer

    with pytest.raises(failure) as caught:
        fetched()

    assert str(caught.value).endswith(".")
    if failure is RateLimited:
        assert caught.value.retry_after == 30


@pytest.mark.parametrize("told", [{"searches": []}, {"terms": " , "}, {"terms": '"'}])
def test_nothing_is_asked_when_there_is_nothing_to_search_for(search, told):
    with pytest.raises(TemporaryFailure):
        fetched(**told)

    assert search.queries == []


def test_a_check_says_how_often_it_was_said(search):
    search.hits = [comment(1), comment(2)]

    assert CONNECTOR.check({"terms": "Tavolund"}) == 'Hacker News answers; "Tavolund" was said there 2 times.'
    assert CONNECTOR.check({}) == "Hacker News answers; it is searched for what your streams listen for."


def test_nobody_can_be_answered():
    reply = OutgoingReply(key=uuid4(), text="Hello", in_reply_to="1", visibility="public")

    with pytest.raises(PermanentFailure):
        CONNECTOR.send({}, reply)

    assert not CONNECTOR.can_reply
    assert CONNECTOR.look({}, uuid4()) is None
