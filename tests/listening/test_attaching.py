"""What goes out with an answer, and answers in parts, on the networks that take them."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest

from listening.connectors.attachments import OutgoingAttachment
from listening.connectors.base import OutgoingReply, PermanentFailure, TemporaryFailure
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.email.account import account_of
from listening.connectors.email.composing import compose
from listening.connectors.mastodon import attaching
from listening.connectors.mastodon.connector import MastodonConnector
from listening.connectors.mastodon.sending import preface
from tests.listening.bluesky_service import NOON, POSTS, US, Bluesky
from tests.listening.bluesky_service import Fault as BlueskyFault
from tests.listening.bluesky_service import uri as bluesky_uri
from tests.listening.mastodon_server import TOKEN, Fault, MastodonServer

KEY = UUID("00000000-0000-4000-8000-000000000001")
LATER_KEY = UUID("00000000-0000-4000-8000-000000000002")
POST = "POST /api/v1/statuses"
MEDIA = "POST /api/v2/media"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(attaching, "PAUSE", 0)


def a_map(alt: str = "A map.", **more: object) -> OutgoingAttachment:
    told = {"name": "map.jpg", "media_type": "image/jpeg", "size": 9, "sha256": "00", "width": 40, "height": 30}
    return OutgoingAttachment(**{**told, "alt": alt, "read": lambda: b"\xff\xd8\xffpicture", **more})


def mastodon(far: MastodonServer) -> dict[str, object]:
    return {"server": far.address, "token": TOKEN}


def to(status: dict, text: str = "Look.", **more: object) -> OutgoingReply:
    told = {"id": status["id"], "acct": "bob@pub.example"}
    return OutgoingReply(
        **{
            "key": KEY,
            "text": text,
            "in_reply_to": status["uri"],
            "visibility": "public",
            "in_reply_to_raw": told,
            **more,
        }
    )


def test_mastodon_gets_the_picture_before_the_answer_that_names_it(far):
    asked = far.mention("@acme where?")

    MastodonConnector().send(mastodon(far), to(asked, attachments=(a_map(),)))

    assert far.pictures == [("map.jpg", "image/jpeg", b"\xff\xd8\xffpicture", "A map.")]
    assert far.posted[0]["media_ids[]"] == "1"
    assert far.paths()[-2:] == ["/api/v2/media", "/api/v1/statuses"]


def test_mastodon_is_waited_for_while_it_looks_at_a_picture(far):
    asked, far.looks = far.mention("@acme where?"), 3

    MastodonConnector().send(mastodon(far), to(asked, attachments=(a_map(""),)))

    assert far.paths().count("/api/v1/media/1") == 2
    assert far.pictures[0][3] == ""
    assert len(far.posted) == 1


def test_an_older_server_takes_pictures_at_the_older_address(far):
    asked, far.takes_pictures_at = far.mention("@acme where?"), ("/api/v1/media",)

    MastodonConnector().send(mastodon(far), to(asked, attachments=(a_map(),)))

    assert far.posted[0]["media_ids[]"] == "1"


def test_a_server_that_takes_no_pictures_gets_no_answer(far):
    asked, far.takes_pictures_at = far.mention("@acme where?"), ()

    with pytest.raises(PermanentFailure, match="does not take pictures"):
        MastodonConnector().send(mastodon(far), to(asked, attachments=(a_map(),)))

    assert far.posted == []


@pytest.mark.parametrize("fault", [Fault(cut_after=5), Fault(status=502, body={}), Fault(status=503, body={})])
def test_a_picture_that_may_have_arrived_is_tried_again_since_nothing_was_said(far, fault):
    asked = far.mention("@acme where?")
    far.faults[MEDIA] = fault

    with pytest.raises(TemporaryFailure):
        MastodonConnector().send(mastodon(far), to(asked, attachments=(a_map(),)))
    assert far.posted == []

    MastodonConnector().send(mastodon(far), to(asked, attachments=(a_map(),)))
    assert len(far.posted) == 1


def test_an_answer_with_a_picture_that_is_there_already_is_found_by_its_words(far):
    asked = far.mention("@acme where?")
    connector = MastodonConnector()
    connector.send(mastodon(far), to(asked, attachments=(a_map(),)))
    ours = next(status for status in far.statuses.values() if status["in_reply_to_id"])
    ours["media_attachments"] = [{"id": "1", "description": "A map."}]

    connector.send(mastodon(far), to(asked, attachments=(a_map(),)))

    assert (len(far.posted), len(far.pictures)) == (1, 1)


def test_a_server_says_how_many_and_how_large(far):
    far.instance = {
        "version": "4.4.0",
        "configuration": {
            "statuses": {"max_media_attachments": 6},
            "media_attachments": {
                "supported_mime_types": ["image/png", "image/jpeg", "video/mp4"],
                "image_size_limit": 8_000_000,
                "image_matrix_limit": 10_000_000,
                "description_limit": 1000,
            },
        },
    }
    connector = MastodonConnector()

    cursor = connector.fetch(mastodon(far), {}, at=datetime.now(UTC)).cursor

    limits = connector.attachment_limits({}, cursor)
    assert (limits.most, limits.most_bytes, limits.most_pixels, limits.most_alt) == (6, 8_000_000, 10_000_000, 1000)
    assert limits.media_types == ("image/jpeg", "image/png")
    assert connector.attachment_limits({}, {}) == attaching.DEFAULT_LIMITS


def test_a_later_part_answers_the_one_before_and_names_nobody_in_public(far):
    asked = far.mention("@acme where?")
    connector = MastodonConnector()
    first = connector.send(mastodon(far), to(asked, "First."))

    part = to(asked, "Second.", key=LATER_KEY, in_reply_to=first.external_id, in_reply_to_raw=first.raw)
    connector.send(
        mastodon(far),
        OutgoingReply(
            part.key,
            part.text,
            part.in_reply_to,
            "public",
            part.in_reply_to_raw,
            thread_raw={"acct": "bob@pub.example"},
        ),
    )

    assert [(post["status"], post["in_reply_to_id"]) for post in far.posted] == [
        ("@bob@pub.example First.", asked["id"]),
        ("Second.", first.raw["id"]),
    ]


def test_a_later_part_for_the_customer_alone_names_them_again(far):
    asked = far.mention("@acme where?", visibility="direct")
    connector = MastodonConnector()
    first = connector.send(mastodon(far), to(asked, "First."))

    connector.send(
        mastodon(far),
        OutgoingReply(
            LATER_KEY, "Second.", first.external_id, "private", first.raw, thread_raw={"acct": "bob@pub.example"}
        ),
    )

    assert [(post["status"], post["visibility"]) for post in far.posted] == [
        ("@bob@pub.example First.", "direct"),
        ("@bob@pub.example Second.", "direct"),
    ]


def test_room_is_kept_for_the_warning_and_the_name():
    assert preface({"acct": "bob@pub.example", "spoiler_text": "Power"}) == "Power @bob@pub.example "
    assert preface({}) == ""


@pytest.fixture
def bluesky_settings(bluesky: Bluesky) -> dict[str, object]:
    settings = bluesky.settings()
    return settings | dict(BlueskyConnector().renew(settings, at=NOON))


def ours(bluesky: Bluesky) -> list[dict]:
    return [post["record"] for post in bluesky.posts.values() if post["author"]["did"] == US]


def test_bluesky_shows_the_picture_with_its_words_and_shape(bluesky, bluesky_settings):
    asked = bluesky.mention("1")

    BlueskyConnector().send(
        bluesky_settings, OutgoingReply(KEY, "Look.", asked, "public", attachments=(a_map(), a_map("", width=None)))
    )

    assert bluesky.blobs == [("image/jpeg", b"\xff\xd8\xffpicture")] * 2
    blob = {"$type": "blob", "mimeType": "image/jpeg", "size": 10}
    assert ours(bluesky)[0]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [
            {
                "image": {**blob, "ref": {"$link": "blob-1"}},
                "alt": "A map.",
                "aspectRatio": {"width": 40, "height": 30},
            },
            {"image": {**blob, "ref": {"$link": "blob-2"}}, "alt": ""},
        ],
    }


def test_bluesky_gets_no_answer_while_a_picture_is_missing_and_one_in_the_end(bluesky, bluesky_settings):
    asked = bluesky.mention("1")
    reply = OutgoingReply(KEY, "Look.", asked, "public", attachments=(a_map(),))
    bluesky.fail("uploadBlob", BlueskyFault(502, "UpstreamFailure"), BlueskyFault(cut=True))

    for _n in range(2):
        with pytest.raises(TemporaryFailure):
            BlueskyConnector().send(bluesky_settings, reply)
    assert ours(bluesky) == []

    BlueskyConnector().send(bluesky_settings, reply)
    BlueskyConnector().send(bluesky_settings, reply)
    assert len(ours(bluesky)) == 1


def test_a_later_part_on_bluesky_stands_below_ours_before_readers_see_it(bluesky, bluesky_settings):
    asked = bluesky.mention("1")
    connector = BlueskyConnector()
    first = connector.send(bluesky_settings, OutgoingReply(KEY, "First.", asked, "public"))
    bluesky.blocked.add(first.external_id)

    connector.send(bluesky_settings, OutgoingReply(LATER_KEY, "Second.", first.external_id, "public", thread_raw={}))

    root = {"uri": asked, "cid": bluesky.posts[asked]["cid"]}
    above = {"uri": first.external_id, "cid": bluesky.posts[first.external_id]["cid"]}
    assert ours(bluesky)[1]["reply"] == {"root": root, "parent": above}


def test_a_later_part_whose_beginning_was_deleted_is_not_sent(bluesky, bluesky_settings):
    gone = bluesky_uri("gone", US)

    with pytest.raises(PermanentFailure, match="The part before this one is not on the network any more"):
        BlueskyConnector().send(bluesky_settings, OutgoingReply(KEY, "Second.", gone, "public", thread_raw={}))

    assert bluesky.asked["putRecord"] == 0
    assert POSTS in gone


def test_a_mail_carries_files_of_any_kind_as_they_are():
    account = account_of(
        {"address": "care@example.test", "imap_host": "imap.example.test", "smtp_host": "smtp.example.test"}
    )
    form = OutgoingAttachment("Förmular\r\nX: y.txt", "text/plain", 9, "00", read=lambda: b"one\rtwo\nthree")
    reply = OutgoingReply(KEY, "Here.", "<c@x>", "private", {"sender": "anna@example.com"}, (form, a_map("Ä map.")))

    mail = message_from_bytes(compose(account, reply, at=NOON).message().as_bytes(), policy=policy.default)

    body, first, second = mail.iter_parts()
    assert body.get_content().strip() == "Here."
    assert (first.get_filename(), first.get_content_type(), first.get_payload(decode=True)) == (
        "Förmular X: y.txt",
        "text/plain",
        b"one\rtwo\nthree",
    )
    assert (second.get_content_disposition(), second["Content-Description"]) == ("attachment", "Ä map.")
    assert second.get_payload(decode=True) == b"\xff\xd8\xffpicture"
