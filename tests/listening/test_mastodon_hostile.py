from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listening.connectors.mastodon.calls import Answer
from listening.connectors.mastodon.reading import heard_status, mark_of
from listening.connectors.mastodon.walk import Walk
from listening.heard import Unusable, clean_item

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["https://a.example/1", "http://[", "2026-11-22T11:00:00Z", "<p>&lt;", "7"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ACCOUNTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("id", "acct", "username", "display_name", "url", "uri", "followers_count", "bot"), VALUES),
)
NAMES = ("id", "uri", "url", "created_at", "content", "spoiler_text", "visibility", "language", "in_reply_to_id")
STATUSES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys((*NAMES, "edited_at", "media_attachments", "tags", "reblog"), VALUES)
    | {"account": VALUES | ACCOUNTS},
)
LOTS = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))


@LOTS
@given(STATUSES, st.none() | STATUSES)
def test_post_of_any_shape_is_heard_or_refused_with_a_reason(status, passed_on):
    told = status if passed_on is None else {**status, "reblog": passed_on}

    item = heard_status(told, at=NOON, our_id="1")
    mark_of(told)

    with suppress(Unusable):
        assert clean_item(item, at=NOON).published_at <= NOON


@LOTS
@given(st.lists(VALUES | STATUSES, max_size=45), VALUES, st.text(max_size=60))
def test_walk_takes_any_page_and_any_cursor(page, kept, link):
    walk, found, _again = Walk.of(kept).after(Answer(page, {"link": link}))

    assert len(found) <= len(page)
    assert Walk.of(walk.to_keep()) == walk
