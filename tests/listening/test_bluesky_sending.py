from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from listening.connectors.base import (
    OutcomeUnknown,
    OutgoingReply,
    PermanentFailure,
    RateLimited,
    SentReply,
    TemporaryFailure,
)
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.bluesky.facets import facets_of
from listening.connectors.bluesky.sending import record_key
from tests.listening.bluesky_service import ANNA, NOON, POSTS, US, Bluesky, Fault, uri

CONNECTOR = BlueskyConnector()
KEY = UUID("00000000-0000-4000-8000-000000000001")
RECORD_KEY = "2hd3bipx55wqu"
FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}\N{ZERO WIDTH JOINER}\N{BOY}"


@pytest.fixture
def settings_in(bluesky: Bluesky) -> dict[str, object]:
    settings = bluesky.settings()
    settings |= CONNECTOR.renew(settings, at=NOON)
    bluesky.asked.clear()
    return settings


@pytest.fixture
def mention(bluesky: Bluesky) -> str:
    return bluesky.mention("1", "@nordlys.test it is dark")


def reply(to: str, text: str = "We are on our way.", **change: object) -> OutgoingReply:
    return OutgoingReply(**({"key": KEY, "text": text, "in_reply_to": to, "visibility": "public"} | change))


def ours(bluesky: Bluesky) -> list[dict]:
    return [post["record"] for post in bluesky.posts.values() if post["author"]["did"] == US]


def reference(bluesky: Bluesky, address: str) -> dict[str, str]:
    return {"uri": address, "cid": bluesky.posts[address]["cid"]}


def test_answer_is_posted_below_the_mention(bluesky, settings_in, mention, time_machine):
    time_machine.move_to(NOON, tick=False)

    sent = CONNECTOR.send(settings_in, reply(mention, "We are on our way, @anna.test."))

    assert sent == SentReply(uri(RECORD_KEY, US), f"https://bsky.app/profile/{US}/post/{RECORD_KEY}", NOON)
    assert ours(bluesky) == [
        {
            "$type": POSTS,
            "text": "We are on our way, @anna.test.",
            "createdAt": "2026-11-22T12:00:00.000Z",
            "reply": {"root": reference(bluesky, mention), "parent": reference(bluesky, mention)},
            "facets": [
                {
                    "index": {"byteStart": 19, "byteEnd": 29},
                    "features": [{"$type": "app.bsky.richtext.facet#mention", "did": ANNA}],
                }
            ],
        }
    ]


def test_answer_deep_in_a_thread_names_what_began_it(bluesky, settings_in):
    root = {"uri": uri("root", "did:plc:bea"), "cid": "cid-root"}
    parent = bluesky.mention("1", reply={"root": root, "parent": {"uri": uri("between"), "cid": "cid-between"}})

    CONNECTOR.send(settings_in, reply(parent))

    assert ours(bluesky)[0]["reply"] == {"root": root, "parent": reference(bluesky, parent)}


def test_answer_is_to_the_mention_as_it_is_now(bluesky, settings_in, mention):
    heard = bluesky.posts[mention]["cid"]
    bluesky.say("1", "Edited")

    CONNECTOR.send(settings_in, reply(mention, in_reply_to_raw={"cid": heard}))

    assert ours(bluesky)[0]["reply"]["parent"] == reference(bluesky, mention)
    assert reference(bluesky, mention)["cid"] != heard


def test_answer_sent_twice_is_one_post(bluesky, settings_in, mention):
    first = CONNECTOR.send(settings_in, reply(mention))
    second = CONNECTOR.send(settings_in, reply(mention))

    assert (first.external_id, len(ours(bluesky))) == (second.external_id, 1)
    assert bluesky.asked["putRecord"] == 1


def test_answer_overtaken_by_another_try_is_one_post(bluesky, settings_in, mention):
    CONNECTOR.send(settings_in, reply(mention, "The first."))
    bluesky.fail("getRecord", Fault(400, "RecordNotFound"))

    sent = CONNECTOR.send(settings_in, reply(mention, "The second."))

    assert sent.external_id == uri(RECORD_KEY, US)
    assert [record["text"] for record in ours(bluesky)] == ["The first."]
    assert bluesky.asked["putRecord"] == 2


def test_other_keys_are_other_posts():
    keys = {record_key(uuid4()) for _n in range(1000)}

    assert record_key(KEY) == RECORD_KEY
    assert len(keys) == 1000
    assert all(len(key) == 13 and set(key) <= set("234567abcdefghijklmnopqrstuvwxyz") and key[0] == "2" for key in keys)


@pytest.mark.parametrize("fault", [Fault(cut=True), Fault(500, "InternalServerError", after=True)])
def test_answer_that_was_taken_though_the_network_broke_off_is_found(bluesky, settings_in, mention, fault):
    bluesky.fail("putRecord", fault)

    sent = CONNECTOR.send(settings_in, reply(mention))

    assert (sent.external_id, len(ours(bluesky))) == (uri(RECORD_KEY, US), 1)


def test_answer_that_was_surely_not_taken_can_be_tried_again(bluesky, settings_in, mention):
    bluesky.fail("putRecord", Fault(502, "UpstreamFailure"))

    with pytest.raises(TemporaryFailure):
        CONNECTOR.send(settings_in, reply(mention))

    assert ours(bluesky) == []


