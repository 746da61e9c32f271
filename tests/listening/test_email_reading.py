from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
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


def test_a_mail_is_heard_as_it_was_written():
    item = read(mail(Reply_To="anna@home.example", Cc="Bo <bo@example.com>"))

    assert item == HeardItem(
        external_id="<1@example.com>",
        text="Where is my order?",
        title="My order",
        published_at=datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
        author_id="anna@example.com",
        author_name="Anna Alm",
        author_handle="anna@example.com",
        is_private=True,
        is_final=True,
        raw={
            "message_id": "<1@example.com>",
            "subject": "My order",
            "sender": "anna@example.com",
            "reply_to": ["anna@home.example"],
            "to": ["care@example.test"],
            "cc": ["bo@example.com"],
        },
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"In_Reply_To": "<b@x>", "References": "<a@x>\r\n\t<b@x>"}, ("<b@x>", "<a@x>")),
        ({"In_Reply_To": "Your mail of Monday", "References": "<a@x> <b@x>"}, ("<b@x>", "<a@x>")),
        ({"In_Reply_To": "Your mail <c@x> of Monday", "References": "<a@x>"}, ("<c@x>", "<a@x>")),
        ({"In_Reply_To": "nothing at all"}, ()),
        ({"References": "<a@x> <a@x> broken@x <b@x"}, ("<a@x>",)),
        ({"References": " ".join(f"<{n}@x>" for n in range(60))}, tuple(f"<{n}@x>" for n in [*range(59, 20, -1), 0])),
    ],
)
def test_the_ancestors_of_a_mail_are_told_nearest_first(headers, expected):
    item = read(mail(**headers))

    assert item.ancestors == expected
    assert item.in_reply_to == (expected[0] if expected else "")
    assert item.raw.get("references", []) == list(
        reversed(expected) if "c@x" not in str(headers) else ["<a@x>", "<c@x>"]
    )


@pytest.mark.parametrize(
    "message_ids", [{"Message_ID": None}, {"Message_ID": "no brackets"}, {"Message_ID": "<a b@x>"}]
)
def test_a_mail_without_an_id_is_known_by_what_it_is(message_ids):
    raw = mail(**message_ids)

    assert read(raw).external_id.startswith("sha256:")
    assert read(raw).external_id == read(raw).external_id
    assert read(raw).external_id != read(f"{raw}!").external_id
    assert "message_id" not in read(raw).raw


def test_of_two_ids_the_first_counts():
    assert read(f"Message-ID: <first@x>\r\n{mail()}").external_id == "<first@x>"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sun, 22 Nov 2026 09:00:00 -0000", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("yesterday", RECEIVED),
        (None, RECEIVED),
        ("Mon, 1 Jan 1900 00:00:00 +0000", RECEIVED),
        ("Fri, 22 Nov 2126 09:00:00 +0000", RECEIVED),
        ("Sun, 22 Nov 99999 09:00:00 +0000", RECEIVED),
        ("Sun, 22 Nov 2026 09:00:00 +9999999999", RECEIVED),
    ],
)
def test_where_the_date_cannot_be_the_server_knows_when_the_mail_came(date, expected):
    assert read(mail(Date=date)).published_at == expected


def test_without_any_date_a_mail_was_written_when_it_was_heard():
    item = read_mail(mail(Date=None).encode(), account=ACCOUNT, received_at=None, at=NOON)

    assert item.published_at == NOON


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?Q?Gr=FC=DFe?= an alle", "Grüße an alle"),
        ("=?x-unknown?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?one=0D=0ABcc:_evil@example.com?=", "one Bcc: evil@example.com"),
        ("=?utf-8?Q?a=00b?=", "ab"),
        ("=?utf-8?B?not base64!?=", "=?utf-8?B?not base64!?="),
        ("folded\r\n over lines", "folded over lines"),
        ("Gr\u00fc\u00dfe", "Grüße"),
    ],
)
def test_the_words_of_a_subject_are_decoded_on_one_line(written, expected):
    item = read(mail(Subject=written))

    assert (item.title, item.raw["subject"]) == (expected, expected)


def test_a_subject_in_raw_latin_letters_is_read():
    assert read(mail(Subject="Größe").encode("latin-1")).title == "Größe"


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("=?utf-8?Q?M=C3=BCller=2C_Jo?= <jo@example.com>", ("jo@example.com", "Müller, Jo")),
        ("jo@example.com", ("jo@example.com", "jo@example.com")),
        ('"Jo\r\n Bo" <JO@example.com>', ("jo@example.com", "Jo Bo")),
        ("nobody", ("nobody", "nobody")),
        (None, ("unknown", "")),
        ("<jo@example.com\x00>, bo@example.com", ("jo@example.com", "jo@example.com")),
    ],
)
def test_the_author_is_the_address_and_its_name(sender, expected):
    item = read(mail(From=sender))

    assert (item.author_id, item.author_name) == expected


def test_without_a_from_the_sender_or_the_return_path_says_who_wrote():
    assert read(mail(From=None, Sender="Bo <bo@x.example>")).author_id == "bo@x.example"
    assert read(mail(From=None, Return_Path="<bo@x.example>")).author_id == "bo@x.example"


@pytest.mark.parametrize("address", ["care@example.test", "CARE@example.test", "help@example.test"])
def test_what_comes_from_our_address_is_ours(address):
    assert read(mail(From=f"Us <{address}>")).is_ours is True


