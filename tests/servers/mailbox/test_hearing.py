"""What is heard of a mailbox, page by page, whatever lies there and however the line breaks."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from listening.connectors.email import mailbox, places
from listening.connectors.email.account import account_of
from listening.connectors.email.reading import read_mail
from listening.models import Channel, Gap, Mention
from listening.services import fetching
from tests.listening.test_email_hostile import real_mails
from tests.servers.mail import HOST, letter
from tests.servers.mailbox.speaking import (
    CONNECTOR,
    connect,
    fetch,
    hear_all,
    look,
    now,
    write_to,
)
from tests.servers.wire import wire_to
from triage.models import Conversation

pytestmark = pytest.mark.timeout(300)


def test_the_channel_says_how_it_is(server, care):
    assert CONNECTOR.check(server.settings(care)) == f"INBOX holds 0 mails; sending as {care}@example.test works."


def test_mails_come_page_by_page_and_stay_unread(server, care, monkeypatch):
    monkeypatch.setattr(mailbox, "PAGE", 3)
    for number in range(7):
        server.put(letter(f"Mail {number}", subject=f"{number}").as_bytes(), user=care)

    first = fetch(server.settings(care))
    rest, cursor = hear_all(server.settings(care), first.cursor)
    nothing = fetch(server.settings(care), cursor)

    assert [item.title for item in first.items] == ["0", "1", "2"]
    assert (first.has_more, first.is_complete) == (True, False)
    assert [item.title for item in rest] == ["3", "4", "5", "6"]
    assert (nothing.items, nothing.has_more, nothing.is_complete, nothing.cursor) == ([], False, True, cursor)
    assert b"\\Seen" not in server.flags(care, "INBOX")


def test_what_lies_there_longer_is_left_unless_it_is_wanted(server, care):
    server.put(letter("Old").as_bytes(), user=care, when=now() - timedelta(days=40))
    server.put(letter("New").as_bytes(), user=care, when=now() - timedelta(days=1))

    assert [item.text for item in fetch(server.settings(care)).items] == ["New"]
    assert [item.text for item in fetch(server.settings(care, first_look_days="all")).items] == ["Old", "New"]


def test_an_old_mail_that_somebody_puts_there_is_heard(server, care):
    server.put(letter("Old").as_bytes(), user=care, when=now() - timedelta(days=40))
    told = server.settings(care)
    first = fetch(told)
    assert (first.items, fetch(told, first.cursor).items) == ([], [])

    server.put(letter("Older").as_bytes(), user=care, when=now() - timedelta(days=80))

    later = fetch(told, first.cursor)
    assert [item.text for item in later.items] == ["Older"]
    assert fetch(told, later.cursor).items == []


def test_where_a_mail_has_no_date_it_is_when_the_server_received_it(server, care):
    received = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=7)
    server.put(b"From: anna@example.test\r\nDate: broken\r\n\r\nHello", user=care, when=received)

    assert fetch(server.settings(care)).items[0].published_at == received


@pytest.mark.django_db
def test_numbers_given_anew_import_nothing_twice(server, care, policy):
    channel = connect(server.settings(care))
    for number in range(4):
        server.put(letter(f"Mail {number}").as_bytes(), user=care)
    server.put(b"From: anna@example.test\r\nSubject: no id\r\n\r\nHello", user=care)
    look(channel)
    before = dict(channel.cursor)

    server.forget_numbers(care)
    server.put(letter("Mail 5").as_bytes(), user=care)
    look(channel)

    assert channel.cursor["validity"] != before["validity"]
    assert (Mention.objects.count(), Conversation.objects.count()) == (6, 6)
    assert not Mention.objects.exclude(edited_at=None).exists()


@pytest.mark.django_db
def test_a_mail_that_cannot_be_read_stops_no_other(server, care, policy):
    channel = connect(server.settings(care))
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
    server.put(letter("Before").as_bytes(), user=care)
    server.put(b"Subject: nested\r\n" + nested, user=care)
    server.put(letter("After").as_bytes(), user=care)

    look(channel)

    set_aside = channel.set_aside.get()
    assert sorted(Mention.objects.values_list("text", flat=True)) == ["My order\nAfter", "My order\nBefore"]
    assert str(set_aside.problem) == "This mail is built so that it cannot be read (RecursionError)."
    assert set_aside.raw.startswith("Subject: nested")


def test_of_a_large_mail_the_beginning_is_read(server, care):
    mail = letter("See the pictures.")
    mail.add_attachment(b"\xff" * 11_000_000, maintype="image", subtype="jpeg", filename="huge.jpg")
    server.put(mail.as_bytes(), user=care)
    server.put(letter("After").as_bytes(), user=care)

    items = fetch(server.settings(care)).items

    assert [item.text.split("\n")[0] for item in items] == ["See the pictures.", "After"]
    assert "only its beginning was read" in items[0].text
    assert "huge.jpg" in items[0].text


def test_a_mail_wakes_who_waits_for_it(server, care):
    told = server.settings(care)
    cursor = fetch(told).cursor
    woken: list[object] = []
    waiting = threading.Thread(
        target=lambda: woken.extend([CONNECTOR.wait_for_news(told, cursor, seconds=30), time.monotonic()])
    )
    waiting.start()
    time.sleep(1.5)

    write_to(server, care, "Wake up!")
    arrived = time.monotonic()
    waiting.join(20)

    assert woken[0] is True
    assert float(str(woken[1])) - arrived < 1.5
    assert CONNECTOR.wait_for_news(told, cursor, seconds=30) is True
    assert CONNECTOR.wait_for_news(told, fetch(told, cursor).cursor, seconds=1) is False


def test_a_connection_cut_in_the_middle_of_a_page_loses_nothing(server, care):
    for number in range(6):
        server.put(letter(f"Mail {number}").as_bytes(), user=care)
    with wire_to(server.ports["imap"]) as wire:
        wire.word, wire.times = b"BODY.PEEK[]", 4
        cut = fetch(server.settings(care, imap_port=str(wire.port)))
    rest, _cursor = hear_all(server.settings(care), cut.cursor)

    assert [item.text for item in cut.items] == ["Mail 0", "Mail 1", "Mail 2"]
    assert (cut.has_more, cut.is_complete) == (False, False)
    assert [item.text for item in rest] == ["Mail 3", "Mail 4", "Mail 5"]


def test_a_mail_at_which_the_server_breaks_off_again_and_again_is_set_aside(server, care, monkeypatch):
    monkeypatch.setattr(places, "MOST_BREAKS", 3)
    for number in range(3):
        server.put(letter(f"Mail {number}").as_bytes(), user=care)
    cursor: dict[str, object] = {}
    heard, rejected = [], []
    with wire_to(server.ports["imap"]) as wire:
        wire.word = b"UID FETCH 2 (UID BODY.PEEK[])"
        for _look in range(5):
            result = fetch(server.settings(care, imap_port=str(wire.port)), cursor)
            heard += [item.text for item in result.items]
            rejected += result.rejected
            cursor = result.cursor

    assert heard == ["Mail 0", "Mail 2"]
    assert [one.raw_excerpt for one in rejected] == ["Mail 2"]


@pytest.mark.django_db
def test_a_server_that_is_restarted_is_heard_again(server, care, policy):
    channel = connect(server.settings(care))
    server.put(letter("Before").as_bytes(), user=care)
    look(channel)

    server.stop("dovecot")
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=now())
    fetching.fetch_channel(channel_id=channel.pk, at=now())
    channel.refresh_from_db()
    assert str(channel.problem) == f"{HOST} cannot be reached, or the connection broke."
    server.start("dovecot")
    server.put(letter("After").as_bytes(), user=care)
    look(channel)

    assert (channel.failure_count, Mention.objects.count()) == (0, 2)
    assert not Gap.objects.filter(channel=channel, ended_at=None).exists()


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
@pytest.mark.django_db
def test_of_all_real_mails_each_is_heard_and_so_is_what_lies_between(server, care, policy):
    channel = connect(server.settings(care, first_look_days="all"))
    mails = real_mails()
    for number, raw in enumerate(mails):
        server.put(raw, user=care)
        if number % 10 == 0:
            server.put(letter(f"Between {number}").as_bytes(), user=care)

    look(channel)

    texts = list(Mention.objects.values_list("text", flat=True))
    assert sum("Between " in text for text in texts) == len(mails[::10])
    # Some of them are the same mail with other endings of lines: known by their id.
    assert len(texts) + channel.set_aside.count() == len(mails[::10]) + len({known_as(raw) for raw in mails})
    assert channel.set_aside.count() == 0


def known_as(raw: bytes) -> str:
    account = account_of(dict.fromkeys(("imap_host", "smtp_host"), "mail.example") | {"address": "us@mail.example"})
    # As it comes back from a server.
    sent = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return read_mail(sent, account=account, received_at=now(), at=now()).external_id
