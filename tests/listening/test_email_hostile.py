"""What others wrote, mutilated, and built to hurt: a mail is heard or set aside, in bounded time, never more."""

import base64
import gzip
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listening.connectors.email.account import account_of
from listening.connectors.email.reading import read_mail
from listening.heard import HeardItem, clean_item

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = account_of(
    {"address": "care@example.test", "imap_host": "mail.example.test", "smtp_host": "mail.example.test"}
)
REALDATA = os.environ.get("SOCIALHUB_REALDATA", "")
MAX_EXAMPLES = int(os.environ.get("SOCIALHUB_FUZZ", "300"))
# On a loaded machine with two cores; the slowest takes half a second on a quiet one.
SECONDS = 10.0
SIZE = 1_000_000
HEAD = b"From: anna@example.com\r\nMessage-ID: <1@example.com>\r\n"
SEEDS = [
    HEAD + b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nIn-Reply-To: <0@x>\r\n\r\nWhere is it?\r\n> Soon.\r\n",
    HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Gr=C3=BC=C3=9Fe</p>\r\n--b\r\n"
    b"Content-Type: application/pdf; name*=utf-8''a%20b.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"AAAA\r\n--b--\r\n",
    HEAD + b"Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nAction: failed\r\nFinal-Recipient: rfc822; a@b\r\n"
    b"Diagnostic-Code: smtp; 550 no\r\n\r\n--b\r\n"
    b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <0@x>\r\n\r\nx\r\n--b--\r\n",
]


def read(raw: bytes) -> HeardItem:
    return clean_item(read_mail(raw, account=ACCOUNT, received_at=NOON, at=NOON), at=NOON)


def assert_storable(item: HeardItem) -> None:
    told = json.dumps(item.raw) + item.text + item.title + item.author_id + item.external_id
    assert "\x00" not in told
    assert "\\u0000" not in told
    told.encode()
    assert "\n" not in item.title
    assert len(item.text) <= 100_000


def real_mails() -> list[bytes]:
    with gzip.open(Path(REALDATA) / "emails_mime.ndjson.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return [base64.b64decode(row["base64"]) if row.get("base64") else row["text"].encode() for row in rows]


@st.composite
def mutilated(draw: st.DrawFn, mails: list[bytes]) -> bytes:
    raw = bytearray(draw(st.sampled_from(mails))[:20_000])
    for _change in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(len(raw) - 1, 0)))
        length = draw(st.integers(0, 60))
        kind = draw(st.sampled_from(["replace", "insert", "remove", "repeat", "cut", "swap"]))
        if kind == "replace":
            raw[place : place + length] = draw(st.binary(max_size=60))
        elif kind == "insert":
            raw[place:place] = draw(
                st.sampled_from(
                    [b"\x00", b"\r\n\r\n", b"=?utf-8?B?", b"?=", b"--b", b'"', b";", b"<", b"\xff\xfe", b"\r"]
                )
            )
        elif kind == "remove":
            del raw[place : place + length]
        elif kind == "repeat":
            raw[place:place] = bytes(raw[place : place + length]) * draw(st.integers(1, 40))
        elif kind == "cut":
            del raw[place:]
        else:
            raw[place : place + length] = bytes(reversed(raw[place : place + length]))
    return bytes(raw)


@settings(max_examples=MAX_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutilated(SEEDS))
def test_a_mutilated_mail_is_heard(raw):
    assert_storable(read(raw))


@settings(max_examples=MAX_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=2_000))
def test_any_bytes_are_heard(raw):
    assert_storable(read(raw))


@pytest.mark.realdata
@pytest.mark.skipif(not REALDATA, reason="needs SOCIALHUB_REALDATA")
def test_every_real_mail_is_heard():
    mails = real_mails()

    items = [read(raw) for raw in mails]

    assert len(items) == 208
    for item in items:
        assert_storable(item)
    assert sum(item.author_id != "unknown" for item in items) > 150
    assert sum("bounce" in item.raw for item in items) >= 5


@pytest.mark.realdata
@pytest.mark.skipif(not REALDATA, reason="needs SOCIALHUB_REALDATA")
@pytest.mark.timeout(3600)
def test_every_mutilated_real_mail_is_heard():
    mails = real_mails()

    @settings(max_examples=MAX_EXAMPLES * 4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mutilated(mails))
    def is_heard(raw: bytes) -> None:
        assert_storable(read(raw))

    is_heard()


def filled(start: bytes, part: bytes, end: bytes = b"\r\n\r\nx") -> bytes:
    return HEAD + start + part * (SIZE // len(part)) + end


HTML = b"Content-Type: text/html\r\n\r\n"
ANSWER = b"In-Reply-To: <00000000000000000000000000000001.socialhub@x>\r\n\r\nhi\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(filled(b"Content-Type: text/plain", b';"'), id="parameters"),
        pytest.param(filled(b"Content-Type: text/plain", b';"\r\n '), id="folded parameters"),
        pytest.param(filled(b"Content-Disposition: attachment", b';a*0="'), id="continued parameters"),
        pytest.param(filled(b"Subject: ", b"=?utf-8?q?a?= "), id="encoded words"),
        pytest.param(filled(b"Subject: ", b"=?a?q?"), id="half encoded words"),
        pytest.param(filled(b"To: ", b"("), id="brackets"),
        pytest.param(filled(b"To: ", b"a@b.c,"), id="recipients"),
        pytest.param(filled(b"References: ", b"<"), id="references"),
        pytest.param(filled(b"", b"a: b\r\n", b"\r\nx"), id="headers"),
        pytest.param(filled(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"--b\r\n\r\nx\r\n"), id="parts"),
        pytest.param(
            filled(
                b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
                b"Content-Type: message/delivery-status\r\n\r\n",
                b"a: b\n\n",
            ),
            id="status",
        ),
        pytest.param(filled(HTML, b"<div>"), id="nested elements"),
        pytest.param(filled(HTML, b"<"), id="opening brackets"),
        pytest.param(filled(HTML, b"<!--"), id="comments"),
        pytest.param(filled(HTML, b"<b><i><font>"), id="formatting"),
        pytest.param(filled(HTML, b"&"), id="references to characters"),
        pytest.param(HEAD + HTML + b"".join(b"<b a=%d><p>" % n for n in range(9_900)), id="formatting that stays open"),
        pytest.param(HEAD + HTML + b"".join(b"<html a%d=1>" % n for n in range(19_000)), id="attributes of the page"),
        pytest.param(filled(b"\r\n", b" \n"), id="empty lines"),
        pytest.param(filled(ANSWER, b">\n"), id="quotes"),
    ],
)
def test_a_mail_built_to_hurt_costs_little(raw):
    begin = time.thread_time()

    item = read(raw)

    assert time.thread_time() - begin < SECONDS
    assert_storable(item)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)),
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    ],
)
def test_a_mail_nested_without_end_is_set_aside_by_whoever_reads_it(raw):
    with pytest.raises(RecursionError):
        read(raw)
