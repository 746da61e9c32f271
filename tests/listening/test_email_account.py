import pytest

from listening.connectors.base import PermanentFailure
from listening.connectors.email.account import Security, SentCopy, Server, SignIn, account_of
from listening.connectors.email.connector import EmailConnector

SETTINGS: dict[str, object] = {
    "address": "Care@Example.test",
    "password": "secret words",
    "imap_host": "imap.example.test",
    "smtp_host": "smtp.example.test",
}


def test_what_is_not_entered_is_what_is_usual():
    account = account_of(SETTINGS)

    assert (account.address, account.user, account.domain) == ("care@example.test", "care@example.test", "example.test")
    assert account.imap == Server("imap.example.test", 993, Security.TLS)
    assert account.smtp == Server("smtp.example.test", 465, Security.TLS)
    assert (account.sign_in, account.folder, account.first_look_days, account.sent_copy) == (
        SignIn.PASSWORD,
        "INBOX",
        14,
        SentCopy.OURS,
    )


def test_what_is_entered_counts():
    account = account_of(
        {
            **SETTINGS,
            "user": "care",
            "sign_in": "xoauth2",
            "access_token": "token",
            "imap_security": "starttls",
            "smtp_security": "none",
            "smtp_port": "2525",
            "folder": "Support",
            "first_look_days": "all",
            "sent_copy": "server",
            "our_handles": ["help@example.test"],
        }
    )

    assert (account.imap, account.smtp) == (
        Server("imap.example.test", 143, Security.STARTTLS),
        Server("smtp.example.test", 2525, Security.NONE),
    )
    assert (account.user, account.sign_in, account.folder) == ("care", SignIn.XOAUTH2, "Support")
    assert (account.first_look_days, account.sent_copy) == (None, SentCopy.SERVER)
    assert account.our_addresses == {"care@example.test", "help@example.test"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"address": ""}, "The channel names no mail address of ours."),
        ({"address": "care"}, "The channel names no mail address of ours."),
        ({"imap_host": " "}, "The channel names no IMAP server."),
        ({"smtp_host": None}, "The channel names no SMTP server."),
        ({"smtp_port": "99999"}, "“99999” is not a port."),
        ({"imap_port": "-1"}, "“-1” is not a port."),
        ({"user": "care\r\nA1 DELETE INBOX"}, "The setting “user” contains a line break or another control character."),
        ({"password": "a\nb"}, "The password or token contains a line break or another control character."),
    ],
)
def test_settings_that_cannot_be_are_refused(changes, reason):
    with pytest.raises(PermanentFailure) as refusal:
        account_of(SETTINGS | changes)

    assert str(refusal.value) == reason


def test_secrets_do_not_show():
    shown = repr(account_of({**SETTINGS, "access_token": "a token"}))

    assert "secret words" not in shown
    assert "a token" not in shown


def test_the_connector_asks_for_what_it_reads():
    fields = {field.name: field for field in EmailConnector().fields}

    assert [name for name, field in fields.items() if field.is_secret] == ["password", "client_secret", "refresh_token"]
    assert [name for name, field in fields.items() if field.is_required and not field.choices] == [
        "address",
        "imap_host",
        "smtp_host",
    ]
    assert all(field.label for field in fields.values())
