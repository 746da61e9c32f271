from datetime import UTC, datetime, timedelta

import pytest

from listening.connectors.base import TemporaryFailure
from listening.heard import HeardItem
from tests.listening.mastodon_looks import NOON, hear, look, search, texts
from tests.listening.mastodon_server import ACME, Fault


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
