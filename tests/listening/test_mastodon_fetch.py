import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    Budget,
    FetchResult,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from listening.connectors.mastodon.connector import MastodonConnector
from listening.heard import HeardItem
from tests.listening.mastodon_server import ACME, TOKEN, Fault, MastodonServer, mastodon_server

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTIFICATIONS = "GET /api/v1/notifications"
connector = MastodonConnector()


@pytest.fixture
def far(socket_enabled: None, settings) -> Iterator[MastodonServer]:
    with mastodon_server() as server:
        settings.ALLOWED_INTERNAL_HOSTS = [server.host]
        yield server


def channel(far: MastodonServer, **more: object) -> dict[str, object]:
    return {"server": far.address, "token": TOKEN, **more}


def look(far: MastodonServer, cursor: dict, at: datetime = NOON, **more: object) -> FetchResult:
    # As the database keeps it.
    return connector.fetch(channel(far, **more), json.loads(json.dumps(cursor)), at=at)


def hear(far: MastodonServer, cursor: dict, at: datetime = NOON, **more: object) -> tuple[list[HeardItem], dict]:
    """Look until there is no more, as whoever calls a connector does."""
    items: list[HeardItem] = []
    for _page in range(50):
        result = look(far, cursor, at, **more)
        items += result.items
        cursor = result.cursor
        if not result.has_more:
            return items, cursor
    raise AssertionError("it never ends")


def texts(items: list[HeardItem]) -> list[str]:
    return [item.text for item in items]


def test_mention_becomes_a_heard_item(far):
    status = far.mention("@acme is it <em>down</em>?", spoiler_text="Rant", edited_at=None)

    result = look(far, {})

    assert result.items == [
        HeardItem(
            external_id="https://pub.example/users/bob/statuses/101",
            text="Rant\n\n@acme is it down?",
            published_at=datetime(2026, 11, 22, 11, tzinfo=UTC),
            author_id="https://pub.example/users/bob",
            author_name="Bob",
            author_handle="bob@pub.example",
            author_url="https://pub.example/@bob",
            author_reach=7,
            url="https://pub.example/@bob/101",
            language="en",
            raw={
                "id": "101",
                "visibility": "public",
                "spoiler_text": "Rant",
                "created_at": "2026-11-22T11:00:00.000Z",
                "acct": "bob@pub.example",
                "content": status["content"],
            },
        )
    ]
    assert result.has_more


def test_direct_mention_is_private(far):
    far.mention("@acme in confidence", visibility="direct")
    far.mention("@acme to my followers", visibility="private")
    far.mention("@acme to all", visibility="unlisted")

    items, _cursor = hear(far, {})

    assert [item.is_private for item in items] == [True, True, False]


def test_post_without_a_visibility_counts_as_private(far):
    del far.mention("@acme hello")["visibility"]

    items, _cursor = hear(far, {})

    assert items[0].is_private


def test_answer_names_the_address_of_what_it_answers(far):
    parent = far.status("our news", account=ACME)
    far.mention("@acme really?", in_reply_to_id=parent["id"])
    far.mention("@acme again?", in_reply_to_id="9999")

    items, _cursor = hear(far, {})

    assert [(item.text, item.in_reply_to) for item in items] == [
        ("@acme really?", parent["uri"]),
        ("@acme again?", ""),
        ("our news", ""),
    ]


def test_what_the_account_says_itself_is_heard_as_ours(far):
    _items, cursor = hear(far, {})
    asked = far.mention("@acme help")
    far.status("@bob here you are", account=ACME, in_reply_to_id=asked["id"])
    far.status("passed on", account=ACME, reblog=asked)

    items, _cursor = hear(far, cursor)

    assert [(item.text, item.is_ours, item.is_final, item.in_reply_to) for item in items] == [
        ("@acme help", False, False, ""),
        ("@bob here you are", True, True, asked["uri"]),
    ]


def test_what_is_passed_on_names_what_it_repeats(far):
    original = far.tag("acmefail", "slow")
    far.tag("acmefail", "", reblog=original, account={**ACME, "id": "3"})

    items, _cursor = hear(far, {}, searches=[search("#acmefail")])

    assert [(item.text, item.repeats) for item in items] == [
        ("slow #acmefail", ""),
        ("slow #acmefail", original["uri"]),
    ]


def test_first_look_takes_the_newest_page_and_later_looks_all_that_came_since(far):
    for number in range(60):
        far.mention(f"@acme old {number}")

    first, cursor = hear(far, {})
    for number in range(100):
        far.mention(f"@acme new {number}")
    second, cursor = hear(far, cursor)
    third, _cursor = hear(far, cursor)

    assert texts(first) == [f"@acme old {number}" for number in range(20, 60)]
    assert texts(second) == [f"@acme new {number}" for number in range(100)]
    assert third == []


