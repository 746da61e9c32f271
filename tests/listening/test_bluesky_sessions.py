from datetime import timedelta

import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    PermanentFailure,
    RateLimited,
    RenewsSignIn,
    TemporaryFailure,
)
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.bluesky.xrpc import service_address
from tests.listening.bluesky_service import NOON, US, Bluesky, Fault, token

CONNECTOR = BlueskyConnector()


@pytest.fixture
def signed_in(bluesky: Bluesky) -> dict[str, object]:
    settings = bluesky.settings()
    settings |= CONNECTOR.renew(settings, at=NOON)
    bluesky.asked.clear()
    return settings


def test_connector_signs_in_once_and_keeps_the_session(bluesky):
    settings = bluesky.settings()

    kept = CONNECTOR.renew(settings, at=NOON)

    assert isinstance(CONNECTOR, RenewsSignIn)
    assert {name: value for name, value in kept.items() if name != "session_of"} == {
        "access": bluesky.access,
        "refresh": "refresh-1",
        "did": US,
        "access_until": (NOON + timedelta(hours=2)).isoformat(),
    }
    assert bluesky.asked == {"createSession": 1}


def test_forty_looks_sign_in_once(bluesky):
    settings, cursor = bluesky.settings(), {}
    for minute in range(40):
        at = NOON + timedelta(minutes=minute)
        settings |= CONNECTOR.renew(settings, at=at)
        cursor = CONNECTOR.fetch(settings, cursor, at=at).cursor

    assert (bluesky.asked["createSession"], bluesky.asked["refreshSession"]) == (1, 0)


def test_session_near_its_end_is_refreshed(bluesky, signed_in):
    kept = CONNECTOR.renew(signed_in, at=NOON + timedelta(minutes=111))

    assert bluesky.asked == {"refreshSession": 1}
    assert (kept["refresh"], kept["access_until"]) == ("refresh-2", (NOON + timedelta(hours=4)).isoformat())


def test_revoked_token_is_refreshed_before_it_is_used(bluesky, signed_in):
    bluesky.access = token("other", NOON)

    kept = CONNECTOR.renew(signed_in, at=NOON)

    assert bluesky.asked == {"getSession": 1, "refreshSession": 1}
    assert kept["access"] == bluesky.access


def test_session_that_cannot_be_refreshed_is_made_anew_once(bluesky, signed_in):
    bluesky.refresh = "another"

    kept = CONNECTOR.renew(signed_in, at=NOON + timedelta(hours=3))

    assert bluesky.asked == {"refreshSession": 1, "createSession": 1}
    assert kept["refresh"] == "another"


def test_service_that_is_down_costs_no_sign_in(bluesky, signed_in):
    bluesky.fail("refreshSession", Fault(503, "Unavailable"))

    with pytest.raises(TemporaryFailure):
        CONNECTOR.renew(signed_in, at=NOON + timedelta(hours=3))

    assert bluesky.asked == {"refreshSession": 1}


def test_new_password_ends_the_old_session(bluesky, signed_in):
    bluesky.password = "another"

    CONNECTOR.renew(signed_in | {"app_password": "another"}, at=NOON)

    assert bluesky.asked == {"createSession": 1}


def test_wrong_password_says_so(bluesky):
    with pytest.raises(AuthorisationFailure) as refusal:
        CONNECTOR.renew(bluesky.settings() | {"app_password": "wrong"}, at=NOON)

    assert str(refusal.value) == (
        "Bluesky does not accept this handle and app password. 127.0.0.1 answered “401 Invalid identifier or password”."
    )


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            Fault(401, "AuthFactorTokenRequired"),
            "This account asks for a second factor. Make an app password for Socialhub and enter that.",
        ),
        (Fault(401, "AccountTakedown"), "The service has stopped this account: AccountTakedown"),
    ],
)
def test_account_that_may_not_sign_in_says_why(bluesky, fault, sentence):
    bluesky.fail("createSession", fault)

    with pytest.raises(AuthorisationFailure) as refusal:
        CONNECTOR.renew(bluesky.settings(), at=NOON)

    assert sentence in str(refusal.value)


def test_too_many_sign_ins_wait_until_the_limit_is_reset(bluesky, time_machine):
    time_machine.move_to(NOON, tick=False)
    reset = str(int((NOON + timedelta(minutes=4)).timestamp()))
    bluesky.fail("createSession", Fault(429, "RateLimitExceeded", headers={"ratelimit-reset": reset}))

    with pytest.raises(RateLimited) as refusal:
        CONNECTOR.renew(bluesky.settings(), at=NOON)

    assert refusal.value.retry_after == 240


def test_look_without_a_session_does_not_sign_in(bluesky):
    with pytest.raises(AuthorisationFailure) as refusal:
        CONNECTOR.fetch(bluesky.settings(), {}, at=NOON)

    assert str(refusal.value) == "This channel has not signed in to its Bluesky account yet."
    assert bluesky.asked == {}


def test_check_says_who_we_are(bluesky):
    assert CONNECTOR.check(bluesky.settings()) == "Signed in as @nordlys.test, which 12 accounts follow."


def test_check_says_who_we_are_where_nobody_counts_followers(bluesky):
    bluesky.fail("getProfile", Fault(502, "UpstreamFailure"))

    assert CONNECTOR.check(bluesky.settings()) == "Signed in as @nordlys.test."


def test_connector_does_not_look_inside_the_network(bluesky, settings):
    settings.ALLOWED_INTERNAL_HOSTS = []

    with pytest.raises(PermanentFailure) as refusal:
        CONNECTOR.check(bluesky.settings() | {"service": bluesky.url.replace("http:", "https:")})

    assert str(refusal.value) == "127.0.0.1 leads to an address inside the network, which is not read."
    assert bluesky.asked == {}


@pytest.mark.parametrize(
    ("entered", "address"),
    [
        ("", "https://bsky.social"),
        ("pds.example.org", "https://pds.example.org"),
        (" https://pds.example.org/ ", "https://pds.example.org"),
        ("https://pds.example.org:8443/xrpc?x=1#y", "https://pds.example.org:8443"),
    ],
)
def test_service_is_asked_at_its_origin(entered, address):
    assert service_address(entered) == address


@pytest.mark.parametrize(
    "entered",
    ["http://pds.example.org", "ftp://pds.example.org", "https://a:b@pds.example.org", "https://", "http://["],
)
def test_password_goes_to_no_address_that_is_not_one_of_a_service(entered):
    with pytest.raises(PermanentFailure):
        service_address(entered)
