import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from listening.connectors.base import AuthorisationFailure, PermanentFailure, RateLimited, TemporaryFailure
from listening.connectors.email.connector import EmailConnector
from tests.listening.web_server import Answer, WebServer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _inside(web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host, "localhost"]


def told(web: WebServer, **changes: object) -> dict[str, object]:
    return {
        "address": "care@example.test",
        "imap_host": "imap.example.test",
        "smtp_host": "smtp.example.test",
        "sign_in": "xoauth2",
        "client_id": "client",
        "client_secret": "hush",
        "refresh_token": "old",
        "token_address": web.url("/token"),
    } | changes


def answer(web: WebServer, body: object, status: int = 200) -> None:
    web.answers["/token"] = Answer(status, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def renew(settings: dict[str, object]) -> dict[str, str]:
    return dict(EmailConnector().renew(settings, at=NOON))


def test_a_new_access_token_comes_with_its_end(web):
    answer(web, {"access_token": "new", "expires_in": 1800, "token_type": "Bearer"})

    assert renew(told(web)) == {"access_token": "new", "access_token_until": "2026-11-22T12:30:00+00:00"}
    assert parse_qs(web.posted[0].decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["old"],
        "client_id": ["client"],
        "client_secret": ["hush"],
    }


def test_a_new_refresh_token_replaces_the_old_one(web):
    answer(web, {"access_token": "new", "refresh_token": "newer"})

    assert renew(told(web))["refresh_token"] == "newer"


@pytest.mark.parametrize(
    ("changes", "is_asked"),
    [
        ({"access_token": "good", "access_token_until": (NOON + timedelta(hours=1)).isoformat()}, False),
        ({"access_token": "good", "access_token_until": (NOON + timedelta(minutes=4)).isoformat()}, True),
        ({"access_token": "good", "access_token_until": "soon"}, True),
        ({"access_token": "good", "access_token_until": "2026-11-22T13:00:00"}, True),
        ({"access_token": "good"}, True),
        ({"sign_in": "password", "password": "secret"}, False),
    ],
)
def test_a_token_that_lasts_is_not_renewed(web, changes, is_asked):
    answer(web, {"access_token": "new"})

    assert bool(renew(told(web, **changes))) is is_asked
    assert len(web.posted) == is_asked


@pytest.mark.parametrize(
    ("status", "body", "failure", "reason"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "The token was revoked."},
            AuthorisationFailure,
            "127.0.0.1 does not renew our sign-in (400): invalid_grant The token was revoked.",
        ),
        (401, b"no", AuthorisationFailure, "127.0.0.1 does not renew our sign-in (401): Unauthorized"),
        (429, b"", RateLimited, "127.0.0.1 lets us renew the sign-in later."),
        (503, b"<html>", TemporaryFailure, "127.0.0.1 answered “503 Service Unavailable”."),
        (200, b"[]", TemporaryFailure, "The server of the sign-in answered without a token."),
        (200, {"access_token": 7}, TemporaryFailure, "The server of the sign-in answered without a token."),
        (200, b" " * 200_000, TemporaryFailure, "The answer of 127.0.0.1 is too large."),
    ],
)
def test_a_refusal_is_told_in_words(web, status, body, failure, reason):
    answer(web, body, status)

    with pytest.raises(failure) as refusal:
        renew(told(web))

    assert (type(refusal.value), str(refusal.value)) == (failure, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token_address": "http://example.com/token"}, "The token address has to begin with https://."),
        ({"token_address": "file:///etc/passwd"}, "The token address has to begin with https://."),
        ({"token_address": "https://a:b@example.com/"}, "The token address has to begin with https://."),
        ({"token_address": "https://127.0.0.1/token"}, "127.0.0.1 leads to an address inside the network."),
        ({"refresh_token": ""}, "Signing in by XOAUTH2 needs a client id and a refresh token."),
    ],
)
def test_settings_that_lead_nowhere_are_refused(web, changes, reason):
    with pytest.raises(PermanentFailure) as refusal:
        renew(told(web, **changes))

    assert str(refusal.value) == reason
    assert web.posted == []


def test_a_server_that_is_not_there_is_asked_again_later(web):
    with pytest.raises(TemporaryFailure) as refusal:
        renew(told(web, token_address=f"https://localhost:{web.port}/token"))

    assert "localhost" in str(refusal.value)
