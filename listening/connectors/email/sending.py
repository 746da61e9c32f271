"""Sending: an answer as a mail, handed to the mail server once, its copy kept among what was sent."""

import imaplib
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils.functional import cached_property
from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError

from listening.connectors.base import (
    ConnectorFailed,
    OutcomeUnknown,
    OutgoingReply,
    PermanentFailure,
    SentReply,
    TemporaryFailure,
)
from listening.connectors.email import sent_folder
from listening.connectors.email.account import Account, Security, SentCopy, SignIn
from listening.connectors.email.composing import compose
from listening.connectors.email.failing import answer_of, sending_failed, told
from listening.connectors.email.mailbox import ANY_FAILURE, opened
from listening.connectors.email.naming import message_id
from listening.connectors.email.network import ANSWER_SECONDS, Cutoff, SmtpClient, smtp_client_class
from listening.connectors.email.sent_folder import Fate
from socialhub.lib.guarded_network import trusted_authorities
from socialhub.lib.told import told as _

log = structlog.get_logger(__name__)

# Less than the time after which a worker counts as dead.
SEND_SECONDS = 90.0
LOOK_SECONDS = 45.0
_LINE_END = re.compile(rb"\r?\n")


def send(account: Account, reply: OutgoingReply) -> SentReply:
    """Send one answer, once: first written down where a later look finds it, then sent, then confirmed.

    :raises TemporaryFailure: it did not leave.
    :raises PermanentFailure: it did not leave and never will as it stands.
    :raises OutcomeUnknown: the connection broke after it had left.
    """
    mail = compose(account, reply, at=datetime.now(UTC))
    until = time.monotonic() + SEND_SECONDS
    if account.sent_copy == SentCopy.SERVER:
        _hand_over(account, mail, until=until, before_data=_nothing)
    else:
        with opened(account, seconds=SEND_SECONDS) as mailbox:
            _send_with_copy(mailbox, account, mail, until)
    return SentReply(_name_of(mail), "", datetime.now(UTC))


def look(account: Account, key: UUID) -> SentReply | None:
    """Return the answer with this key if it is among what was sent.

    :raises TemporaryFailure: the mailbox cannot be reached.
    :raises PermanentFailure: sending it had begun, so nobody can tell.
    """
    name = message_id(key, account.domain)
    with opened(account, seconds=LOOK_SECONDS) as mailbox:
        sent_folder.open_sent(mailbox)
        fate = sent_folder.fate_of(mailbox, name)
    if fate == Fate.UNKNOWN:
        raise PermanentFailure(
            _("The mail was leaving when the connection broke, so nobody knows whether it arrived. Ask its recipient.")
        )
    return SentReply(name, "", datetime.now(UTC)) if fate == Fate.SENT else None


def try_sending(account: Account, *, seconds: float) -> None:
    """Sign in to the server that sends, without sending anything.

    :raises ConnectorFailed: it cannot be used, and why.
    """
    with Cutoff(seconds) as cutoff:
        backend = _Backend(account, cutoff, _nothing)
        try:
            _sign_in(backend, account, cutoff)
        finally:
            _close(backend)


def _send_with_copy(mailbox: BaseMailBox, account: Account, mail: EmailMessage, until: float) -> None:
    name = _name_of(mail)
    folder = sent_folder.open_sent(mailbox)
    fate = sent_folder.fate_of(mailbox, name)
    if fate == Fate.SENT:
        return
    if fate == Fate.UNKNOWN:
        # Whoever asks us to send has made sure that the earlier attempt came to nothing.
        sent_folder.take_back(mailbox, name)
    content = _LINE_END.sub(b"\r\n", mail.message().as_bytes())
    try:
        _hand_over(account, mail, until=until, before_data=lambda: _write_down(mailbox, account, folder, content))
    except OutcomeUnknown:
        raise
    except ConnectorFailed:
        with suppress(*ANY_FAILURE):
            sent_folder.take_back(mailbox, name)
        raise
    try:
        sent_folder.confirm(mailbox, name)
    except ANY_FAILURE as error:
        # It is out: what is wrong with its copy must not make it look otherwise.
        log.warning("copy of a sent mail not confirmed", host=account.imap.host, reason=type(error).__name__)


def _write_down(mailbox: BaseMailBox, account: Account, folder: str, content: bytes) -> None:
    host = {"host": account.imap.host}
    try:
        sent_folder.write_down(mailbox, folder, content)
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        raise TemporaryFailure(_("%(host)s cannot be reached, or the connection broke.") % host) from error
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        sentence = _("%(host)s keeps no copy among the sent mails, so nothing was sent: %(answer)s")
        raise PermanentFailure(sentence % {**host, "answer": answer_of(error)}) from error


def _hand_over(account: Account, mail: EmailMessage, *, until: float, before_data: Callable[[], None]) -> None:
    with Cutoff(max(until - time.monotonic(), 1.0)) as cutoff:
        backend = _Backend(account, cutoff, before_data)
        try:
            _sign_in(backend, account, cutoff)
            backend.send_messages([mail])
        except (smtplib.SMTPException, OSError, EOFError, ValueError) as error:
            sending_failed(account.smtp.host, error, has_left=backend.has_left)
        finally:
            _close(backend)


def _sign_in(backend: EmailBackend, account: Account, cutoff: Cutoff) -> None:
    with told(account.smtp, cutoff):
        try:
            backend.open()
        except (smtplib.SMTPException, ValueError) as error:
            sending_failed(account.smtp.host, error, has_left=False)


class _Backend(EmailBackend):
    """Django's way to send, over connections of ours."""

    def __init__(self, account: Account, cutoff: Cutoff, before_data: Callable[[], None]) -> None:
        by_token = account.sign_in == SignIn.XOAUTH2
        super().__init__(
            host=account.smtp.host,
            port=account.smtp.port,
            username=account.user,
            password=account.access_token if by_token else account.password,
            use_tls=account.smtp.security == Security.STARTTLS,
            use_ssl=account.smtp.security == Security.TLS,
            timeout=int(ANSWER_SECONDS),
        )
        self._client_class = smtp_client_class(
            account.smtp, cutoff, access_token=account.access_token if by_token else "", before_data=before_data
        )

    @property
    def connection_class(self) -> type[SmtpClient]:
        return self._client_class

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return trusted_authorities()

    @property
    def has_left(self) -> bool:
        """Whether the mail may be at the server."""
        return isinstance(self.connection, SmtpClient) and self.connection.has_left


def _close(backend: EmailBackend) -> None:
    # The mail is out or not by now: how the connection ends says nothing about it.
    connection = backend.connection
    with suppress(smtplib.SMTPException, OSError, EOFError):
        backend.close()
    if connection is not None:
        connection.close()


def _nothing() -> None:
    return None


def _name_of(mail: EmailMessage) -> str:
    return str(mail.extra_headers["Message-ID"])
