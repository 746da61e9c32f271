from typing import Any

import pytest

from listening.connectors.mastodon.reading import heard_status
from tests.factories.teams import NOON

QUOTED = {"url": "https://far.example/@b/2", "content": "<p>Tables wobble.</p>", "account": {"acct": "b@far.example"}}


def raw_of(quote: Any) -> dict[str, Any]:
    account = {"id": "7", "acct": "anna"}
    status = {"id": "1", "uri": "https://far.example/1", "content": "<p>See</p>", "account": account, "quote": quote}
    return dict(heard_status(status, at=NOON).raw)


@pytest.mark.parametrize("quote", [QUOTED, {"state": "accepted", "quoted_status": QUOTED}])
def test_the_post_that_is_quoted_is_kept_with_its_author(quote):
    assert raw_of(quote)["quoted"] == {
        "url": "https://far.example/@b/2",
        "name": "b@far.example",
        "text": "Tables wobble.",
    }


@pytest.mark.parametrize("quote", [None, "x", [], {}, {"state": "pending", "quoted_status": None}, {"url": 3.5}])
def test_a_quote_that_cannot_be_read_is_left_out(quote):
    assert "quoted" not in raw_of(quote)


def test_of_a_long_post_that_is_quoted_the_beginning_is_kept():
    assert len(raw_of({**QUOTED, "content": "x" * 9_000})["quoted"]["text"]) == 500
