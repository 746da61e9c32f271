from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from listening.connectors.base import OutgoingReply, PermanentFailure
from listening.connectors.email.account import account_of
from listening.connectors.email.composing import compose

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = UUID("00000000-0000-0000-0000-00000000002a")
ACCOUNT = account_of(
    {
        "address": "care@example.test",
        "sender_name": "Nordlys Käre",
        "imap_host": "imap.example.test",
        "smtp_host": "smtp.example.test",
    }
)
HEARD: dict[str, object] = {
    "message_id": "<c@x>",
    "references": ["<a@x>", "<b@x>"],
    "subject": "My order",
    "sender": "anna@example.com",
}


def written(text: str = "On its way.", **changes: object) -> EmailMessage:
    reply = OutgoingReply(KEY, text, "<c@x>", "private", {**HEARD, **changes})
    content = compose(ACCOUNT, reply, at=NOON).message().as_bytes()
    return message_from_bytes(content, policy=policy.default)  # type: ignore[return-value]


def test_an_answer_stands_under_what_it_answers():
    mail = written()

    assert {name: str(value) for name, value in mail.items()} == {
        "Content-Type": 'text/plain; charset="utf-8"',
        "MIME-Version": "1.0",
        "Content-Transfer-Encoding": "7bit",
        "Subject": "Re: My order",
        "From": "Nordlys Käre <care@example.test>",
        "To": "anna@example.com",
        "Message-ID": "<0000000000000000000000000000002a.socialhub@example.test>",
        "Date": "Sun, 22 Nov 2026 12:00:00 +0000",
        "In-Reply-To": "<c@x>",
        "References": "<a@x> <b@x> <c@x>",
    }
    assert mail.get_content() == "On its way."


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Re: AW: RE[2]: My order", "Re: My order"),
        ("Regarding my order", "Re: Regarding my order"),
        ("My\r\nBcc: evil@example.com", "Re: My Bcc: evil@example.com"),
        ("", "Re:"),
        (None, "Re:"),
        ("Größe 👟", "Re: Größe 👟"),
        ("x" * 400, "Re: " + "x" * 250),
    ],
)
def test_the_subject_stays_and_smuggles_nothing(subject, expected):
    mail = written(subject=subject)

    assert str(mail["Subject"]) == expected
    assert mail["Bcc"] is None


def test_a_long_line_of_ancestors_is_folded():
    references = [f"<{number:060}@mail.example.com>" for number in range(40)]

    assert str(written(references=references)["References"]).split() == [*references, "<c@x>"]


@pytest.mark.parametrize(
    "changes",
    [{"message_id": "", "references": []}, {"message_id": None, "references": "<a@x>"}, {"message_id": "<ä@x>"}],
)
def test_without_an_id_nothing_is_referred_to(changes):
    mail = written(**changes)

    assert (mail["In-Reply-To"], mail["References"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reply_to": ["anna@home.example", "bo@home.example"]}, "anna@home.example"),
        ({"reply_to": ["care@example.test"]}, "anna@example.com"),
        ({"reply_to": ["broken", "a@b, c@d"]}, "anna@example.com"),
        ({"reply_to": ["a@b\r\nBcc: c@d"]}, "anna@example.com"),
    ],
)
def test_the_answer_goes_to_one_whom_the_mail_names(changes, expected):
    assert str(written(**changes)["To"]) == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sender": ""}, "The mail names no address to which an answer could go."),
        ({"sender": "care@example.test"}, "The mail names no address to which an answer could go."),
        ({"bounce": "anna@example.com"}, "This is a notice of a mail server; nobody reads an answer to it."),
    ],
)
def test_what_nobody_would_read_is_not_written(changes, reason):
    with pytest.raises(PermanentFailure) as refusal:
        written(**changes)

    assert str(refusal.value) == reason
