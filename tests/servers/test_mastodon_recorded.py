"""The Mastodon connector against what a real Mastodon 4.7.3 answered, as recorded in Mastodon.py's source package."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from listening.connectors.mastodon import calls
from listening.connectors.mastodon.connector import MastodonConnector
from listening.connectors.mastodon.reading import heard_status
from listening.heard import clean_item

PACKAGE = "mastodon-py==2.3.3"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = {"server": "https://recorded.example", "token": "recorded"}
CONNECTOR = MastodonConnector()
Tapes = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def tapes(tmp_path_factory) -> Tapes:
    """Return the recorded exchanges of each cassette."""
    folder = tmp_path_factory.mktemp("recorded")
    environment = folder / "venv"
    source = ["--quiet", "--no-deps", "--no-binary", "mastodon-py", "--dest", str(folder), PACKAGE]
    for command in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(environment / "bin/python"), "-m", "pip", "download", *source],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"The recordings of {PACKAGE} cannot be had: {done.stderr[-1000:]}")
    with tarfile.open(next(folder.glob("mastodon_py-*.tar.gz"))) as package:
        package.extractall(folder, filter="data")
    files = sorted(folder.glob("mastodon_py-*/tests/cassettes/*.yaml"))
    loaded = {file.stem: yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader) for file in files}
    return {name: tape["interactions"] for name, tape in loaded.items() if "interactions" in tape}


@pytest.fixture
def replay(monkeypatch) -> Callable[[list[dict[str, Any]]], list[str]]:
    """Have a cassette answer; what it did not record is not there."""

    def play(tape: list[dict[str, Any]]) -> list[str]:
        asked: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(f"{request.method} {request.url.path}")
            for exchange in tape:
                recorded = exchange["request"]
                if (recorded["method"], urlsplit(recorded["uri"]).path.rstrip("/")) == (
                    request.method,
                    request.url.path,
                ):
                    told = exchange["response"]
                    headers = {name: values[0] for name, values in told["headers"].items()}
                    headers.pop("transfer-encoding", None)
                    body = httpx.ByteStream(told["body"]["string"].encode())
                    return httpx.Response(told["status"]["code"], headers=headers, stream=body)
            return httpx.Response(404, stream=httpx.ByteStream(b'{"error":"Record not found"}'))

        monkeypatch.setattr(calls, "GuardedTransport", lambda **_told: httpx.MockTransport(answer))
        return asked

    return play


def statuses_in(told: object) -> Iterator[dict[str, Any]]:
    """Find every post in an answer, however deep."""
    if isinstance(told, dict):
        if {"uri", "content", "visibility", "account"} <= told.keys():
            yield told
        for value in told.values():
            yield from statuses_in(value)
    elif isinstance(told, list):
        for value in told:
            yield from statuses_in(value)


def test_every_recorded_post_is_heard(tapes):
    posts = []
    for tape in tapes.values():
        for exchange in tape:
            body = exchange["response"]["body"]["string"]
            try:
                told = json.loads(body)
            except ValueError:
                continue
            posts += list(statuses_in(told))

    heard = [clean_item(heard_status(post, at=AT), at=AT) for post in posts]

    assert len(posts) == 496
    assert {item.external_id for item in heard} == {post["uri"] for post in posts}
    assert [item for item in heard if "<p>" in item.text or "</" in item.text] == []
    assert {item.is_private for item in heard} == {True, False}
    assert all(item.author_id.startswith("http") and "@" in item.author_handle for item in heard)


def test_recorded_mention_is_heard(tapes, replay):
    me = next(
        exchange
        for exchange in tapes["test_status_reply"]
        if exchange["request"]["uri"].endswith("/api/v1/accounts/verify_credentials")
    )
    asked = replay([me, *tapes["test_notifications_mentions_only"]])

    result = CONNECTOR.fetch(SETTINGS, {}, at=AT)

    posted = json.loads(tapes["test_notifications_mentions_only"][0]["response"]["body"]["string"])
    assert [(item.external_id, item.raw["id"]) for item in result.items] == [(posted["uri"], posted["id"])]
    assert result.items[0].text == "@mastodonpy_test hello!"
    assert result.cursor["mentions"] == {"known": "21"}
    assert result.budget is not None
    assert (result.budget.left, result.budget.of) == (299, 300)
    assert result.budget.resets_at == datetime(2026, 10, 14, 19, 10, 0, 554744, tzinfo=UTC)
    assert asked[-1] == "GET /api/v1/notifications"


def test_recorded_server_says_what_it_allows(tapes, replay):
    me = tapes["test_status_reply"]
    about = [
        exchange
        for tape in tapes.values()
        for exchange in tape
        if urlsplit(exchange["request"]["uri"]).path.rstrip("/") == "/api/v1/instance"
    ]
    replay([*me, *tapes["test_notifications_mentions_only"], *about])

    assert CONNECTOR.check(SETTINGS).endswith("an answer may have 500 characters.")