def test_nothing_is_left_out_where_a_page_after_an_id_is_the_newest_page(far):
    far.walks_forward = False
    far.page_size = 20
    _items, cursor = hear(far, {})
    for number in range(75):
        far.mention(f"@acme {number}")

    items, cursor = hear(far, cursor)

    assert len(items) == 75
    assert {item.text for item in items} == {f"@acme {number}" for number in range(75)}
    assert hear(far, cursor)[0] == []


@pytest.mark.parametrize("walks_forward", [True, False])
def test_what_comes_between_two_pages_is_neither_lost_nor_doubled(far, walks_forward):
    far.walks_forward = walks_forward
    far.page_size = 20
    far.mention("@acme before")
    _items, cursor = hear(far, {})
    for number in range(75):
        far.mention(f"@acme {number}")
    heard: list[HeardItem] = []

    for page in range(12):
        result = look(far, cursor)
        heard += result.items
        cursor = result.cursor
        if page < 3:
            far.mention(f"@acme between {page}")

    wanted = {*(f"@acme {number}" for number in range(75)), *(f"@acme between {page}" for page in range(3))}
    assert {item.text for item in heard} == wanted
    assert len(heard) == len(wanted)


def test_look_that_was_not_stored_is_made_again_with_the_same_result(far):
    far.mention("@acme before")
    _items, cursor = hear(far, {})
    for number in range(90):
        far.mention(f"@acme {number}")

    page = look(far, cursor)
    again = look(far, cursor)

    assert again.items == page.items
    assert again.cursor == page.cursor
    assert texts(hear(far, page.cursor)[0]) == [f"@acme {number}" for number in range(40, 90)]


def test_page_that_counts_the_known_one_in_brings_it_no_second_time(far, monkeypatch):
    far.mention("@acme known")
    _items, cursor = hear(far, {})
    far.mention("@acme new")
    monkeypatch.setattr(far, "page", lambda newest_first, _query: newest_first)

    items, cursor = hear(far, cursor)

    assert texts(items) == ["@acme new"]
    assert hear(far, cursor)[0] == []


def test_ids_of_the_link_header_are_followed_and_its_address_is_not(far):
    far.mention("@acme before")
    _items, cursor = hear(far, {})
    for number in range(20):
        far.mention(f"@acme {number}")
    links = ("<https://evil.example/x?max_id=7>; rel=next", '<https://evil.example/x?min_id=9>; rel="prev"')
    far.headers = {"Link": ", ".join(links)}

    result = look(far, cursor)

    assert result.cursor["mentions"] == {"known": "102", "top": "9", "below": "7"}


def test_unknown_kinds_and_deleted_posts_are_left_out(far):
    far.notify("favourite", far.status("ours", account=ACME))
    far.notify("mention", None)
    far.notify("something.new", far.status("what?"))
    far.notifications.insert(0, {"id": "500"})

    items, cursor = hear(far, {})

    assert texts(items) == ["ours"]
    assert cursor["mentions"] == {"known": "500"}


def test_item_that_cannot_be_stored_is_handed_over_with_its_neighbours(far):
    far.mention("@acme one")
    far.mention("@acme two", uri="https://pub.example/" + "x" * 600)
    far.mention("@acme three", uri="", url=None)
    far.mention("@acme four", uri="", url=None)

    assert texts(look(far, {}).items) == ["@acme one", "@acme two", "@acme three", "@acme four"]


@pytest.mark.parametrize(("version", "is_complete"), [("4.7.3", True), ("4.0.0 (not true; really snac/2.75)", False)])
def test_server_that_forgets_what_it_told_fills_no_gap(far, version, is_complete):
    far.instance = {"version": version, "configuration": {}}

    assert look(far, {}).is_complete is is_complete


def test_edited_mention_is_heard_again_under_its_address(far):
    status = far.mention("@acme first words")
    _items, cursor = hear(far, {})
    status["content"] = "<p>@acme second words</p>"
    status["id"] = "101-edited"

    early, cursor = hear(far, cursor, NOON + timedelta(minutes=4))
    late, _cursor = hear(far, cursor, NOON + timedelta(minutes=5))

    assert early == []
    assert [(item.text, item.external_id) for item in late] == [("@acme second words", status["uri"])]


def test_mention_that_its_author_took_back_is_gone(far):
    kept = far.mention("@acme kept")
    status = far.mention("@acme taken back")
    _items, cursor = hear(far, {})
    far.remove(status)

    result = look(far, cursor, NOON + timedelta(minutes=5))

    assert result.gone == [status["uri"]]
    assert look(far, result.cursor, NOON + timedelta(minutes=10)).gone == []
    assert kept["id"] in far.statuses


