"""A mailbox by IMAP: opened, read on from where we were, and waited for."""

import imaplib
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime

from django.utils.translation import gettext
from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError

from listening.connectors.base import MAX_EXCERPT, FetchResult, PermanentFailure, Rejected, TemporaryFailure
from listening.connectors.email.account import Account, SignIn
from listening.connectors.email.failing import answer_of, sign_in_refused, told
from listening.connectors.email.network import Cutoff, imap_client
from listening.connectors.email.places import find_place, new_uids
from listening.connectors.email.reading import read_mail
from listening.heard import HeardItem
from socialhub.lib.told import Told
from socialhub.lib.told import told as _

FETCH_SECONDS = 90.0
# What is left for one mail; with less a page ends early.
SECONDS_FOR_ONE = 15.0
PAGE = 50
# Of a larger mail only the beginning is read: that is where its text is.
MAX_BYTES = 10_000_000
BEGINNING = 1_000_000
# An IDLE has to be renewed within 29 minutes; asking more often finds dead connections sooner.
IDLE_SECONDS = 60.0
LONGEST_WAIT = 25 * 60.0

_BROKEN = (imaplib.IMAP4.error, OSError, EOFError)
ANY_FAILURE = (*_BROKEN, ImapToolsError)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"\bUID (\d+)")


@contextmanager
def opened(account: Account, *, seconds: float) -> Iterator[BaseMailBox]:
    """Sign in to a mailbox for at most ``seconds``.

    :raises TemporaryFailure: it cannot be reached, or it took too long.
    :raises AuthorisationFailure: it does not let us in.
    :raises PermanentFailure: it may not be connected to.
    """
    with Cutoff(seconds) as cutoff, told(account.imap, cutoff):
        mailbox = _MailBox(account, cutoff)
        try:
            _sign_in(mailbox, account)
            yield mailbox
        finally:
            with suppress(*ANY_FAILURE):
                mailbox.logout()
            # A farewell that failed leaves the connection open.
            with suppress(OSError):
                mailbox.client.shutdown()


