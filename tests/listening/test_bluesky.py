import json
from datetime import timedelta

import pytest

from listening.connectors.base import Budget, FetchResult, PermanentFailure, RateLimited, TemporaryFailure
from listening.connectors.bluesky import looking, searching
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.heard import HeardItem
from tests.listening.bluesky_service import ANNA, NOON, US, Bluesky, Fault, token

CONNECTOR = BlueskyConnector()
LATER = NOON + timedelta(minutes=6)


@pytest.fixture
def settings_in(bluesky: Bluesky) -> dict[str, object]:
    settings = bluesky.settings()
    settings |= CONNECTOR.renew(settings, at=NOON)
    bluesky.asked.clear()
    bluesky.params.clear()
    return settings


def look_until_quiet(
    settings: dict[str, object], cursor: dict[str, object], at=NOON
) -> tuple[list[FetchResult], set[str]]:
    """Look as the service does: once, and again as long as there is more; a cursor is stored as JSON in between."""
    results = [CONNECTOR.fetch(settings, cursor, at=at)]
    while results[-1].has_more:
        results.append(CONNECTOR.fetch(settings, json.loads(json.dumps(results[-1].cursor)), at=at))
        assert len(results) < 100
    return results, {item.external_id for result in results for item in result.items}


def minute(count: float):
    return NOON - timedelta(minutes=count)


def test_mention_becomes_a_heard_item(bluesky, settings_in):
    ours = bluesky.say("root", "Our news", did=US, at=minute(9))
    root = {"uri": ours, "cid": "c"}
    facets = [{"index": {"byteStart": 0, "byteEnd": 13}, "features": [{"did": US}]}]
    address = bluesky.mention(
        "1", "Hello", reason="reply", at=minute(5), langs=["de-AT"], facets=facets, reply={"root": root, "parent": root}
    )

    result = CONNECTOR.fetch(settings_in, {}, at=NOON)

    assert result.items[0] == HeardItem(
        external_id=address,
        text="Hello",
        published_at=minute(5),
        author_id=ANNA,
        author_name="Anna",
        author_handle="anna.test",
        author_url="https://bsky.app/profile/did:plc:anna",
        url="https://bsky.app/profile/did:plc:anna/post/1",
        in_reply_to=ours,
        language="de-AT",
        ancestors=(ours,),
        raw={
            "cid": bluesky.posts[address]["cid"],
            "reason": "reply",
            "indexedAt": "2026-11-22T11:55:00.000Z",
            "record": bluesky.posts[address]["record"],
        },
    )
    assert [(item.external_id, item.is_ours) for item in result.items] == [(address, False), (ours, True)]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (
            {"embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "A broken lamp"}, {"alt": ""}]}},
            "A broken lamp",
        ),
        ({"embed": {"$type": "app.bsky.embed.images", "images": [{}]}}, "[image]"),
        ({"embed": {"$type": "app.bsky.embed.video"}}, "[video]"),
        ({"embed": {"$type": "app.bsky.embed.record"}}, "[quote]"),
        ({"embed": {"$type": "app.bsky.embed.external", "external": {"title": "Lamps"}}}, "Lamps"),
        (
            {"embed": {"$type": "app.bsky.embed.recordWithMedia", "media": {"$type": "app.bsky.embed.images"}}},
            "[image]",
        ),
        ({"embed": "nonsense"}, ""),
    ],
)
def test_post_without_words_says_what_it_shows(bluesky, settings_in, record, text):
    bluesky.mention("1", "", **record)

    assert [item.text for item in CONNECTOR.fetch(settings_in, {}, at=NOON).items] == [text]


def test_entries_of_another_shape_are_set_aside(bluesky, settings_in):
    body = b'{"notifications": [1, null, {"reason": "mention", "record": [], "author": 7}, {"reason": ["mention"]}]}'
    bluesky.fail("listNotifications", Fault(body=body))

    result = CONNECTOR.fetch(settings_in, {}, at=NOON)

    assert [(item.external_id, item.text, item.author_id) for item in result.items] == [("", "", "")]


def test_what_we_are_told_of_besides_is_left_out(bluesky, settings_in):
    bluesky.mention("1", reason="mention")
    bluesky.mention("2", reason="like")

    CONNECTOR.fetch(settings_in, {}, at=NOON)

    asked = next(params for method, params in bluesky.params if method == "listNotifications")
    assert asked == {"reasons": ["mention", "reply", "quote"], "limit": "100", "priority": "false"}
    assert look_until_quiet(settings_in, {})[1] == {"at://did:plc:anna/app.bsky.feed.post/1"}