def test_mention_whose_notification_was_dismissed_is_not_gone(far):
    far.mention("@acme dismissed")
    _items, cursor = hear(far, {})
    far.notifications.clear()

    assert look(far, cursor, NOON + timedelta(minutes=5)).gone == []


def test_mentions_that_newer_ones_pushed_off_the_page_are_not_doubted(far):
    for number in range(40):
        far.mention(f"@acme old {number}")
    _items, cursor = hear(far, {})
    for number in range(30):
        far.mention(f"@acme new {number}")
    _items, cursor = hear(far, cursor)
    far.asked.clear()

    result = look(far, cursor, NOON + timedelta(minutes=5))

    assert result.gone == []
    assert far.paths() == ["/api/v1/notifications", "/api/v1/accounts/1/statuses", "/api/v1/notifications"]


def search(*terms: str, no_terms: tuple[str, ...] = ()) -> dict[str, object]:
    return {"stream": 1, "any_terms": list(terms), "all_terms": [], "no_terms": list(no_terms), "languages": []}


def test_hashtags_of_streams_are_walked_like_mentions(far):
    far.tag("acmefail", "old")
    _items, cursor = hear(far, {}, searches=[search("#AcmeFail")])
    for number in range(90):
        far.tag("acmefail", f"new {number}")

    items, cursor = hear(far, cursor, searches=[search("#AcmeFail")])

    assert texts(items) == [f"new {number} #acmefail" for number in range(90)]
    assert hear(far, cursor, searches=[search("#AcmeFail")])[0] == []


def test_hashtag_that_no_stream_wants_any_more_is_forgotten(far):
    _items, cursor = hear(far, {}, searches=[search("#one", "#two")])

    _items, cursor = hear(far, cursor, searches=[search("#two")])

    assert list(cursor["tags"]) == ["#two"]


def test_words_of_streams_are_searched_for_and_checked(far):
    far.found['"acme gmbh"'] = [
        far.status("Acme GmbH is fine")["id"],
        far.status("acmegmbhish")["id"],
        far.status("Acme GmbH jobs")["id"],
    ]

    items, _cursor = hear(far, {}, searches=[search("acme gmbh", no_terms=("jobs",))])

    assert texts(items) == ["Acme GmbH is fine"]


def test_server_that_does_not_find_words_is_heard_all_the_same(far):
    far.tag("acme", "hello")
    far.faults["GET /api/v2/search"] = Fault(500, times=9)

    items, _cursor = hear(far, {}, searches=[search("#acme", "acme")])

    assert texts(items) == ["hello #acme"]


def test_hashtag_that_cannot_be_had_does_not_silence_the_others_and_is_not_passed_over(far):
    far.tag("two", "heard")
    far.faults["GET /api/v1/timelines/tag/one"] = Fault(503, times=9)

    first = look(far, {}, searches=[search("#one", "#two")])

    assert texts(first.items) == ["heard #two"]
    assert not first.is_complete
    with pytest.raises(TemporaryFailure):
        look(far, first.cursor, searches=[search("#one", "#two")])


def test_quiet_look_is_complete_and_asks_for_little(far):
    _items, cursor = hear(far, {})
    far.asked.clear()

    result = look(far, cursor)

    assert (result.items, result.has_more, result.is_complete) == ([], False, True)
    assert far.paths() == ["/api/v1/notifications", "/api/v1/accounts/1/statuses"]


def test_budget_is_what_the_server_says(far):
    far.headers = {
        "X-RateLimit-Limit": "300",
        "X-RateLimit-Remaining": "287",
        "X-RateLimit-Reset": "2026-11-22T12:05:00.000000Z",
    }

    result = look(far, {})

    assert result.budget == Budget(287, 300, datetime(2026, 11, 22, 12, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "The access token is invalid"}),
        (401, ""),
        (400, "Invalid Bearer token"),
        (400, {"error": "invalid_token"}),
        (403, {"error": "This action is outside the authorized scopes"}),
    ],
)
def test_token_that_is_refused_is_an_authorisation_failure(far, status, body):
    _items, cursor = hear(far, {})
    far.faults[NOTIFICATIONS] = Fault(status, body=body)

    with pytest.raises(AuthorisationFailure) as failure:
        look(far, cursor)

    assert TOKEN not in str(failure.value)


@pytest.mark.parametrize("status", [400, 401, 422])
def test_wrong_token_is_noticed_at_once(far, status):
    far.faults["GET /api/v1/accounts/verify_credentials"] = Fault(status, body="")

    with pytest.raises(AuthorisationFailure) as failure:
        look(far, {})

    assert str(failure.value) == f"{far.host} does not accept the access token."