def test_what_our_own_form_sends_was_written_by_whom_it_names():
    item = read(mail(From="Website <care@example.test>", Reply_To="Anna <anna@example.com>"))

    assert (item.is_ours, item.author_id, item.author_name) == (False, "anna@example.com", "Anna")


def test_the_subject_of_an_answer_says_nothing_new():
    assert read(mail(Subject="AW: Re: My order", In_Reply_To="<0@x>")).title == ""
    assert read(mail(Subject="Another matter", In_Reply_To="<0@x>")).title == "Another matter"
    assert read(mail(Subject="Re: My order")).title == "Re: My order"


def alternatives(plain: str, rich: str) -> str:
    message = EmailMessage()
    message["From"], message["Message-ID"], message["Subject"] = "anna@example.com", "<1@x>", "Hello"
    message.set_content(plain)
    message.add_alternative(rich, subtype="html")
    return message.as_string()


def test_the_plain_text_is_what_a_mail_says():
    assert read(alternatives("Plain words.", "<p>Rich words.</p>")).text == "Plain words."


def test_without_plain_text_the_html_is_read_and_nothing_of_it_runs():
    rich = """<html><head><title>T</title><style>p {color: red}</style></head><body>
        <p>First&nbsp;line<br>second   line</p><script>alert(1)</script>
        <ul><li>one</li><li onclick="x()">two &lt;b&gt;</li></ul><!-- unseen --><img src=x onerror=alert(1)>
        <table><tr><td>a</td><td>b</td></tr></table></body></html>"""

    assert read(alternatives(" ", rich)).text == "First\xa0line\nsecond line\n\n- one\n- two <b>\n\na b"


def test_a_text_behind_another_part_is_not_lost():
    inner = (
        "--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n--b\r\nContent-Type: text/plain\r\n\r\nFooter\r\n--b--"
    )

    assert read(mail(inner, Content_Type="multipart/mixed; boundary=b")).text == "Hello\n\nFooter"


def test_attachments_are_named_and_not_kept():
    message = EmailMessage()
    message["From"], message["Message-ID"] = "anna@example.com", "<1@x>"
    message.set_content("See there.")
    message.add_attachment(b"x" * 2_500_000, maintype="image", subtype="jpeg", filename="Größe.jpg")
    message.add_attachment("words", filename="../../etc/passwd")

    item = read(message.as_bytes())

    assert item.text == "See there.\n\n[Attached: Größe.jpg (2.5 MB), ../../etc/passwd (1 kB).]"
    assert item.raw["attachments"] == [
        {"name": "Größe.jpg", "size": 2_500_000, "type": "image/jpeg"},
        {"name": "../../etc/passwd", "size": 6, "type": "text/plain"},
    ]


def test_an_empty_mail_is_heard():
    assert read(mail("", Subject=None)).text == "[The mail is empty.]"


def test_of_a_text_without_end_the_beginning_is_kept():
    item = read(mail("word " * 40_000))

    assert item.text.endswith("word\n\n[The text goes on; only its beginning is kept.]")


def test_of_a_mail_too_large_its_reader_knows_that_it_goes_on():
    item = read(mail("Hello"), size=27_000_000)

    assert item.text == "Hello\n\n[This mail has 27.0 MB; only its beginning was read.]"
    assert item.raw["size"] == 27_000_000


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/plain; charset=x-nonsense", "Gr\xfc\xdfe".encode(), "Grüße"),
        ("text/plain; charset=utf-8", "Gr\xfc\xdfe".encode("latin-1"), "Grüße"),
        ("text/plain; charset=idna", "Gr\xfc\xdfe".encode(), "Grüße"),
        ("text/plain; charset=hex", b"Hello", "Hello"),
        ("text/plain", b"a\x00b", "ab"),
        ("text/plain; charset=utf-7", b"+2AA-", "\ufffd"),
        ("text/plain;" + " a" * 50_000, b"Hello", "Hello"),
        ("multipart/mixed", b"no parts at all", "no parts at all"),
        ("multipart/mixed; boundary=b", b"no boundary", "no boundary"),
        ("not a type", b"Hello", "Hello"),
    ],
)
def test_a_text_in_whatever_charset_is_read(content_type, body, expected):
    assert read(mail("", Content_Type=content_type).encode() + body).text == expected


QUOTED = """It is here, thank you!

On Sun, 22 Nov 2026, Nordlys Care
<care@example.test> wrote:
> On its way.
>
> Nordlys"""


def test_what_is_quoted_of_our_own_answer_is_kept_apart():
    item = read(mail(QUOTED, In_Reply_To=OURS))

    assert item.text == "It is here, thank you!"
    assert item.raw["history"].startswith("On Sun, 22 Nov 2026")
    assert item.raw["history"].endswith("> Nordlys")


@pytest.mark.parametrize(
    "body",
    [
        "> On its way.\nWhen?\n> Nordlys\nTomorrow?",
        "> only what you said",
        "Look: a > b\n>",
    ],
)
def test_quotes_between_the_words_stay_where_they_are(body):
    assert read(mail(body, In_Reply_To=OURS)).text == (body if not body.endswith("\n>") else "Look: a > b")


def test_what_is_quoted_of_a_mail_that_we_never_saw_stays():
    assert read(mail(QUOTED, In_Reply_To="<other@x>")).text == QUOTED


def test_a_divider_of_outlook_ends_the_answer():
    body = "Thank you!\n\n-----Original Message-----\nFrom: Nordlys\nOn its way."

    assert read(mail(body, In_Reply_To=OURS)).text == "Thank you!"
