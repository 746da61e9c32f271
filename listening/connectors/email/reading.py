"""One mail, from its bytes to what was heard."""

import email
import hashlib
import re
from datetime import datetime
from email.message import Message

from django.utils.translation import gettext as _

from listening.connectors.email.account import Account
from listening.connectors.email.headers import (
    addresses,
    date_of,
    header,
    message_ids,
    references_of,
    storable,
    without_long_headers,
    words_of,
)
from listening.connectors.email.naming import is_id_of_ours
from listening.connectors.email.notices import original_of_receipt, read_notice, why_automatic
from listening.connectors.email.wording import Attachment, split_history, text_and_attachments
from listening.heard import EARLIEST_YEAR, MAX_NAME_LENGTH, MAX_TEXT_LENGTH, HeardItem

MAX_LISTED = 50
# More than ten megabytes have when they are packed as mails pack files.
MAX_LINES = 200_000
# So that notes about the mail fit below its text.
MAX_MAIL_TEXT = MAX_TEXT_LENGTH - 5_000

_ANSWER = re.compile(r"(?:\s*(?:re|aw|antw|sv|vs|ref|rif|res|odp)(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)


def read_mail(raw: bytes, *, account: Account, received_at: datetime | None, at: datetime, size: int = 0) -> HeardItem:
    """Return what a mail says. ``size`` is how large it is when ``raw`` is only its beginning."""
    begin = raw
    if raw.count(b"\n") > MAX_LINES:
        begin, size = b"\n".join(raw.split(b"\n", MAX_LINES)[:-1]), size or len(raw)
    message = email.message_from_bytes(without_long_headers(begin))
    ids = message_ids(message, "Message-ID")
    references = references_of(message)
    automatic = why_automatic(message)
    sender_name, sender = _sender(message, account)
    is_ours = sender in account.our_addresses
    subject = words_of(message, "Subject")
    text, attachments = text_and_attachments(message)
    notice = read_notice(message, text)
    text, history = split_history(text) if any(map(is_id_of_ours, references)) else (text, "")
    if notice is not None:
        text, history = notice.sentence, text
    parent = notice.message_id if notice is not None else original_of_receipt(message)
    ancestors = [parent] if parent else _parents_first(message, references)
    # Of an answer the subject says nothing new, and of a notice our sentence says more.
    title = "" if notice is not None or (ancestors and _ANSWER.match(subject)) else subject
    return HeardItem(
        external_id=ids[0] if ids else f"sha256:{hashlib.sha256(raw).hexdigest()}",
        text=_whole_text(text, title, attachments, size),
        title=title,
        published_at=_published_at(message, received_at, at),
        author_id=sender,
        author_name=sender_name or sender,
        author_handle=sender,
        ancestors=tuple(ancestors),
        in_reply_to=ancestors[0] if ancestors else "",
        is_ours=is_ours,
        is_private=True,
        is_automatic=bool(automatic or notice),
        is_final=True,
        raw=_told(
            message_id=ids[0] if ids else "",
            references=references,
            subject=subject,
            sender=sender,
            reply_to=[address for _name, address in addresses(message, "Reply-To")][:MAX_LISTED],
            to=[address for _name, address in addresses(message, "To")][:MAX_LISTED],
            cc=[address for _name, address in addresses(message, "Cc")][:MAX_LISTED],
            automatic=automatic,
            bounce=notice.recipient or _("somebody") if notice is not None and notice.is_bounce else "",
            attachments=[
                {"name": one.name, "size": one.size, "type": one.content_type} for one in attachments[:MAX_LISTED]
            ],
            history=history[:MAX_TEXT_LENGTH],
            size=size,
        ),
    )


def _told(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}


def _sender(message: Message, account: Account) -> tuple[str, str]:
    """Return who wrote a mail.

    A form on our own website writes from our address and names the customer
    as the one to answer: then the customer wrote it.
    """
    told = [sender for name in ("From", "Sender") for sender in addresses(message, name)]
    if told and told[0][1] in account.our_addresses:
        others = [one for one in addresses(message, "Reply-To") if one[1] not in account.our_addresses]
        told = others or told
    if told:
        return told[0][0][:MAX_NAME_LENGTH], told[0][1]
    return words_of(message, "From")[:MAX_NAME_LENGTH], header(message, "Return-Path").strip("<>")[:MAX_NAME_LENGTH]


def _parents_first(message: Message, references: list[str]) -> list[str]:
    """Return the ancestors of a mail, nearest first: In-Reply-To knows best, where it names an id at all."""
    direct = message_ids(message, "In-Reply-To")[:1]
    return direct + [one for one in reversed(references) if one not in direct]


def _published_at(message: Message, received_at: datetime | None, at: datetime) -> datetime:
    """Return when a mail was written; where it says nothing possible, when the server or else we received it."""
    for moment in (date_of(message), received_at):
        if moment is not None and moment.year >= EARLIEST_YEAR and moment <= at:
            return moment
    return at


def _whole_text(text: str, title: str, attachments: list[Attachment], size: int) -> str:
    """Add to what a mail says what its reader has to know of the rest."""
    notes = []
    if len(text) > MAX_MAIL_TEXT:
        text = text[:MAX_MAIL_TEXT].rstrip()
        notes.append(_("The text goes on; only its beginning is kept."))
    if size:
        notes.append(_("This mail has %(size)s; only its beginning was read.") % {"size": _size(size)})
    if attachments:
        names = ", ".join(f"{one.name or one.content_type} ({_size(one.size)})" for one in attachments[:MAX_LISTED])
        notes.append(_("Attached: %(names)s.") % {"names": names[:3_000]})
    if not text.strip() and not title and not notes:
        notes.append(_("The mail is empty."))
    return storable("\n\n".join([text, *(f"[{note}]" for note in notes)]).strip())


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(count // 1000, 1)} kB"