def test_bad_request_that_is_not_about_the_token_is_permanent(far):
    _items, cursor = hear(far, {})
    far.faults[NOTIFICATIONS] = Fault(400, body={"error": "min_id is no ULID"})

    with pytest.raises(PermanentFailure) as failure:
        look(far, cursor)

    assert type(failure.value) is PermanentFailure
    assert str(failure.value) == f"{far.host} answered “400 min_id is no ULID”."


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "2026-11-22T12:05:00.000000Z"}, 301),
        ({"X-RateLimit-Reset": "1795349100"}, 301),
        ({"X-RateLimit-Reset": "1795349100.5"}, 301),
        ({"Retry-After": "77"}, 77),
        ({"Retry-After": "Sun, 22 Nov 2026 12:02:00 GMT"}, 121),
        ({"Retry-After": "999999999"}, 86_400),
        ({"X-RateLimit-Reset": "2020-01-01T00:00:00Z"}, 1),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({}, None),
    ],
)
def test_rate_limit_says_when_to_come_back_however_it_is_written(far, headers, seconds):
    _items, cursor = hear(far, {})
    # It is noon by the server's clock, which is the one that counts.
    far.faults[NOTIFICATIONS] = Fault(429, headers=headers, body={"error": "Too many requests"})

    with pytest.raises(RateLimited) as failure:
        look(far, cursor)

    assert failure.value.retry_after == seconds


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_in_trouble_is_asked_again_later_and_nothing_is_lost(far, status):
    _items, cursor = hear(far, {})
    far.mention("@acme hello")
    far.faults[NOTIFICATIONS] = Fault(status)

    with pytest.raises(TemporaryFailure):
        look(far, cursor)

    assert texts(hear(far, cursor)[0]) == ["@acme hello"]


def test_connection_that_is_cut_in_the_middle_of_a_page_loses_nothing(far):
    far.walks_forward = False
    far.mention("@acme before")
    _items, cursor = hear(far, {})
    for number in range(60):
        far.mention(f"@acme {number}")
    first = look(far, cursor)
    far.faults[NOTIFICATIONS] = Fault(cut_after=500)

    with pytest.raises(TemporaryFailure) as failure:
        look(far, first.cursor)

    assert str(failure.value) == f"The answer of {far.host} broke off."
    rest, _cursor = hear(far, first.cursor)
    assert texts([*rest, *first.items]) == [f"@acme {number}" for number in range(60)]


def test_parent_that_cannot_be_had_now_fails_the_look_and_not_the_mention(far):
    _items, cursor = hear(far, {})
    parent = far.status("parent")
    far.mention("@acme child", in_reply_to_id=parent["id"])
    far.faults[f"GET /api/v1/statuses/{parent['id']}"] = Fault(500)

    with pytest.raises(TemporaryFailure):
        look(far, cursor)

    assert hear(far, cursor)[0][0].in_reply_to == parent["uri"]


@pytest.mark.parametrize("body", ["<html>maintenance</html>", "", "[[[["])
def test_answer_that_is_no_json_is_asked_for_again(far, body):
    far.faults[NOTIFICATIONS] = Fault(200, body=body)

    with pytest.raises(TemporaryFailure) as failure:
        look(far, {})

    assert str(failure.value) == f"{far.host} answered something that is not the Mastodon API."


@pytest.mark.parametrize("body", [{}, [1, "x", None, {}], [{"id": 5, "type": "mention", "status": {"content": 3}}]])
def test_answer_of_another_shape_breaks_nothing(far, body):
    far.faults[NOTIFICATIONS] = Fault(200, body=body, times=2)

    result = look(far, {})

    assert [item for item in result.items if item.external_id] == []


def test_redirect_is_told_and_not_followed_with_the_token(far):
    far.faults["GET /api/v1/accounts/verify_credentials"] = Fault(301, headers={"Location": "https://new.example/"})

    with pytest.raises(PermanentFailure) as failure:
        look(far, {})

    assert str(failure.value) == (f"{far.host} sends us on to another address (https://new.example/). Enter that one.")


def test_new_token_of_the_same_account_goes_on_where_the_old_one_was(far):
    far.mention("@acme old")
    _items, cursor = hear(far, {})
    far.tokens["new-token"] = ACME

    items, cursor = hear(far, cursor, token="new-token")

    assert items == []
    assert cursor["me"] == "1"


def test_token_of_another_account_begins_anew(far):
    _items, cursor = hear(far, {})
    far.status("ours, before", account=ACME)
    far.mention("@acme hello")
    far.tokens["other-token"] = {**ACME, "id": "3"}

    items, cursor = hear(far, cursor, token="other-token")

    assert [(item.text, item.is_ours) for item in items] == [("@acme hello", False)]
    assert cursor["me"] == "3"


def test_another_server_begins_anew(far):
    far.mention("@acme hello")

    items, cursor = hear(
        far, {"server": "https://elsewhere.example", "mark": "x", "me": "1", "mentions": {"known": "999"}}
    )

    assert texts(items) == ["@acme hello"]
    assert cursor["server"] == far.address
