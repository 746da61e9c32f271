"""Mailboxes: customers' mails heard by IMAP, answered by SMTP."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.utils.translation import gettext, ngettext

from listening.connectors.attachments import AttachmentLimits
from listening.connectors.base import FetchResult, OutgoingReply, SentReply, SettingField
from listening.connectors.email import sign_in
from listening.connectors.email.account import Account, Security, SentCopy, SignIn, account_of

# Somebody waits before a page, for both servers.
CHECK_SECONDS = 9.0
# Encoded for the way it is a third more, and many servers take 20 MB or so.
MOST_BYTES = 10_000_000


class EmailConnector:
    """Reads one folder of one mailbox and answers from its address.

    The libraries that speak to mail servers are imported where they are used:
    most processes never do.
    """

    kind = "email"
    can_reply = True
    can_search = False
    text_limit: int | None = None
    poll_seconds: int | None = 180

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("E-mail")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext("Hear what customers write to a mailbox and answer from its address, by IMAP and SMTP.")

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (*_who(), *_where("imap", "IMAP"), *_where("smtp", "SMTP"), *_what(), *_how_by_token())

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Read the next mails of the folder.

        :raises TemporaryFailure: the mailbox cannot be reached.
        :raises PermanentFailure: it does not let us in, or there is no such folder.
        """
        from listening.connectors.email import mailbox  # noqa: PLC0415 - see the class

        return mailbox.hear(account_of(settings), cursor, at=at)

    def attachment_limits(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> AttachmentLimits:
        """Return what nearly every mail server takes, of any kind."""
        return AttachmentLimits(most=20, most_bytes=MOST_BYTES, most_total_bytes=MOST_BYTES)

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Send one answer as a mail, threaded under the one that it answers.

        :raises TemporaryFailure: it was not sent.
        :raises PermanentFailure: it was not sent and never will be as it stands.
        :raises OutcomeUnknown: it may have been sent.
        """
        from listening.connectors.email import sending  # noqa: PLC0415 - see the class

        return sending.send(account_of(settings), reply)

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Return the answer sent under ``key`` if it is among the sent mails.

        :raises TemporaryFailure: the mailbox cannot be reached.
        :raises PermanentFailure: it was leaving when the connection broke.
        """
        from listening.connectors.email import sending  # noqa: PLC0415 - see the class

        return sending.look(account_of(settings), key)

    def why_no_edit(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Say that a mail is with those who got it."""
        return gettext("A mail cannot be changed once it is sent. Write another one.")

    def why_no_removal(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Say that a mail is with those who got it."""
        return gettext("A mail cannot be called back once it is sent.")

    def check(self, settings: Mapping[str, object]) -> str:
        """Sign in to both servers and say how many mails there are."""
        from listening.connectors.email import mailbox, sending  # noqa: PLC0415 - see the class

        until = time.monotonic() + CHECK_SECONDS
        account = self._fresh(settings)
        count = mailbox.count_mails(account, seconds=CHECK_SECONDS)
        sending.try_sending(account, seconds=max(until - time.monotonic(), 1.0))
        return ngettext(
            "%(folder)s holds %(count)d mail; sending as %(address)s works.",
            "%(folder)s holds %(count)d mails; sending as %(address)s works.",
            count,
        ) % {"folder": account.folder, "count": count, "address": account.address}

    def renew(self, settings: Mapping[str, object], *, at: datetime) -> Mapping[str, str]:
        """Renew the access token where the mailbox is signed in to by one.

        :raises TemporaryFailure: the server of the sign-in cannot be asked now.
        :raises AuthorisationFailure: somebody has to sign in again.
        """
        if account_of(settings).sign_in != SignIn.XOAUTH2 or sign_in.is_good(settings, at=at):
            return {}
        return sign_in.renew(settings, at=at)

    def wait_for_news(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, seconds: float) -> bool:
        """Wait by IMAP's IDLE until there is a new mail.

        :raises ConnectorFailed: the mailbox cannot be reached or does not tell.
        """
        from listening.connectors.email import mailbox  # noqa: PLC0415 - see the class

        return mailbox.wait(account_of(settings), cursor, at=datetime.now(UTC), seconds=seconds)

    def _fresh(self, settings: Mapping[str, object]) -> Account:
        """Return the account with a token that is good now: before it is saved, nobody has renewed it."""
        return account_of({**settings, **self.renew(settings, at=datetime.now(UTC))})


def _who() -> tuple[SettingField, ...]:
    return (
        SettingField(
            "address",
            gettext("Our mail address"),
            gettext("Answers go out from it, and what it sends is ours."),
            input_type="email",
        ),
        SettingField(
            "sender_name",
            gettext("Name of the sender"),
            gettext("As customers see it, such as “Nordlys Care”."),
            is_required=False,
        ),
        SettingField(
            "user", gettext("User name"), gettext("Only where it is not the mail address."), is_required=False
        ),
        SettingField(
            "sign_in",
            gettext("Sign in by"),
            gettext("Gmail and Microsoft 365 take only an access token, or a password made for one app."),
            choices=((SignIn.PASSWORD, gettext("Password")), (SignIn.XOAUTH2, gettext("Access token (XOAUTH2)"))),
        ),
        SettingField("password", gettext("Password"), is_secret=True, is_required=False),
    )


def _where(prefix: str, service: str) -> tuple[SettingField, ...]:
    names = {"service": service}
    return (
        SettingField(f"{prefix}_host", gettext("%(service)s server") % names),
        SettingField(
            f"{prefix}_security",
            gettext("Encryption of %(service)s") % names,
            choices=(
                (Security.TLS, gettext("TLS")),
                (Security.STARTTLS, gettext("STARTTLS")),
                (Security.NONE, gettext("None, for a server inside the network")),
            ),
        ),
        SettingField(
            f"{prefix}_port",
            gettext("Port of %(service)s") % names,
            gettext("Only where it is not the usual one."),
            is_required=False,
            input_type="number",
        ),
    )


def _what() -> tuple[SettingField, ...]:
    return (
        SettingField("folder", gettext("Folder"), gettext("INBOX unless another is named."), is_required=False),
        SettingField(
            "first_look_days",
            gettext("Begin with the mails of"),
            choices=(
                ("14", gettext("the last two weeks")),
                ("0", gettext("today")),
                ("365", gettext("the last year")),
                ("all", gettext("all times")),
            ),
        ),
        SettingField(
            "sent_copy",
            gettext("Copies of sent mails"),
            gettext("Gmail and Microsoft 365 keep them by themselves."),
            choices=(
                (SentCopy.OURS, gettext("Socialhub puts them into the folder of sent mails")),
                (SentCopy.SERVER, gettext("The mail server keeps them by itself")),
            ),
        ),
    )


def _how_by_token() -> tuple[SettingField, ...]:
    only = gettext("Only for signing in by an access token.")
    return (
        SettingField("token_address", gettext("Token address"), only, is_required=False, input_type="url"),
        SettingField("client_id", gettext("Client id"), only, is_required=False),
        SettingField("client_secret", gettext("Client secret"), only, is_secret=True, is_required=False),
        SettingField("refresh_token", gettext("Refresh token"), only, is_secret=True, is_required=False),
    )
