"""What went wrong with a mail server, in the words of connectors."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import httpcore
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError

from listening.connectors.base import (
    AuthorisationFailure,
    ConnectorFailed,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from listening.connectors.email.account import Server
from listening.connectors.email.network import Cutoff
from socialhub.lib.guarded_network import AddressNotPublic
from socialhub.lib.told import told as _

MAX_ANSWER = 300
# What a server says of itself and not of our password (RFC 5530).
_LATER = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "TOO MANY", "TRY AGAIN", "TEMPORAR")
# The first codes of SMTP's two kinds of refusal.
_LATER_CODES = 400
_REFUSED = 500
_WRONG_SIGN_IN = frozenset({530, 534, 535, 538})


@contextmanager
def told(server: Server, cutoff: Cutoff) -> Iterator[None]:
    """Turn what a connection to ``server`` can raise into the failures of connectors."""
    host = {"host": server.host}
    try:
        yield
    except AddressNotPublic as error:
        raise PermanentFailure(
            _("%(host)s leads to an address inside the network, which is not connected to.") % host
        ) from error
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise TemporaryFailure(_("%(host)s cannot be found.") % host) from error
    except ssl.SSLCertVerificationError as error:
        sentence = _("The certificate of %(host)s is not to be trusted: %(reason)s.")
        raise PermanentFailure(sentence % {**host, "reason": error.verify_message}) from error
    except ssl.SSLError as error:
        raise TemporaryFailure(_("%(host)s does not speak TLS at this port, or broke it off.") % host) from error
    except (imaplib.IMAP4.abort, EOFError, OSError) as error:
        if not cutoff.left:
            sentence = _("%(host)s did not finish within %(seconds)d seconds.")
            raise TemporaryFailure(sentence % {**host, "seconds": round(cutoff.seconds)}) from error
        raise TemporaryFailure(_("%(host)s cannot be reached, or the connection broke.") % host) from error
    except MailboxFolderSelectError as error:
        raise PermanentFailure(_("The folder cannot be opened: %(answer)s") % {"answer": answer_of(error)}) from error
    except (imaplib.IMAP4.error, ImapToolsError, ValueError, LookupError, TypeError) as error:
        # The libraries trip in many ways over what is not IMAP.
        sentence = _("%(host)s refused: %(answer)s")
        raise TemporaryFailure(sentence % {**host, "answer": answer_of(error)}) from error


def sign_in_refused(host: str, error: Exception) -> ConnectorFailed:
    """Return what it means that an IMAP server does not let us in."""
    answer = answer_of(error)
    told = {"host": host, "answer": answer}
    if any(word in answer.upper() for word in _LATER):
        return TemporaryFailure(_("%(host)s lets nobody in now: %(answer)s") % told)
    return AuthorisationFailure(_("%(host)s does not accept our sign-in: %(answer)s") % told)


def sending_failed(host: str, error: Exception, *, has_left: bool) -> NoReturn:
    """Raise what it means that a mail could not be sent.

    :raises ConnectorFailed: always.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        _raise_code(host, code, said, error, has_left=has_left)
    if isinstance(error, smtplib.SMTPResponseException):
        _raise_code(host, error.smtp_code, error.smtp_error, error, has_left=has_left)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        raise PermanentFailure(
            _("%(host)s does not offer what the settings ask for, a sign-in or encryption.") % {"host": host}
        ) from error
    if isinstance(error, ValueError):
        raise PermanentFailure(_("The mail cannot be written: %(reason)s") % {"reason": str(error)}) from error
    _raise_broken(host, error, has_left=has_left)


def answer_of(error: Exception) -> str:
    """Return what a server answered, as a text on one line."""
    result = getattr(error, "command_result", None)
    said = result[1] if result else error.args
    parts = said if isinstance(said, list | tuple) else [said]
    return " ".join(_text(part) for part in parts if part)[:MAX_ANSWER]


def _text(said: object) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.replace("\x00", " ").split())


def _raise_code(host: str, code: int, said: object, error: Exception, *, has_left: bool) -> NoReturn:
    answer = f"{code} {_text(said)}"[:MAX_ANSWER]
    if code in _WRONG_SIGN_IN:
        sentence = _("%(host)s does not accept our sign-in: %(answer)s")
        raise AuthorisationFailure(sentence % {"host": host, "answer": answer}) from error
    if _REFUSED <= code < _REFUSED + 100:
        raise PermanentFailure(_("%(host)s refused the mail: %(answer)s") % {"host": host, "answer": answer}) from error
    if _LATER_CODES <= code < _LATER_CODES + 100:
        sentence = _("%(host)s does not take the mail now: %(answer)s")
        raise TemporaryFailure(sentence % {"host": host, "answer": answer}) from error
    _raise_broken(host, error, has_left=has_left)


def _raise_broken(host: str, error: Exception, *, has_left: bool) -> NoReturn:
    if has_left:
        sentence = _("The connection to %(host)s broke after the mail had left, so nobody knows whether it took it.")
        raise OutcomeUnknown(sentence % {"host": host}) from error
    raise TemporaryFailure(_("%(host)s cannot be reached, or the connection broke.") % {"host": host}) from error
