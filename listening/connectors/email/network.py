"""Connections to mail servers that somebody typed: addresses checked, and an end even where bytes only drip."""

import imaplib
import re
import smtplib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from django.conf import settings as django_settings

from listening.connectors.base import PermanentFailure
from listening.connectors.email.account import Security, Server
from socialhub.lib.guarded_network import checked_addresses, is_allowed, trusted_authorities
from socialhub.lib.told import told as _

CONNECT_SECONDS = 8.0
ANSWER_SECONDS = 20.0
# More than the largest mail that is asked for.
MAX_LITERAL = 12_000_000
_GO_AHEAD = 354
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class Cutoff:
    """Cuts every connection it watches when the time is over.

    The timeout of a socket begins anew with every byte, so it does not stop a server that drips.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds
        self._handles: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        for handle in self._handles:
            handle.close()

    def watch(self, connection: socket.socket) -> None:
        """Cut this one too."""
        # A handle of our own: TLS takes the other one away.
        self._handles.append(connection.dup())

    @property
    def left(self) -> float:
        """The seconds that are left, never less than none."""
        return max(self._until - time.monotonic(), 0.0)

    def _cut(self) -> None:
        for handle in self._handles:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)


def connect(server: Server, cutoff: Cutoff) -> socket.socket:
    """Connect to one of a server's addresses, each of which was checked.

    :raises PermanentFailure: a password would go over the internet for everybody to read.
    :raises AddressNotPublic: it is inside the network, and not allowed.
    :raises httpcore.ConnectError: there is no such host.
    :raises OSError: nobody answers.
    """
    allowed = django_settings.ALLOWED_INTERNAL_HOSTS
    if server.security == Security.NONE and not is_allowed(server.host, server.port, allowed):
        raise PermanentFailure(
            _(
                "Without encryption everybody could read the password: "
                "only hosts that ALLOWED_INTERNAL_HOSTS names can be used like that."
            )
        )
    wait = max(min(CONNECT_SECONDS, cutoff.left), 0.1)
    failure: OSError = ConnectionRefusedError(server.host)
    for address in checked_addresses(server.host, server.port, allowed_hosts=allowed, timeout=wait):
        try:
            connection = socket.create_connection((address, server.port), timeout=wait)
        except OSError as error:
            failure = error
        else:
            connection.settimeout(ANSWER_SECONDS)
            cutoff.watch(connection)
            return connection
    raise failure


class _BoundedImap(imaplib.IMAP4):
    def read(self, size: int) -> bytes:
        if size > MAX_LITERAL:
            raise self.abort(f"a literal of {size} bytes")
        return super().read(size)


class _PlainImap(_BoundedImap):
    def __init__(self, server: Server, cutoff: Cutoff) -> None:
        self._way = server, cutoff
        super().__init__(server.host, server.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return connect(*self._way)


class _TlsImap(imaplib.IMAP4_SSL, _BoundedImap):
    def __init__(self, server: Server, cutoff: Cutoff) -> None:
        self._way = server, cutoff
        super().__init__(server.host, server.port, ssl_context=trusted_authorities())

    def _create_socket(self, timeout: float | None) -> socket.socket:
        server, cutoff = self._way
        return trusted_authorities().wrap_socket(connect(server, cutoff), server_hostname=server.host)


def imap_client(server: Server, cutoff: Cutoff) -> imaplib.IMAP4:
    """Return a connection to an IMAP server, encrypted as the settings want it."""
    if server.security == Security.TLS:
        return _TlsImap(server, cutoff)
    client = _PlainImap(server, cutoff)
    if server.security == Security.STARTTLS:
        client.starttls(ssl_context=trusted_authorities())
    return client


class SmtpClient(smtplib.SMTP):
    """An SMTP connection that tells when a mail has left.

    ``before_data`` runs when the recipient is accepted and nothing of the mail is out.
    """

    server: Server
    cutoff: Cutoff
    access_token = ""
    has_left = False

    def before_data(self) -> None:
        """Do what must be done before the mail leaves."""

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> Any:
        """Sign in by a password, or by the access token if there is one."""
        if not self.access_token:
            return super().login(user, password, initial_response_ok=initial_response_ok)
        self.ehlo_or_helo_if_needed()
        proof = f"user={user}\x01auth=Bearer {self.access_token}\x01\x01"
        # A refusal comes as a challenge with its reasons, to be answered by nothing.
        return self.auth("XOAUTH2", lambda challenge=None: "" if challenge else proof)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the mail; only its last line makes it one, so until then nothing has left."""
        self.before_data()
        self.putcmd("data")
        code, answer = self.getreply()
        if code != _GO_AHEAD:
            raise smtplib.SMTPDataError(code, answer)
        lines = _LEADING_DOT.sub(b"..", msg)
        self.send(lines if lines.endswith(b"\r\n") else lines + b"\r\n")
        self.has_left = True
        self.send(b".\r\n")
        return self.getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect(self.server, self.cutoff)


class SmtpTlsClient(smtplib.SMTP_SSL, SmtpClient):
    """The same, encrypted from the first byte."""


def smtp_client_class(
    server: Server, cutoff: Cutoff, *, access_token: str, before_data: Callable[[], None]
) -> type[SmtpClient]:
    """Return a class whose instances connect to this server: Django makes them."""
    base = SmtpTlsClient if server.security == Security.TLS else SmtpClient
    told = {
        "server": server,
        "cutoff": cutoff,
        "access_token": access_token,
        "before_data": staticmethod(before_data),
    }
    return type("Connection", (base,), told)