def test_answer_whose_fate_nobody_can_be_asked_for_is_unknown(bluesky, settings_in, mention):
    bluesky.fail("putRecord", Fault(cut=True))
    bluesky.fail("getRecord", Fault(400, "RecordNotFound"), Fault(503, "Unavailable"))

    with pytest.raises(OutcomeUnknown) as refusal:
        CONNECTOR.send(settings_in, reply(mention))

    assert str(refusal.value) == "The answer of 127.0.0.1 broke off or is not HTTP."
    assert CONNECTOR.look(settings_in, KEY) is not None


def test_look_finds_what_was_sent_and_nothing_else(bluesky, settings_in, mention, time_machine):
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    sent = CONNECTOR.send(settings_in, reply(mention))

    found = CONNECTOR.look(settings_in, KEY)

    assert found is not None
    assert (found.external_id, found.url) == (sent.external_id, sent.url)
    assert CONNECTOR.look(settings_in, uuid4()) is None


def test_deleted_mention_is_not_answered(bluesky, settings_in, mention):
    del bluesky.posts[mention]

    with pytest.raises(PermanentFailure) as refusal:
        CONNECTOR.send(settings_in, reply(mention))

    assert str(refusal.value) == (
        "The post was deleted, or its author and we have blocked each other: nobody would see an answer."
    )
    assert ours(bluesky) == []


def test_closed_thread_is_not_answered(bluesky, settings_in, mention):
    bluesky.posts[mention]["viewer"]["replyDisabled"] = True

    with pytest.raises(PermanentFailure) as refusal:
        CONNECTOR.send(settings_in, reply(mention))

    assert str(refusal.value) == "Whoever began this thread does not let us answer in it."
    assert ours(bluesky) == []


@pytest.mark.parametrize("viewer", [{"blockedBy": True}, {"blocking": "at://did:plc:us/app.bsky.graph.block/1"}])
def test_blocked_author_is_not_answered(bluesky, settings_in, mention, viewer):
    bluesky.posts[mention]["author"]["viewer"] = viewer

    with pytest.raises(PermanentFailure):
        CONNECTOR.send(settings_in, reply(mention))

    assert ours(bluesky) == []


def test_private_answer_is_not_posted_in_public(bluesky, settings_in, mention):
    with pytest.raises(PermanentFailure) as refusal:
        CONNECTOR.send(settings_in, reply(mention, visibility="private"))

    assert str(refusal.value) == "Answers on Bluesky are public, and this one was to be read by one person only."
    assert bluesky.asked == {}


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a" * 300, True), ("a" * 301, False), (FAMILY * 120, True), (FAMILY * 121, False), ("ä" * 300, True)],
)
def test_length_is_counted_as_readers_and_the_protocol_count(bluesky, settings_in, mention, text, fits):
    if fits:
        CONNECTOR.send(settings_in, reply(mention, text))
    else:
        with pytest.raises(PermanentFailure):
            CONNECTOR.send(settings_in, reply(mention, text))

    assert len(ours(bluesky)) == fits
    assert CONNECTOR.text_limit == 300


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(429, "RateLimitExceeded"), RateLimited),
        (Fault(400, "ExpiredToken"), TemporaryFailure),
        (Fault(400, "InvalidRequest"), PermanentFailure),
    ],
)
def test_refused_answer_says_whether_trying_again_helps(bluesky, settings_in, mention, fault, failure):
    bluesky.fail("putRecord", fault)

    with pytest.raises(failure) as refusal:
        CONNECTOR.send(settings_in, reply(mention))

    assert not isinstance(refusal.value, OutcomeUnknown)
    assert ours(bluesky) == []


def marked(text: str) -> list[tuple[str, str]]:
    """Return what is marked in a text and as what, as who counts in bytes sees it."""
    found = []
    for facet in facets_of(text, did_of=lambda handle: f"did:{handle}" if handle != "nobody.test" else ""):
        place, feature = facet["index"], facet["features"][0]
        begin, end = place["byteStart"], place["byteEnd"]
        found.append((text.encode()[begin:end].decode(), feature.get("uri") or feature.get("did") or feature["tag"]))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nothing here: a@b.example, 1#2, example.com", []),
        ("🇩🇪 see https://example.com/ä?q=1#x.", [("https://example.com/ä?q=1#x", "https://example.com/ä?q=1#x")]),
        ("(https://en.wikipedia.org/wiki/Lamp_(light)), yes", [("https://en.wikipedia.org/wiki/Lamp_(light)",) * 2]),
        ("(see https://example.com/a).", [("https://example.com/a",) * 2]),
        ("https:// and http://. are none", []),
        ("Hi @Anna.Test! and @nobody.test", [("@Anna.Test", "did:anna.test")]),
        ("(@anna.test) x@anna.test @anna", [("@anna.test", "did:anna.test")]),
        ("ü #Straße, #1 #5g ##x #" + "a" * 65, [("#Straße", "Straße"), ("#5g", "5g")]),
        ("#a https://a.example @b.test", [("#a", "a"), ("https://a.example",) * 2, ("@b.test", "did:b.test")]),
    ],
)
def test_links_mentions_and_hashtags_are_marked(text, expected):
    assert marked(text) == expected