def test_every_page_is_heard_and_the_next_look_takes_one(bluesky, settings_in):
    bluesky.page = 10
    addresses = {bluesky.mention(str(n), at=minute(n)) for n in range(45)}

    results, heard = look_until_quiet(settings_in, {})
    bluesky.asked.clear()
    quiet, _heard = look_until_quiet(settings_in, results[-1].cursor)

    assert heard == addresses
    assert [result.is_complete for result in results] == [False] * (len(results) - 1) + [True]
    assert [result.is_complete for result in quiet] == [False, True]
    assert bluesky.asked["listNotifications"] == 2  # ten minutes are looked at twice


def test_walk_broken_off_between_pages_loses_nothing(bluesky, settings_in):
    bluesky.page = 10
    cursor = look_until_quiet(settings_in, {}, NOON)[0][-1].cursor
    addresses = {bluesky.mention(str(n), at=NOON + timedelta(minutes=n)) for n in range(45)}
    heard: set[str] = set()
    later = NOON + timedelta(minutes=50)
    for n in range(60):
        # Every second look dies before its rows and its cursor are stored.
        result = CONNECTOR.fetch(settings_in, cursor, at=later)
        if n % 2:
            cursor = result.cursor
            heard |= {item.external_id for item in result.items}
        if n == 4:
            addresses.add(bluesky.mention("new", at=later))

    assert heard == addresses


