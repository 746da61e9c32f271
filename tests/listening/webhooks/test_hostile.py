import json
import re
import string
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listening.heard import Unusable, clean_item
from listening.models import SetAside, WebhookCall
from listening.services import webhooks
from listening.webhooks.challenges import answer_challenge
from listening.webhooks.mapped import Unmappable
from listening.webhooks.mapping import MAPPINGS, map_call
from listening.webhooks.signatures import BadSignature, require_signed
from tests.factories.teams import NOON
from tests.support.signing import SECRET, webhook_channel


def words(text):
    return re.findall(r"\S+", text)


# What the mappings look for, so that the strange values stand where they are read.
NAMES = st.sampled_from(
    words(
        """mentions gone external_id text title published_at author id name handle url reach in_reply_to language
    is_private object entry time changes field value from username item verb comment_id media_id post_id parent_id
    created_time message data timestamp permalink messaging for_user_id tweet_create_events tweet_delete_events status
    user screen_name id_str full_text extended_tweet retweeted_status lang created_at event_type payload filter includes
    users referenced_tweets type author_id note_tweet statuses kind snippet items replies comments topLevelComment
    videoId textOriginal textDisplay publishedAt authorChannelId authorDisplayName parentId"""
    )
)
WORDS = st.sampled_from(
    [
        "page",
        "instagram",
        "comments",
        "mentions",
        "feed",
        "comment",
        "status",
        "add",
        "remove",
        "post.create",
        "post.delete",
        "youtube#comment",
        "youtube#commentThread",
        "2026-03-04T11:00:00Z",
        "Wed Mar 04 11:00:00 +0000 2026",
        "1772622000",
        "99999999999999",
        "0001-01-01",
        "\x00",
        "\ud800",
        "<br>",
        "&lt;",
    ]
)
LEAVES = st.one_of(
    WORDS,
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(),
    st.text(max_size=20),
    st.characters(categories=["Cs", "Cc"]),
)
TREES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), below, max_size=6),
    max_leaves=25,
)
BODIES = st.one_of(TREES.map(lambda tree: json.dumps(tree).encode("utf-8", "surrogatepass")), st.binary(max_size=300))
HEADERS = st.dictionaries(
    st.sampled_from(
        words(
            """webhook-id webhook-timestamp webhook-signature svix-id svix-timestamp svix-signature x-hub-signature-256
        x-slack-signature x-slack-request-timestamp x-twitter-webhooks-signature"""
        )
    ),
    st.one_of(st.text(max_size=60), st.sampled_from(["v1,", "sha256=", "v0=", "1772625600", "9" * 400, "١"])),
)
SCHEMES = st.sampled_from(["standard", "hub", "slack", "x", "", "morse"])


@settings(max_examples=600, deadline=None)
@given(mapping=st.sampled_from(sorted(MAPPINGS)), body=BODIES)
def test_whatever_a_call_says_it_is_mapped_or_named(mapping, body):
    try:
        mapped = map_call(mapping, body, at=NOON)
    except Unmappable:
        return
    for found in [*mapped.found, *mapped.notices]:
        with suppress(Unusable):
            clean_item(found.item, at=NOON)
    for rejected in mapped.rejected:
        assert rejected.reason
        rejected.raw_excerpt.encode()


@settings(max_examples=400, deadline=None)
@given(scheme=SCHEMES, headers=HEADERS, body=BODIES, secrets=st.lists(st.text(max_size=40), max_size=2))
def test_whatever_is_sent_without_the_secret_is_refused(scheme, headers, body, secrets):
    with pytest.raises(BadSignature):
        require_signed(scheme, secrets=[SECRET, *secrets], headers=headers, body=body, at=NOON)


@settings(max_examples=200, deadline=None)
@given(
    scheme=SCHEMES,
    query=st.dictionaries(
        st.sampled_from(["crc_token", "hub.mode", "hub.verify_token", "hub.challenge"]),
        st.one_of(st.just("subscribe"), st.text(max_size=30), st.characters(categories=["Cs"])),
    ),
)
def test_a_challenge_is_answered_or_refused(scheme, query):
    try:
        echo = answer_challenge(scheme, secrets=[SECRET], verify_token=string.ascii_letters, query=query)
    except BadSignature:
        return
    assert scheme == "x"
    assert json.loads(echo.text)["response_token"].startswith("sha256=")


@pytest.mark.django_db
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mapping=st.sampled_from(sorted(MAPPINGS)), body=BODIES)
def test_whatever_was_accepted_is_read(mapping, body):
    channel = webhook_channel(mapping=mapping)
    WebhookCall.objects.create(channel=channel, event_id="1", body=body, received_at=NOON)

    assert webhooks.read_calls(channel_id=channel.pk, at=NOON) == 1

    assert not WebhookCall.objects.filter(read_at=None).exists()
    assert not SetAside.objects.filter(channel=channel, reason__startswith="Socialhub could not").exists()
