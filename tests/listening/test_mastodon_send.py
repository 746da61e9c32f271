from datetime import UTC, datetime
from uuid import UUID

import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    LooksForReply,
    OutcomeUnknown,
    OutgoingReply,
    PermanentFailure,
    RateLimited,
    SentReply,
    TemporaryFailure,
)
from listening.connectors.mastodon.calls import server_of
from listening.connectors.mastodon.connector import MastodonConnector
from tests.listening.mastodon_server import ACME, TOKEN, Fault, MastodonServer

KEY = UUID("00000000-0000-0000-0000-000000000001")
POST = "POST /api/v1/statuses"
connector = MastodonConnector()


def channel(far: MastodonServer) -> dict[str, object]:
    return {"server": far.address, "token": TOKEN}


def answer(status: dict, text: str = "We are on it.", visibility: str = "public", **raw: object) -> OutgoingReply:
    told = {"id": status["id"], "acct": "bob@pub.example", **raw}
    return OutgoingReply(KEY, text, status["uri"], visibility, told)


def test_answer_names_its_reader_and_says_what_it_answers(far):
    asked = far.mention("@acme is it down?")

    sent = connector.send(channel(far), answer(asked))

    assert far.posted == [
        {"status": "@bob@pub.example We are on it.", "in_reply_to_id": asked["id"], "visibility": "public"}
    ]
    assert far.keys == [str(KEY)]
    assert sent == SentReply(
        "https://pub.example/users/acme/statuses/103",
        "https://pub.example/@acme/103",
        datetime(2026, 11, 22, 11, tzinfo=UTC),
        {"id": "103"},
    )


@pytest.mark.parametrize("text", ["Hello @bob@pub.example, yes.", "@BOB@pub.example yes."])
def test_answer_that_names_its_reader_is_sent_as_it_is(far, text):
    asked = far.mention("@acme is it down?")

    connector.send(channel(far), answer(asked, text))

    assert far.posted[0]["status"] == text


def test_name_that_only_begins_like_the_readers_is_another_name(far):
    asked = far.mention("@acme?", account={**ACME, "id": "9", "username": "bo", "acct": "bo"})

    connector.send(channel(far), answer(asked, "Ask @bo@other.example or @bob."))

    assert far.posted[0]["status"] == "@bo Ask @bo@other.example or @bob."


@pytest.mark.parametrize(
    ("theirs", "decided", "ours"),
    [
        ("public", "public", "public"),
        ("unlisted", "public", "unlisted"),
        ("private", "public", "private"),
        ("direct", "public", "direct"),
        ("public", "private", "direct"),
        ("unlisted", "private", "direct"),
        ("mutuals_only", "public", "direct"),
    ],
)
def test_answer_reaches_nobody_who_could_not_read_what_it_answers(far, theirs, decided, ours):
    asked = far.mention("@acme?", visibility=theirs)

    connector.send(channel(far), answer(asked, visibility=decided))

    assert far.posted[0]["visibility"] == ours


def test_answer_to_what_snac_calls_private_is_direct(far):
    far.instance = {"version": "4.0.0 (not true; really snac/2.75)", "configuration": {"statuses": {}}}
    asked = far.mention("@acme?", visibility="private")

    connector.send(channel(far), answer(asked))

    assert far.posted[0]["visibility"] == "direct"


def test_answer_keeps_the_warning_of_what_it_answers(far):
    asked = far.mention("@acme?", spoiler_text="health")

    connector.send(channel(far), answer(asked))

    assert far.posted[0]["spoiler_text"] == "health"


def test_answer_finds_its_post_under_another_number(far):
    asked = far.mention("@acme?")

    connector.send(channel(far), answer(asked, id="99999"))

    assert far.posted[0]["in_reply_to_id"] == asked["id"]


def test_answer_to_a_post_that_is_gone_is_not_sent(far):
    asked = far.mention("@acme?")
    far.remove(asked)

    with pytest.raises(PermanentFailure) as failure:
        connector.send(channel(far), answer(asked))

    assert str(failure.value) == "What you answer is not on the network any more, so nothing was sent."
    assert far.posted == []


