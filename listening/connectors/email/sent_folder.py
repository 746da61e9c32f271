"""The folder of sent mails: where a mail is written down before it leaves, so that a later look knows.

The copy is a draft until the server has taken the mail. A draft found there
later says that nobody can know; no copy says that nothing left.
"""

import imaplib
from datetime import UTC, datetime
from enum import StrEnum

from imap_tools import BaseMailBox

# Where a server does not mark its folder, by the names that mail programs give it.
_NAMES = frozenset({"sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete elemente", "envoyés"})
_DRAFT = r"(\Draft)"


class Fate(StrEnum):
    """What the folder says of a mail."""

    SENT = "sent"
    UNKNOWN = "unknown"
    ABSENT = "absent"


def open_sent(mailbox: BaseMailBox) -> str:
    """Open the folder of sent mails for writing, making one where there is none, and return its name."""
    folders = mailbox.folder.list()
    marked = [folder.name for folder in folders if "\\sent" in {flag.lower() for flag in folder.flags}]
    named = [folder.name for folder in folders if folder.name.rpartition(folder.delim or "/")[2].lower() in _NAMES]
    name = (marked + named + ["Sent"])[0]
    if not marked and not named:
        mailbox.folder.create(name)
    mailbox.folder.set(name)
    return name


def fate_of(mailbox: BaseMailBox, message_id: str) -> Fate:
    """Look for a mail in the folder that is open."""
    if _find(mailbox, message_id, "UNDRAFT"):
        return Fate.SENT
    return Fate.UNKNOWN if _find(mailbox, message_id, "DRAFT") else Fate.ABSENT


def write_down(mailbox: BaseMailBox, folder: str, mail: bytes) -> None:
    """Put a copy of what is about to leave into the folder."""
    mailbox.append(mail, folder, dt=datetime.now(UTC), flag_set=["\\Draft", "\\Seen"])


def confirm(mailbox: BaseMailBox, message_id: str) -> None:
    """Let the copy be that of a mail that was sent."""
    mailbox.client.noop()
    for uid in _find(mailbox, message_id, "DRAFT"):
        _store(mailbox, uid, "-FLAGS.SILENT", _DRAFT)


def take_back(mailbox: BaseMailBox, message_id: str) -> None:
    """Take the copy of a mail away that surely did not leave."""
    mailbox.client.noop()
    for uid in _find(mailbox, message_id, "DRAFT"):
        _store(mailbox, uid, "+FLAGS.SILENT", r"(\Deleted)")
        # Without the extension only everything that others have marked could be removed: it stays, marked.
        if "UIDPLUS" in mailbox.client.capabilities:
            mailbox.client.uid("EXPUNGE", uid)


def _find(mailbox: BaseMailBox, message_id: str, kind: str) -> list[str]:
    return list(mailbox.uids(f'UNDELETED {kind} HEADER Message-ID "{message_id}"', charset=None))


def _store(mailbox: BaseMailBox, uid: str, change: str, flags: str) -> None:
    status, answer = mailbox.client.uid("STORE", uid, change, flags)
    if status != "OK":
        raise imaplib.IMAP4.error(*answer)