def hear(account: Account, cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
    """Return the next page of mails; nothing in the mailbox changes, not even what counts as read."""
    items: dict[str, HeardItem] = {}
    rejected: list[Rejected] = []
    with opened(account, seconds=FETCH_SECONDS) as mailbox:
        until = time.monotonic() + FETCH_SECONDS - SECONDS_FOR_ONE
        place = find_place(mailbox, account, cursor, at)
        uids = new_uids(mailbox, place)
        broke = False
        for uid in uids[:PAGE]:
            try:
                item = _read_one(mailbox, account, uid, at)
            except _BROKEN as error:
                broke = True
                if place.broke(uid):
                    rejected.append(_unreadable(uid, answer_of(error)))
                    place.passed(uid)
                break
            place.passed(uid)
            if isinstance(item, Rejected):
                rejected.append(item)
            elif item is not None:
                # Two with one id: the first is the one that was there when the other was written.
                items.setdefault(item.external_id, item)
            if time.monotonic() > until:
                break
        is_complete = not uids or place.uid == uids[-1]
    return FetchResult(
        items=list(items.values()),
        rejected=rejected,
        cursor=asdict(place),
        is_complete=is_complete,
        # A server that breaks off is given the time until the next look.
        has_more=not is_complete and not broke,
    )


def wait(account: Account, cursor: Mapping[str, object], *, at: datetime, seconds: float) -> bool:
    """Wait until there is something that ``hear`` would return, and tell whether there is.

    :raises PermanentFailure: the server does not tell of news.
    """
    seconds = min(seconds, LONGEST_WAIT)
    with opened(account, seconds=seconds + IDLE_SECONDS) as mailbox:
        until = time.monotonic() + seconds
        place = find_place(mailbox, account, cursor, at)
        if place.breaks:
            # What is new cannot be read at the moment; being told of it again and again helps nobody.
            raise TemporaryFailure(_("%(host)s broke off at a mail.") % {"host": account.imap.host})
        _status, capabilities = mailbox.client.capability()
        if b"IDLE" not in capabilities[0].upper().split():
            raise PermanentFailure(_("%(host)s does not tell of new mails.") % {"host": account.imap.host})
        # Looked for after every sign of life and every minute: a sign may come just before we listen for it.
        while not new_uids(mailbox, place):
            left = until - time.monotonic()
            if left <= 0:
                return False
            mailbox.idle.wait(timeout=min(left, IDLE_SECONDS))
    return True


def count_mails(account: Account, *, seconds: float) -> int:
    """Return how many mails the folder holds."""
    with opened(account, seconds=seconds) as mailbox:
        mailbox.folder.set(account.folder, readonly=True)
        return mailbox.folder.status(account.folder, ["MESSAGES"]).get("MESSAGES", 0)


class _MailBox(BaseMailBox):
    def __init__(self, account: Account, cutoff: Cutoff) -> None:
        self._way = account.imap, cutoff
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return imap_client(*self._way)


def _sign_in(mailbox: BaseMailBox, account: Account) -> None:
    try:
        if account.sign_in == SignIn.XOAUTH2:
            proof = f"user={account.user}\x01auth=Bearer {account.access_token}\x01\x01".encode()
            # A refusal comes as a challenge with its reasons, to be answered by nothing.
            mailbox.client.authenticate("XOAUTH2", lambda challenge: b"" if challenge else proof)
        elif account.user.isascii() and account.password.isascii():
            mailbox.login(account.user, account.password, initial_folder=None)
        else:
            mailbox.login_utf8(account.user, account.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise sign_in_refused(account.imap.host, error) from error


def _read_one(mailbox: BaseMailBox, account: Account, uid: int, at: datetime) -> HeardItem | Rejected | None:
    """Read one mail; None when somebody has taken it away meanwhile."""
    head = _fetch(mailbox, uid, "(UID RFC822.SIZE INTERNALDATE)")
    if head is None:
        still_there = mailbox.uids(f"UID {uid}", charset=None)
        return _unreadable(uid, _("It says nothing of it.")) if str(uid) in still_there else None
    told_size = _SIZE.search(head)
    size = int(told_size[1]) if told_size else 0
    part = f"<0.{BEGINNING}>" if size > MAX_BYTES else ""
    raw = _fetch(mailbox, uid, f"(UID BODY.PEEK[]{part})", wants_body=True)
    if raw is None:
        return _unreadable(uid, gettext("It does not hand it over."))
    try:
        return read_mail(raw, account=account, received_at=_received_at(head), at=at, size=size if part else 0)
    except Exception as error:  # noqa: BLE001 - whatever a mail can do to its parser, the next one is read
        excerpt = raw[:MAX_EXCERPT].decode("utf-8", "replace")
        return Rejected(
            excerpt,
            _("This mail is built so that it cannot be read (%(reason)s).") % {"reason": type(error).__name__},
        )


def _fetch(mailbox: BaseMailBox, uid: int, parts: str, *, wants_body: bool = False) -> bytes | None:
    """Return what the server says of one mail, or the mail itself; None when it has none of that number."""
    status, answer = mailbox.client.uid("FETCH", str(uid), parts)
    if status != "OK":
        raise imaplib.IMAP4.error(
            b" ".join(part for part in answer if isinstance(part, bytes)).decode("utf-8", "replace")
        )
    for part in answer:
        # Others may be told of in passing, whose flags somebody has just changed.
        if wants_body and isinstance(part, tuple) and b"BODY[]" in part[0].upper():
            return bytes(part[1])
        if not wants_body and isinstance(part, bytes) and (told_uid := _UID.search(part)) and int(told_uid[1]) == uid:
            return part
    return None


def _received_at(head: bytes) -> datetime | None:
    try:
        moment = imaplib.Internaldate2tuple(head)
        return datetime.fromtimestamp(time.mktime(moment), UTC) if moment else None
    except (ValueError, OverflowError):
        return None


def _unreadable(uid: int, answer: Told | str) -> Rejected:
    reason = _("The server was asked for this mail and did not give it: %(answer)s")
    return Rejected(gettext("Mail %(uid)d") % {"uid": uid}, reason % {"answer": answer})