def test_answer_is_measured_with_the_name_and_as_the_server_counts(far):
    asked = far.mention("@acme?")
    # “@bob ” and 23 for an address however long it is.
    fits = "x" * (500 - 5 - 24) + " https://acme.example/" + "y" * 100

    connector.send(channel(far), answer(asked, fits))

    with pytest.raises(PermanentFailure) as failure:
        connector.send(channel(far), answer(asked, f"{fits} z"))
    assert str(failure.value) == (
        f"The answer has 502 characters with the name that it begins with; {far.host} takes 500."
    )
    assert len(far.posted) == 1


def test_limit_is_the_one_that_the_server_names(far):
    far.instance = {"configuration": {"statuses": {"max_characters": 5000, "characters_reserved_per_url": 10}}}
    asked = far.mention("@acme?")

    connector.send(channel(far), answer(asked, "x" * 4990))

    with pytest.raises(PermanentFailure):
        connector.send(channel(far), answer(asked, "y" * 4996))


@pytest.mark.parametrize("value", [0, -1, 10**15, "5000", True, None])
def test_limit_that_cannot_be_is_not_believed(far, value):
    far.instance = {
        "configuration": {"statuses": {"max_characters": value, "characters_reserved_per_url": value}},
    }

    assert connector.check(channel(far)).endswith("an answer may have 500 characters.")
    connector.send(channel(far), answer(far.mention("@acme?"), "See https://acme.example/status"))


@pytest.mark.parametrize("status", [400, 422])
def test_answer_that_the_server_refuses_is_not_sent_again(far, status):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(status, body={"error": "Validation failed: Text limit exceeded"})

    with pytest.raises(PermanentFailure) as failure:
        connector.send(channel(far), answer(asked))

    assert type(failure.value) is PermanentFailure
    assert str(failure.value) == f"{far.host} answered “{status} Validation failed: Text limit exceeded”."


def test_answer_without_the_right_to_write_is_not_sent(far):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(403, body={"error": "This action is outside the authorized scopes"})

    with pytest.raises(PermanentFailure):
        connector.send(channel(far), answer(asked))


def test_answer_with_a_revoked_token_is_an_authorisation_failure(far):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(401, body="")

    with pytest.raises(AuthorisationFailure):
        connector.send(channel(far), answer(asked))


def test_answer_that_was_too_many_waits(far):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(429, headers={"Retry-After": "30"})

    with pytest.raises(RateLimited) as failure:
        connector.send(channel(far), answer(asked))

    assert failure.value.retry_after == 30


def test_server_in_trouble_gets_the_answer_later(far):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(503)

    with pytest.raises(TemporaryFailure):
        connector.send(channel(far), answer(asked))
    connector.send(channel(far), answer(asked))

    assert len(far.posted) == 1


def test_second_attempt_finds_what_the_first_one_sent(far):
    asked = far.mention("@acme?")

    first = connector.send(channel(far), answer(asked))
    second = connector.send(channel(far), answer(asked))

    assert second == first
    assert len(far.posted) == 1


def test_answer_whose_receipt_is_lost_is_found_at_once(far):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(cut_after=10)

    sent = connector.send(channel(far), answer(asked))

    assert sent.external_id == "https://pub.example/users/acme/statuses/103"
    assert len(far.posted) == 1


def test_answer_that_may_still_be_under_way_is_unknown(far):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(504)

    with pytest.raises(OutcomeUnknown) as failure:
        connector.send(channel(far), answer(asked))

    assert str(failure.value) == f"{far.host} answered “504”."


def test_unknown_answer_is_found_although_the_gateway_failed(far):
    asked = far.mention("@acme?")
    far.publish({"status": "@bob We are on it", "in_reply_to_id": asked["id"], "visibility": "public"}, "")
    far.faults[POST] = Fault(502)

    sent = connector.send(channel(far), answer(asked))

    assert sent.external_id == "https://pub.example/users/acme/statuses/103"


