from datetime import timedelta

import pytest

from teams.models import ApiKey, AuditEntry
from teams.services import api_keys
from tests.factories.teams import NOON, UserFactory

pytestmark = pytest.mark.django_db


def make_key(**changes):
    given = {"user": UserFactory(), "name": "Nightly export", "scopes": ["read"], "expires_at": None, "at": NOON}
    return api_keys.create_api_key(**{**given, **changes})


def test_api_key_is_found_by_its_token():
    key, token = make_key()

    found = api_keys.find_user_by_token(token, NOON)

    assert found == key
    assert found.user == key.user
    assert ApiKey.objects.get().last_used_at == NOON


def test_api_key_token_says_what_it_is_and_is_not_kept():
    key, token = make_key()

    assert token.startswith(f"shub_{key.prefix}_")
    assert len(token) == 5 + 10 + 1 + 43
    secret = token.split("_", 2)[2]
    assert secret.encode() not in bytes(ApiKey.objects.get().digest)
    assert AuditEntry.objects.get().detail == {"prefix": key.prefix, "scopes": ["read"]}


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.upper(), lambda t: "", lambda t: "shub_a_b"]
)
def test_api_key_refuses_another_token(change):
    _key, token = make_key()

    assert api_keys.find_user_by_token(change(token), NOON) is None
    assert ApiKey.objects.get().last_used_at is None


@pytest.mark.parametrize("token", ["shub_\x00_x", "shub_a", "shub_ä_x", "shub__", "\ud800", "shub_abcdefghjk_\ud800"])
def test_api_key_refuses_strange_tokens(token):
    assert api_keys.find_user_by_token(token, NOON) is None


def test_api_key_ends_at_its_expiry():
    _key, token = make_key(expires_at=NOON + timedelta(days=1))

    assert api_keys.find_user_by_token(token, NOON + timedelta(hours=23)) is not None
    assert api_keys.find_user_by_token(token, NOON + timedelta(days=1)) is None


def test_api_key_ends_when_it_is_revoked():
    key, token = make_key()

    api_keys.revoke_api_key(key_id=key.pk, actor=key.user, at=NOON)

    assert api_keys.find_user_by_token(token, NOON) is None
    with pytest.raises(api_keys.KeyRevoked):
        api_keys.revoke_api_key(key_id=key.pk, actor=key.user, at=NOON)
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["key.made", "key.revoked"]


def test_api_key_opens_nothing_for_a_closed_account():
    key, token = make_key()
    type(key.user).objects.update(is_active=False)

    assert api_keys.find_user_by_token(token, NOON) is None


def test_api_key_notes_its_use_once_a_minute(django_assert_num_queries):
    _key, token = make_key()
    api_keys.find_user_by_token(token, NOON)

    api_keys.find_user_by_token(token, NOON + timedelta(seconds=59))
    assert ApiKey.objects.get().last_used_at == NOON

    api_keys.find_user_by_token(token, NOON + timedelta(seconds=60))
    assert ApiKey.objects.get().last_used_at == NOON + timedelta(seconds=60)
