import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from listening.connectors import feed, feed_parsing, registry
from listening.connectors.base import FetchResult, Rejected
from listening.connectors.email.account import account_of
from listening.connectors.email.reading import read_mail
from listening.heard import HeardItem
from listening.models import Channel, Mention
from listening.services import fetching
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.faults.mutations import Document, documents, mutated
from tests.support.hearing import said
from tests.support.network import Network

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(3600),
    # The parsers of feeds and of HTML mention what they find odd.
    pytest.mark.filterwarnings("ignore"),
]

# ``SOCIALHUB_FUZZ_CASES=20000`` with real data takes some minutes.
CASES = int(os.environ.get("SOCIALHUB_FUZZ_CASES", "300"))
BATCH = 100
# The parser of feeds is stopped after as much.
LONGEST_SECONDS = 10
ACCOUNT = account_of(
    {
        "address": "help@nordlys.example",
        "imap_host": "imap.example",
        "smtp_host": "smtp.example",
        "password": "secret",
    }
)


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def read(document: Document) -> list[HeardItem | Rejected]:
    """Return what a connector makes of a document, in this process: twenty thousand children would take hours."""
    with no_longer_than(LONGEST_SECONDS):
        if document.is_mail:
            return [read_mail(document.body, account=ACCOUNT, received_at=NOON, at=NOON)]
        found = feed_parsing.parse(document.body, content_type="", location="https://feed.example/")
        items, rejected = feed.heard_entries(json.loads(json.dumps(found)), feed_url="https://feed.example/", at=NOON)
        return [*items, *rejected]


class Poured(Network):
    """A network that tells what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[HeardItem | Rejected] = []

    def fetch(self, settings: object, cursor: object, *, at: object) -> FetchResult:
        items = [one for one in self.heard if isinstance(one, HeardItem)]
        return FetchResult(items=items, rejected=[one for one in self.heard if isinstance(one, Rejected)])


@pytest.fixture
def poured(monkeypatch) -> Poured:
    made = Poured()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


def cases() -> Iterator[Document]:
    """Yield every document as it is, then as many mutations as were asked for."""
    sources = documents()
    yield from sources
    chance = random.Random(os.environ.get("SOCIALHUB_FUZZ_SEED", "7"))
    for _ in range(CASES):
        yield mutated(chance.choice(sources), sources, chance)


def store(channel: Channel, poured: Poured, number: int) -> None:
    channel.refresh_from_db()
    at = NOON + timedelta(minutes=10 * number)
    assert fetching.fetch_channel(channel_id=channel.pk, at=at) is not None, Channel.objects.get().problem


def test_whatever_becomes_of_feeds_and_mails_nothing_breaks_and_no_neighbour_is_lost(poured):
    channel = ChannelFactory(kind="scripted", next_fetch_at=NOON)
    count = 0
    for count, document in enumerate(cases(), start=1):
        try:
            found = read(document)
        except Exception as error:  # noqa: BLE001 - any is a failure, and its document is wanted
            pytest.fail(f"Case {count}: {type(error).__name__}: {error}\n{document.body[:2000]!r}")
        # Each case has ids of its own: a second copy of one would be an edit.
        poured.heard += [
            replace(one, external_id=f"{count} {one.external_id}"[:500]) if isinstance(one, HeardItem) else one
            for one in found
        ]
        poured.heard.append(said(f"neighbour {count}", f"Neighbour number {count}.", author=f"author {count % 50}"))
        if count % BATCH == 0:
            store(channel, poured, count // BATCH)
            poured.heard = []
    store(channel, poured, count // BATCH + 1)

    assert count == len(documents()) + CASES
    assert Mention.objects.filter(external_id__startswith="neighbour ").count() == count
