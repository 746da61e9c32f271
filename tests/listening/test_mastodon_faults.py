from datetime import UTC, datetime

import pytest

from listening.connectors.base import AuthorisationFailure, Budget, PermanentFailure, RateLimited, TemporaryFailure
from tests.listening.mastodon_looks import hear, look, texts
from tests.listening.mastodon_server import ACME, TOKEN, Fault

NOTIFICATIONS = "GET /api/v1/notifications"


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