def test_mentions_of_one_moment_on_two_pages_are_all_heard(bluesky, settings_in):
    bluesky.page = 10
    addresses = {bluesky.mention(str(n), at=minute(n // 4)) for n in range(45)}

    assert look_until_quiet(settings_in, {})[1] == addresses


def test_pages_emptied_by_a_filter_do_not_end_the_walk(bluesky, settings_in):
    newest, oldest = bluesky.mention("1", at=minute(1)), bluesky.mention("2", at=minute(60))
    empty = b'{"notifications": [], "cursor": "2026-11-22T11:30:00.000Z"}'
    first = CONNECTOR.fetch(settings_in, {}, at=minute(70))
    bluesky.page = 1
    bluesky.fail("listNotifications", *[Fault(), Fault(body=empty)])
    bluesky.faults["listNotifications"][0].body = (
        b'{"notifications": [' + _told(bluesky, newest) + b'], "cursor": "2026-11-22T11:59:00.000Z"}'
    )

    heard = look_until_quiet(settings_in, first.cursor)[1]

    assert heard == {newest, oldest}


def _told(bluesky: Bluesky, address: str) -> bytes:
    return json.dumps(bluesky.posts[address] | {"reason": "mention"}).encode()


@pytest.mark.parametrize("cursor", ["2020-01-01T00:00:00.000Z", "same"])
def test_empty_last_page_with_a_mark_ends_the_walk(bluesky, settings_in, cursor):
    body = b'{"notifications": [], "cursor": "%s"}' % cursor.encode()
    bluesky.fail("listNotifications", *[Fault(body=body)] * 40)

    results, heard = look_until_quiet(settings_in, {})

    assert (heard, results[-1].is_complete, bluesky.asked["listNotifications"] <= 4) == (set(), True, True)


def test_service_that_names_ever_new_empty_pages_is_given_up(bluesky, settings_in):
    bluesky.fail("listNotifications", *[Fault(body=b'{"notifications": [], "cursor": "%d"}' % n) for n in range(200)])

    cursor: dict[str, object] = {}
    marks = []
    for _n in range(30):
        result = CONNECTOR.fetch(settings_in, cursor, at=NOON)
        cursor = result.cursor
        marks.append("page" in result.cursor["walks"]["mentions"])

    assert marks[:21] == [True] * 20 + [False]


def test_mark_that_the_service_refuses_begins_at_the_top(bluesky, settings_in):
    bluesky.page = 10
    addresses = {bluesky.mention(str(n), at=minute(n)) for n in range(45)}
    first = CONNECTOR.fetch(settings_in, {}, at=NOON)
    bluesky.fail("listNotifications", Fault(400, "InvalidRequest"))

    refused = CONNECTOR.fetch(settings_in, first.cursor, at=NOON)
    results, heard = look_until_quiet(settings_in, refused.cursor)

    assert (refused.is_complete, refused.cursor["walks"]["mentions"]) == (
        False,
        {"until": (NOON - looking.FIRST_LOOK).isoformat()},
    )
    assert (heard, results[-1].is_complete) == (addresses, True)


def test_post_dated_back_by_its_program_is_heard(bluesky, settings_in):
    cursor = look_until_quiet(settings_in, {})[0][-1].cursor
    bluesky.mention("1", at=NOON)
    cursor = look_until_quiet(settings_in, cursor)[0][-1].cursor
    late = bluesky.mention("2", at=minute(9))

    assert late in look_until_quiet(settings_in, cursor)[1]


@pytest.mark.parametrize("written", ["1970-01-01T00:00:00Z", "2199-01-01T00:00:00Z", "yesterday", 7, None])
def test_post_with_an_impossible_date_has_the_time_at_which_it_was_heard_of(bluesky, settings_in, written):
    address = bluesky.mention("1", at=minute(1))
    bluesky.posts[address]["record"]["createdAt"] = written

    assert [item.published_at for item in CONNECTOR.fetch(settings_in, {}, at=NOON).items] == [minute(1)]


def test_another_account_begins_anew(bluesky, settings_in):
    cursor = CONNECTOR.fetch(settings_in, {}, at=NOON).cursor

    result = CONNECTOR.fetch(settings_in | {"did": "did:plc:other"}, cursor, at=LATER)

    assert (cursor["account"], result.cursor["account"]) == (US, "did:plc:other")
    assert result.cursor["walks"]["mentions"] == {"until": (LATER - looking.FIRST_LOOK).isoformat()}


def test_search_finds_whole_words_in_the_languages_wanted(bluesky, settings_in):
    wanted = bluesky.say("1", "Tavolund makes good lamps", langs=["en-GB"], at=minute(1))
    bluesky.say("2", "Tavolunder are people", langs=["en"], at=minute(2))
    bluesky.say("3", "Tavolund sale sale", langs=["en"], at=minute(3))
    bluesky.say("4", "Tavolund macht Lampen", langs=["de"], at=minute(4))
    stream = {"stream": 1, "any_terms": ["Tavolund"], "all_terms": [], "no_terms": ["sale"], "languages": ["en"]}

    result = CONNECTOR.fetch(settings_in | {"searches": [stream]}, {}, at=NOON)

    assert [item.external_id for item in result.items] == [wanted]


def test_each_word_of_a_stream_is_a_search_of_its_own():
    streams = [
        {"any_terms": ["a", "b c"], "all_terms": ["d"]},
        {"any_terms": [], "all_terms": ["e", "f"]},
        {"any_terms": ["a"], "all_terms": ["d"]},
        {"any_terms": [], "all_terms": [], "no_terms": ["g"]},
    ]

    found = searching.searches_of({"searches": streams})

    assert [search.words for search in found.values()] == ["a d", "b c d", "e f"]


def test_more_searches_than_one_look_takes_take_turns(bluesky, settings_in, monkeypatch):
    monkeypatch.setattr(searching, "MOST_AT_ONCE", 2)
    addresses = {bluesky.say(word, f"The {word} is new", at=minute(1)) for word in ("lamp", "sofa", "desk")}
    streams = [{"any_terms": [word]} for word in ("lamp", "sofa", "desk")]
    settings = settings_in | {"searches": streams}

    first, heard = look_until_quiet(settings, {})
    second, heard_then = look_until_quiet(settings, first[-1].cursor)

    assert (len(heard), heard | heard_then) == (2, addresses)
    assert (first[-1].is_complete, second[-1].is_complete) == (False, False)


def test_edited_post_is_heard_anew(bluesky, settings_in):
    bluesky.page = 1
    edited = bluesky.mention("1", "Hello", at=minute(60))
    bluesky.mention("2", "Hello", at=minute(20))
    bluesky.mention("3", "Hello", at=minute(1))
    cursor = look_until_quiet(settings_in, {})[0][-1].cursor
    bluesky.say("1", "Goodbye", at=minute(60))

    def heard(cursor, at):
        results, _heard = look_until_quiet(settings_in, cursor, at)
        return results[-1].cursor, [item.external_id for r in results for item in r.items if item.text == "Goodbye"]

    _cursor, soon = heard(cursor, NOON + timedelta(minutes=1))
    cursor, later = heard(cursor, LATER)
    _cursor, again = heard(cursor, LATER + timedelta(minutes=6))

    assert (soon, later, again) == ([], [edited], [])


def test_deleted_post_is_named_once_and_a_hidden_one_is_not(bluesky, settings_in):
    deleted, hidden = bluesky.mention("1", at=minute(1)), bluesky.mention("2", at=minute(2))
    cursor = look_until_quiet(settings_in, {})[0][-1].cursor
    del bluesky.posts[deleted]
    bluesky.blocked.add(hidden)

    result = CONNECTOR.fetch(settings_in, cursor, at=LATER)
    again = CONNECTOR.fetch(settings_in, result.cursor, at=LATER + timedelta(minutes=6))

    assert (result.gone, again.gone) == ([deleted], [])


def test_only_the_newest_are_looked_at_again(bluesky, settings_in):
    for n in range(60):
        bluesky.mention(str(n), at=minute(n))
    cursor = look_until_quiet(settings_in, {})[0][-1].cursor
    bluesky.params.clear()

    CONNECTOR.fetch(settings_in, cursor, at=LATER)

    asked = [params["uris"] for method, params in bluesky.params if method == "getPosts"]
    assert [len(uris) for uris in asked] == [25, 25]
    assert asked[0][0] == "at://did:plc:anna/app.bsky.feed.post/0"


def test_budget_is_the_least_that_was_left(bluesky, settings_in):
    reset = str(int(LATER.timestamp()))
    bluesky.headers = {"ratelimit-limit": "3000", "ratelimit-remaining": "2900", "ratelimit-reset": reset}

    assert CONNECTOR.fetch(settings_in, {}, at=NOON).budget == Budget(2900, 3000, LATER)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-reset": str(int(NOON.timestamp()) + 90)}, 90),
        ({"retry-after": "7", "ratelimit-reset": str(int(NOON.timestamp()) + 90)}, 7),
        ({"ratelimit-reset": str(int(NOON.timestamp()) - 90)}, 1),
        ({"ratelimit-reset": "9999999999"}, 86400),
        ({"ratelimit-reset": "tomorrow"}, None),
        ({}, None),
    ],
)
def test_too_many_requests_wait_until_the_limit_is_reset(bluesky, settings_in, time_machine, headers, seconds):
    time_machine.move_to(NOON, tick=False)
    bluesky.fail("listNotifications", Fault(429, "RateLimitExceeded", headers=headers))

    with pytest.raises(RateLimited) as refusal:
        CONNECTOR.fetch(settings_in, {}, at=NOON)

    assert refusal.value.retry_after == seconds


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(400, "ExpiredToken"), TemporaryFailure),
        (Fault(401, "InvalidToken"), TemporaryFailure),
        (Fault(500, "InternalServerError"), TemporaryFailure),
        (Fault(502, "UpstreamFailure"), TemporaryFailure),
        (Fault(cut=True), TemporaryFailure),
        (Fault(body=b"<html>Maintenance</html>"), TemporaryFailure),
        (Fault(body=b"[" * 100_000), TemporaryFailure),
        (Fault(body=b" " * 5_000_001), TemporaryFailure),
        (Fault(body=b""), TemporaryFailure),
        (Fault(body=b"[]"), TemporaryFailure),
        (Fault(body=b"{}"), TemporaryFailure),
        (Fault(body=b'{"notifications": {}}'), TemporaryFailure),
        (Fault(body=b"{}", headers={"Content-Encoding": "gzip"}), TemporaryFailure),
        (Fault(501, "MethodNotImplemented"), PermanentFailure),
        (Fault(400, "InvalidRequest"), PermanentFailure),
    ],
)
def test_look_that_fails_says_whether_asking_again_helps(bluesky, settings_in, fault, failure):
    bluesky.fail("listNotifications", fault)

    with pytest.raises(failure):
        CONNECTOR.fetch(settings_in, {}, at=NOON)


def test_token_that_ended_meanwhile_is_renewed_before_the_next_look(bluesky, settings_in):
    bluesky.access = token("other", NOON)

    with pytest.raises(TemporaryFailure) as refusal:
        CONNECTOR.fetch(settings_in, {}, at=NOON)
    settings = settings_in | CONNECTOR.renew(settings_in, at=NOON)

    assert str(refusal.value) == "127.0.0.1 answered “400 Token could not be verified”."
    assert CONNECTOR.fetch(settings, {}, at=NOON).is_complete is True


def test_mentions_are_stored_though_what_follows_fails(bluesky, settings_in):
    bluesky.mention("1")
    bluesky.fail("getAuthorFeed", Fault(500), Fault(500))

    result = CONNECTOR.fetch(settings_in, {}, at=NOON)

    assert (len(result.items), result.is_complete, result.has_more) == (1, False, False)
    assert result.cursor["walks"]["ours"] == {"until": (NOON - looking.FIRST_LOOK).isoformat()}
