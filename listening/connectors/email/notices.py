"""Mails that machines wrote: answers of the absent, lists, and notices that a mail did not arrive."""

import email
import re
from dataclasses import dataclass
from email.message import Message

from django.utils.translation import gettext as _

from listening.connectors.email.headers import addresses, decode_bytes, header, message_ids, one_line, words_of
from listening.connectors.email.wording import inner_mails, leaves

MAX_REASON = 400
MAX_ADDRESS = 320
MAX_LINES = 200

_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_MARKS = ("List-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Failed-Recipients")
_MACHINE = "mailer-daemon"
_ORIGINAL = re.compile(r"^Original-Message-ID:\s*(<[^<>\s]{1,498}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a mail server tells about a mail: ``message_id`` is that of the mail, empty if it does not say."""

    recipient: str
    action: str
    reason: str
    message_id: str

    @property
    def is_bounce(self) -> bool:
        """Whether the mail did not arrive and never will."""
        return self.action == "failed"

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        told = {"recipient": self.recipient or _("somebody"), "reason": self.reason}
        if self.action == "delayed":
            return _("The mail to %(recipient)s has not arrived yet; the mail server keeps trying. %(reason)s") % told
        if not self.is_bounce:
            return _("The mail to %(recipient)s has arrived at its mail server.") % told
        if not self.reason:
            return _("The mail to %(recipient)s could not be delivered.") % told
        return _("The mail to %(recipient)s could not be delivered: %(reason)s") % told


def why_automatic(message: Message) -> str:
    """Return what marks a mail as written by a machine or sent to many; empty for what a person wrote to us."""
    submitted = header(message, "Auto-Submitted").lower()
    if submitted and submitted.partition(";")[0].strip() != "no":
        return "Auto-Submitted"
    if header(message, "Precedence").lower() in _BULK:
        return "Precedence"
    for mark in _MARKS:
        if mark in message:
            return mark
    if "Return-Path" in message and header(message, "Return-Path") in {"<>", ""}:
        return "Return-Path"
    if message.get_content_type() == "multipart/report":
        return "multipart/report"
    senders = addresses(message, "From")
    return "From" if senders and senders[0][1].partition("@")[0] == _MACHINE else ""


def read_notice(message: Message, text: str) -> Notice | None:
    """Return what a mail server tells of a mail of ours that did not arrive, if this is such a notice.

    ``text`` is what it says to people.
    """
    status: list[Message] = []
    original = ""
    for part in leaves(message):
        kind = part.get_content_type()
        inner = inner_mails(part)
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            status = inner
        elif kind in {"message/rfc822", "message/global"} and inner:
            original = original or _first(message_ids(inner[0], "Message-ID"))
        elif kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            written = part.get_payload(decode=True)
            head = email.message_from_bytes(written if isinstance(written, bytes) else b"")
            original = original or _first(message_ids(head, "Message-ID"))
    failed = addresses(message, "X-Failed-Recipients")
    if not status and not failed:
        return None
    # What a server returns without the mail may still be threaded under it.
    original = (
        original or _first(message_ids(message, "In-Reply-To")) or _first(message_ids(message, "References")[::-1])
    )
    named = failed[0][1] if failed else ""
    told = next((block for block in status if "Action" in block), None)
    if told is None:
        return Notice(named, "failed", _reason_in(text, named), original)
    recipient = (_typed(told, "Final-Recipient") or _typed(told, "Original-Recipient") or named)[:MAX_ADDRESS]
    reason = _typed(told, "Diagnostic-Code") or _reason_in(text, recipient) or header(told, "Status")
    return Notice(recipient, header(told, "Action").lower(), reason[:MAX_REASON], original)


def original_of_receipt(message: Message) -> str:
    """Return the id of the mail that a receipt says was displayed; empty if this is none."""
    for part in leaves(message):
        if part.get_content_type() == "message/disposition-notification":
            for block in inner_mails(part):
                if found := message_ids(block, "Original-Message-ID"):
                    return found[0]
            written = part.get_payload(decode=True)
            text = decode_bytes(written, None) if isinstance(written, bytes) else ""
            if match := _ORIGINAL.search(text):
                return match[1]
    return ""


def _first(found: list[str]) -> str:
    return found[0] if found else ""


def _typed(block: Message, name: str) -> str:
    """Return a field such as ``rfc822; anna@example.com`` without its type."""
    value = words_of(block, name)
    return value.partition(";")[2].strip() if ";" in value else value


def _reason_in(text: str, recipient: str) -> str:
    """Return what stands below the line that names who did not get the mail, as exim and others write it."""
    lines = [one_line(line) for line in text.split("\n")[:MAX_LINES]]
    place = next((at for at, line in enumerate(lines) if recipient and line.lower() == recipient.lower()), None)
    return next(filter(None, lines[place + 1 :]), "")[:MAX_REASON] if place is not None else ""
