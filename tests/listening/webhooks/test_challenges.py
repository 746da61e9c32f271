import base64
import hashlib
import hmac
import json

import pytest

from listening.webhooks.challenges import Echo, answer_challenge, slack_challenge
from listening.webhooks.signatures import BadSignature

HUB = {"hub.mode": "subscribe", "hub.verify_token": "our word", "hub.challenge": "1158201444"}


def answer(scheme, query, secrets=("new", "former"), verify_token="our word"):
    return answer_challenge(scheme, secrets=secrets, verify_token=verify_token, query=query)


def test_x_gets_its_token_signed_with_the_present_secret():
    echo = answer("x", {"crc_token": "a1b2c3"})

    digest = hmac.new(b"new", b"a1b2c3", hashlib.sha256).digest()
    assert json.loads(echo.text) == {"response_token": "sha256=" + base64.b64encode(digest).decode()}
    assert echo.content_type == "application/json"


@pytest.mark.parametrize("token", ["", '{"tweet_create_events":[]}', "[]", "a b", "é", "\ud800", "x" * 257])
def test_x_gets_nothing_signed_that_could_be_a_body(token):
    with pytest.raises(BadSignature):
        answer("x", {"crc_token": token})


def test_meta_hears_its_challenge_when_it_knows_our_word():
    assert answer("hub", HUB) == Echo("1158201444")


@pytest.mark.parametrize(
    "change",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.verify_token": "another"},
        {"hub.verify_token": "é"},
        {"hub.verify_token": ""},
        {"hub.challenge": "1" * 1001},
    ],
)
def test_meta_hears_nothing_otherwise(change):
    with pytest.raises(BadSignature):
        answer("hub", HUB | change)


def test_no_word_of_ours_fits_none():
    with pytest.raises(BadSignature):
        answer("hub", HUB | {"hub.verify_token": ""}, verify_token="")


@pytest.mark.parametrize("scheme", ["standard", "slack", "x", "", "morse"])
def test_a_challenge_of_another_scheme_is_refused(scheme):
    with pytest.raises(BadSignature):
        answer(scheme, HUB)


def test_slack_hears_its_challenge():
    assert slack_challenge({"type": "url_verification", "challenge": "3eZbrw1aB"}) == Echo("3eZbrw1aB")


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"type": "url_verification"}, {"type": "url_verification", "challenge": 1}, {"challenge": "x"}],
)
def test_slack_hears_nothing_otherwise(data):
    assert slack_challenge(data) is None
