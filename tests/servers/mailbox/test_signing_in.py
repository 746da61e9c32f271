"""By password, by token, encrypted or not: who is let in, and what is said of who is not."""

import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    PermanentFailure,
    TemporaryFailure,
)
from listening.connectors.email import network, sending
from listening.models import Channel, Mention
from listening.services import fetching
from socialhub.lib.sealing import open_sealed
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, OrganisationFactory
from tests.listening.web_server import Answer, web_server
from tests.servers.mail import HOST, MailServer, authority, letter
from tests.servers.mailbox.speaking import CONNECTOR, answer_to, connect, fetch, look, now

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"password": "wrong"}, AuthorisationFailure),
        ({"password": "Größe"}, AuthorisationFailure),
        ({"folder": "Nowhere"}, PermanentFailure),
        ({"imap_port": "1"}, TemporaryFailure),
        ({"imap_host": "nowhere.invalid", "imap_security": "tls"}, TemporaryFailure),
        ({"imap_host": "localhost", "imap_security": "tls"}, PermanentFailure),
        ({"imap_host": "localhost"}, PermanentFailure),
    ],
)
def test_a_mailbox_that_cannot_be_opened_says_why(server, care, changes, failure):
    for act in (fetch, CONNECTOR.check):
        with pytest.raises(failure) as refusal:
            act(server.settings(care, **changes))

        assert type(refusal.value) is failure
        assert str(refusal.value).endswith((".", "secs)"))
        assert "wrong" not in str(refusal.value)


@pytest.mark.django_db
def test_a_wrong_password_is_a_gap_that_somebody_has_to_close(server, care, policy):
    channel = connect(server.settings(care, password="wrong"))

    fetching.fetch_channel(channel_id=channel.pk, at=now())

    channel.refresh_from_db()
    assert str(channel.problem) == f"{HOST} does not accept our sign-in: [AUTHENTICATIONFAILED] Authentication failed."
    assert channel.failure_count == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_connections_are_encrypted_and_the_certificate_is_looked_at(server, care, settings, monkeypatch, security):
    settings.ALLOWED_INTERNAL_HOSTS = ["localhost", HOST]
    suffix = "s" if security == "tls" else ""
    told = server.settings(care)
    for service in ("imap", "smtp"):
        told |= {f"{service}_security": security, f"{service}_port": str(server.ports[service + suffix])}
    named = {"imap_host": "localhost", "smtp_host": "localhost"}

    with pytest.raises(PermanentFailure, match="not to be trusted"):
        CONNECTOR.check(told | named)
    import ssl

    trusting = ssl.create_default_context(cafile=str(authority(server)))
    for module in (network, sending):
        monkeypatch.setattr(module, "trusted_authorities", lambda: trusting)

    assert "works" in CONNECTOR.check(told | named)
    # The same server under a name for which its certificate does not stand.
    with pytest.raises(PermanentFailure, match="not to be trusted"):
        CONNECTOR.check(told)


def by_token(server: MailServer, care: str, token: str, **more: object) -> dict[str, object]:
    told = server.settings(care, sign_in="xoauth2", access_token=token, access_token_until="2099-01-01T00:00:00+00:00")
    return {**told, "password": "", **more}


def test_an_access_token_signs_in_to_both_servers(server, care):
    told = by_token(server, care, server.token(care))
    server.put(letter("Hello").as_bytes(), user=care)

    item = fetch(told).items[0]
    CONNECTOR.send(told, answer_to(item))

    assert "works" in CONNECTOR.check(told)


@pytest.mark.parametrize("service", ["imap", "smtp"])
def test_an_expired_token_is_a_refused_sign_in(server, care, service):
    token = server.token(care, seconds=-60) if service == "imap" else server.token(care, is_known=False)

    with pytest.raises(AuthorisationFailure, match="does not accept our sign-in"):
        CONNECTOR.check(by_token(server, care, token))


@pytest.mark.django_db
def test_an_expired_token_is_renewed_before_it_is_used(server, care, policy, settings):
    server.put(letter("Hello").as_bytes(), user=care)
    with web_server() as web:
        settings.ALLOWED_INTERNAL_HOSTS = [HOST]
        fresh = server.token(care)
        body = f'{{"access_token": "{fresh}", "expires_in": 3600, "refresh_token": "newer"}}'
        web.answers["/token"] = Answer(body=body.encode())
        told = by_token(server, care, server.token(care, seconds=-60), token_address=web.url("/token"))
        told |= {"client_id": "us", "refresh_token": "old", "access_token_until": "2026-01-01T00:00:00+00:00"}
        channel = connect(told)
        look(channel)
        look(channel)

    assert Mention.objects.get().text == "My order\nHello"
    assert len(web.posted) == 1
    assert fetching.settings_for_use(channel, at=now())["refresh_token"] == "newer"


@pytest.mark.django_db
def test_an_administrator_connects_a_mailbox_once_it_lets_us_in(server, care, client):
    OrganisationFactory()
    client.force_login(AppointmentFactory(role=Role.ADMINISTRATOR).user)
    entered = {f"setting_{name}": value for name, value in server.settings(care).items() if name != "our_handles"}
    form = {
        **entered,
        "name": "Care",
        "our_handles": "",
        "poll_seconds": "180",
        "setting_first_look_days": "14",
        "setting_sent_copy": "ours",
    }

    refused = client.post("/channels/add/email/", {**form, "setting_password": "not the secret"})
    assert refused.status_code == 422
    assert "does not accept our sign-in" in refused.content.decode()
    assert "not the secret" not in refused.content.decode()
    assert not Channel.objects.exists()
    connected = client.post("/channels/add/email/", form, follow=True)

    channel = Channel.objects.get()
    assert f"INBOX holds 0 mails; sending as {care}@example.test works." in connected.content.decode()
    assert "secret" not in str(channel.options)
    assert open_sealed(channel.sealed)["password"] == "secret"
