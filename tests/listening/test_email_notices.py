from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from listening.connectors.email.account import account_of
from listening.connectors.email.naming import message_id
from listening.connectors.email.reading import read_mail
from listening.heard import HeardItem, clean_item

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECEIVED = NOON - timedelta(minutes=5)
OURS = message_id(UUID(int=1), "example.test")
ACCOUNT = account_of(
    {
        "address": "care@example.test",
        "imap_host": "mail.example.test",
        "smtp_host": "mail.example.test",
        "our_handles": ["Help@Example.Test"],
    }
)


def read(raw: bytes | str, **more: object) -> HeardItem:
    mail = raw.encode() if isinstance(raw, str) else raw
    item = read_mail(mail, account=ACCOUNT, received_at=RECEIVED, at=NOON, **more)
    return clean_item(item, at=NOON)


def mail(body: str = "Where is my order?", **headers: str) -> str:
    told = {
        "From": "Anna Alm <Anna@Example.com>",
        "To": "care@example.test",
        "Subject": "My order",
        "Message-ID": "<1@example.com>",
        "Date": "Sun, 22 Nov 2026 11:30:00 +0100",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value is not None)
    return f"{head}\r\n{body}"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "Auto-Submitted"),
        ({"Auto_Submitted": "auto-generated; owner-email=x@y"}, "Auto-Submitted"),
        ({"Auto_Submitted": "no"}, ""),
        ({"Auto_Submitted": "No (a person)"}, "Auto-Submitted"),
        ({"Precedence": "Bulk"}, "Precedence"),
        ({"Precedence": "list"}, "Precedence"),
        ({"Precedence": "junk"}, "Precedence"),
        ({"Precedence": "first-class"}, ""),
        ({"List_Id": "News <news.example.com>"}, "List-Id"),
        ({"Return_Path": "<>"}, "Return-Path"),
        ({"Return_Path": "<anna@example.com>"}, ""),
        ({"X_Autoreply": "yes"}, "X-Autoreply"),
        ({"From": "MAILER-DAEMON@example.com"}, "From"),
        ({"Content_Type": "multipart/report; boundary=b"}, "multipart/report"),
        ({}, ""),
    ],
)
def test_what_a_machine_sent_is_automatic(headers, why):
    item = read(mail(**headers))

    assert (item.is_automatic, item.raw.get("automatic", "")) == (bool(why), why)


def report(action: str, *, third: str, diagnostic: str = "Diagnostic-Code: smtp; 550 5.1.1 no such person\r\n") -> str:
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.test\r\n\r\n"
        f"Final-Recipient: rfc822; Anna@example.com\r\nAction: {action}\r\nStatus: 5.1.1\r\n{diagnostic}\r\n"
        f"--b\r\n{third}\r\n--b--"
    )
    return mail(
        body,
        From="Mail Delivery System <MAILER-DAEMON@mx.example.test>",
        Subject="Undelivered",
        Content_Type="multipart/report; report-type=delivery-status; boundary=b",
        Return_Path="<>",
    )


WHOLE = f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {OURS}\r\nSubject: Re: My order\r\n\r\nOn its way."
HEAD = f"Content-Type: text/rfc822-headers\r\n\r\nSubject: Re: My order\r\nMessage-ID: {OURS}"


@pytest.mark.parametrize("third", [WHOLE, HEAD])
def test_a_bounce_belongs_to_the_answer_that_bounced(third):
    item = read(report("failed", third=third))

    assert (item.text, item.in_reply_to, item.ancestors) == (
        "The mail to Anna@example.com could not be delivered: 550 5.1.1 no such person",
        OURS,
        (OURS,),
    )
    assert (item.is_automatic, item.raw["bounce"], item.raw["history"]) == (
        True,
        "Anna@example.com",
        "This is the mail system.",
    )


def test_a_delay_is_no_bounce():
    item = read(report("delayed", third=HEAD))

    assert item.text == (
        "The mail to Anna@example.com has not arrived yet; the mail server keeps trying. 550 5.1.1 no such person"
    )
    assert "bounce" not in item.raw
    assert item.is_automatic is True


def test_a_bounce_that_returns_nothing_is_threaded_by_its_own_references():
    raw = report("failed", third="Content-Type: text/plain\r\n\r\n").replace(
        "Subject: ", f"References: {OURS}\r\nSubject: ", 1
    )

    assert read(raw).in_reply_to == OURS


def test_a_bounce_of_the_older_kind_names_who_failed():
    item = read(mail("A message could not be delivered.", X_Failed_Recipients="anna@example.com", References=OURS))

    assert (item.text, item.in_reply_to, item.is_automatic) == (
        "The mail to anna@example.com could not be delivered.",
        OURS,
        True,
    )


def test_a_receipt_belongs_to_the_mail_that_was_read():
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nIt was displayed.\r\n--b\r\n"
        f"Content-Type: message/disposition-notification\r\n\r\nOriginal-Message-ID: {OURS}\r\n"
        "Disposition: manual-action; displayed\r\n--b--"
    )

    item = read(mail(body, Content_Type="multipart/report; report-type=disposition-notification; boundary=b"))

    assert (item.text, item.in_reply_to, item.is_automatic) == ("It was displayed.", OURS, True)
    assert "bounce" not in item.raw