def test_receipt_that_cannot_be_read_leaves_the_outcome_unknown(far):
    asked = far.mention("@acme?")
    far.faults[POST] = Fault(200, body={})

    with pytest.raises(OutcomeUnknown):
        connector.send(channel(far), answer(asked))


def test_server_that_cannot_be_reached_has_nothing_sent(far):
    asked = far.mention("@acme?")
    far.faults["GET /api/v1/accounts/verify_credentials"] = Fault(500)

    with pytest.raises(TemporaryFailure):
        connector.send(channel(far), answer(asked))

    assert far.posted == []


def test_connector_looks_for_answers_by_their_words(far):
    asked = far.mention("@acme?")
    other = far.mention("@acme too?")
    far.publish({"status": "@bob We are on it!", "in_reply_to_id": other["id"], "visibility": "public"}, "")
    far.status("We are on it.", in_reply_to_id=asked["id"])
    far.publish({"status": "@bob We are not on it.", "in_reply_to_id": asked["id"], "visibility": "public"}, "")

    assert isinstance(connector, LooksForReply)
    assert connector.look_for(channel(far), answer(asked)) is None
    assert connector.look_for(channel(far), answer(other)) is not None


def test_answer_is_found_although_what_it_answers_is_gone(far):
    asked = far.mention("@acme?")
    sent = connector.send(channel(far), answer(asked))
    far.remove(asked)

    assert connector.look_for(channel(far), answer(asked)) == sent


def test_answer_of_signs_alone_is_told_from_another(far):
    asked = far.mention("@acme?")
    far.publish({"status": "@bob 🙂", "in_reply_to_id": asked["id"], "visibility": "public"}, "")

    assert connector.look_for(channel(far), answer(asked, "🙁")) is None
    assert connector.look_for(channel(far), answer(asked, "🙂")) is not None


def test_connector_cannot_look_by_a_key(far):
    with pytest.raises(PermanentFailure):
        connector.look(channel(far), KEY)


def test_check_says_who_we_are(far):
    assert connector.check(channel(far)) == (
        "Signed in to Far as @acme@far.example; an answer may have 500 characters."
    )


def test_check_of_something_else_says_so(far):
    far.faults["GET /api/v1/accounts/verify_credentials"] = Fault(404, body="<h1>no</h1>")

    with pytest.raises(PermanentFailure) as failure:
        connector.check(channel(far))

    assert str(failure.value) == f"{far.host} does not speak the Mastodon API."


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("mastodon.example", "https://mastodon.example"),
        (" https://mastodon.example/ ", "https://mastodon.example"),
        ("https://mastodon.example/@acme", "https://mastodon.example"),
        ("@acme@mastodon.example", "https://mastodon.example"),
        ("acme@mastodon.example", "https://mastodon.example"),
        ("mastodon.example:8443", "https://mastodon.example:8443"),
    ],
)
def test_server_is_known_by_whatever_names_it(typed, address):
    assert server_of(typed).address == address


@pytest.mark.parametrize(
    "typed",
    ["", None, 5, "ftp://x.example", "https://", "https://[::1", "a b", "x.example:99999", "https://u:p@x y/", "@acme"],
)
def test_address_that_names_no_server_is_refused(typed):
    with pytest.raises(PermanentFailure):
        server_of(typed)


def test_token_does_not_travel_unsealed():
    with pytest.raises(PermanentFailure) as failure:
        server_of("http://mastodon.example", "secret")

    assert str(failure.value) == "The address has to begin with https://, or others could read along."


def test_connector_does_not_look_inside_the_network(far, settings):
    settings.ALLOWED_INTERNAL_HOSTS = []

    with pytest.raises(PermanentFailure) as failure:
        connector.check({"server": "https://127.0.0.1", "token": TOKEN})

    assert str(failure.value) == "127.0.0.1 leads to an address inside the network, which is not read."
    assert far.asked == []


def test_channel_without_a_token_says_so(far):
    with pytest.raises(PermanentFailure) as failure:
        connector.check({"server": far.address})

    assert str(failure.value) == "The channel has no access token."
