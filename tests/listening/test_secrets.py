import pytest
from cryptography.fernet import Fernet

from listening.services import secrets
from listening.services.settings import settings_of
from socialhub.lib.sealing import SealBroken
from tests.factories.listening import ChannelFactory

pytestmark = pytest.mark.django_db


def test_a_secret_is_opened_for_the_connector_alone():
    channel = ChannelFactory(options={"server": "mail.example"})

    secrets.keep_secrets(channel_id=channel.pk, secrets={"password": "open sesame"})

    channel.refresh_from_db()
    assert "sesame" not in channel.sealed
    assert settings_of(channel)["password"] == "open sesame"
    assert settings_of(channel)["server"] == "mail.example"


def test_what_is_left_empty_stays():
    channel = ChannelFactory()
    secrets.keep_secrets(channel_id=channel.pk, secrets={"user": "a", "password": "b"})

    secrets.keep_secrets(channel_id=channel.pk, secrets={"user": "c", "password": ""})

    channel.refresh_from_db()
    assert {name: settings_of(channel)[name] for name in ("user", "password")} == {"user": "c", "password": "b"}


def test_a_new_key_takes_over(settings):
    channel = ChannelFactory()
    secrets.keep_secrets(channel_id=channel.pk, secrets={"password": "b"})
    old, new = settings.SECRETS_KEYS[0], Fernet.generate_key().decode()

    settings.SECRETS_KEYS = [new, old]
    assert secrets.seal_all_anew() == 1
    settings.SECRETS_KEYS = [new]

    channel.refresh_from_db()
    assert settings_of(channel)["password"] == "b"


def test_a_lost_key_is_said_and_changes_nothing(settings):
    channel = ChannelFactory()
    secrets.keep_secrets(channel_id=channel.pk, secrets={"password": "b"})
    channel.refresh_from_db()
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(SealBroken):
        secrets.seal_all_anew()

    before = channel.sealed
    channel.refresh_from_db()
    assert channel.sealed == before
