"""An answer as a mail: to whom it goes, under what it stands, and how it is named."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.utils import format_datetime, formataddr

from django.core.mail import EmailMessage

from listening.connectors.attachments import OutgoingAttachment
from listening.connectors.base import OutgoingReply, PermanentFailure
from listening.connectors.email.account import Account, is_address
from listening.connectors.email.headers import one_line
from listening.connectors.email.naming import message_id
from socialhub.lib.told import told as _

MAX_SUBJECT = 250

_PREFIXES = re.compile(r"(?:(?:re|aw|antw|sv|vs)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def compose(account: Account, reply: OutgoingReply, *, at: datetime) -> EmailMessage:
    """Write the mail that answers what was heard.

    :raises PermanentFailure: there is nobody to whom it could be sent.
    """
    heard = reply.in_reply_to_raw
    recipient = _recipient(account, heard)
    parent = _id(heard.get("message_id"))
    line = [one for one in map(_id, _list(heard.get("references"))) if one and one != parent]
    headers = {"Message-ID": message_id(reply.key, account.domain), "Date": format_datetime(at)}
    if parent:
        headers["In-Reply-To"] = parent
        headers["References"] = " ".join([*line, parent])
    mail = EmailMessage(
        subject=_subject(heard.get("subject")),
        body=reply.text,
        from_email=formataddr((one_line(account.sender_name), account.address)),
        to=[recipient],
        headers=headers,
    )
    for attachment in reply.attachments:
        # As bytes, whatever they are: a text would be written anew with line ends of its own.
        mail.attach(_file(attachment))
    return mail


def _file(attachment: OutgoingAttachment) -> MIMEBase:
    main, _slash, sub = attachment.media_type.partition("/")
    file = MIMEBase(main, sub)
    file.set_payload(attachment.read())
    encode_base64(file)
    file.add_header("Content-Disposition", "attachment", filename=("utf-8", "", one_line(attachment.name)))
    if attachment.alt:
        # What mail programs read out instead of a picture.
        file.add_header("Content-Description", Header(one_line(attachment.alt), "utf-8").encode())
    return file


def _recipient(account: Account, heard: Mapping[str, object]) -> str:
    if heard.get("bounce"):
        raise PermanentFailure(_("This is a notice of a mail server; nobody reads an answer to it."))
    wanted = [*_list(heard.get("reply_to")), heard.get("sender")]
    # The first alone: whoever writes decides where our answer goes, but not to how many.
    for address in wanted:
        if isinstance(address, str) and is_address(address) and address not in account.our_addresses:
            return address
    raise PermanentFailure(_("The mail names no address to which an answer could go."))


def _subject(heard: object) -> str:
    subject = _PREFIXES.sub("", one_line(heard) if isinstance(heard, str) else "", count=1)
    return f"Re: {subject[:MAX_SUBJECT]}".strip()


def _id(value: object) -> str:
    # Encoded, an id would be another one.
    return value if isinstance(value, str) and value.isascii() and value.startswith("<") else ""


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
