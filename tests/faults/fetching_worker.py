"""Workers that a test may kill: each line on standard input starts one, and says after how many pages.

Its process number comes back once it has done so many, with how long one of them took, and later with what it
ended. Meanwhile it is at one more page, after which it stands still: however slow or fast the machine is, it is
killed at work, and long before everything is heard. Django is loaded once and every worker is forked from it, so
that fifty of them start in a second. ``python -m tests.faults.fetching_worker CHANNEL careful|naive``
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import django

from listening.connectors.base import FetchResult
from listening.heard import HeardItem

COUNT = 6_000
PAGE = 50
# Each page repeats the end of the one before, as those of a network do where new posts push the old ones on.
OVERLAP = 5
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Paged:
    """A network of ``COUNT`` posts, told page by page; every fifth answers the one before."""

    kind = "paged"
    can_reply = False
    can_search = False
    text_limit: int | None = None

    def __init__(self, overlap: int = OVERLAP) -> None:
        self._overlap = overlap

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        after = int(str(cursor.get("after", 0)))
        until = min(after + PAGE, COUNT)
        items = [
            HeardItem(
                external_id=str(number),
                text=f"Number {number}.",
                published_at=NOON - timedelta(seconds=COUNT - number),
                author_id=f"author {number % 700}",
                in_reply_to=str(number - 1) if number % 5 == 4 else "",
            )
            for number in range(max(after - self._overlap, 0), until)
        ]
        return FetchResult(items=items, cursor={"after": until}, has_more=until < COUNT)


def main(channel_id: int, *, is_naive: bool) -> None:
    """Fork a worker for every line."""
    for number, line in enumerate(sys.stdin):
        pid = os.fork()
        if pid == 0:
            work(channel_id, number, int(line), is_naive=is_naive)
            os._exit(0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


def work(channel_id: int, number: int, pages: int, *, is_naive: bool) -> None:
    """Fetch page after page and take in what comes, until everything was heard or ``pages`` and one more are done."""
    from listening.models import Channel
    from listening.services import fetching
    from triage.services.arriving import intake

    # By now what a killed worker had claimed is free.
    at = NOON + timedelta(minutes=10 * number)
    done, begun = 0, time.monotonic()
    while Channel.objects.get(pk=channel_id).cursor.get("after", 0) < COUNT:
        if done == pages:
            sys.stdout.write(f"{os.getpid()} {(time.monotonic() - begun) / pages}\n")
            sys.stdout.flush()
        if done > pages:
            signal.pause()
        at += timedelta(milliseconds=1)
        if is_naive:
            fetch_naively(channel_id, at)
        elif fetching.fetch_channel(channel_id=channel_id, at=at) is None:
            os._exit(1)
        intake.take_in_everything(at=at)
        done += 1


def fetch_naively(channel_id: int, at: datetime) -> None:
    """Move the cursor, then store: how a fetch loses what it heard."""
    from listening.models import Channel
    from listening.services import ingest

    channel = Channel.objects.get(pk=channel_id)
    result = Paged(overlap=0).fetch({}, channel.cursor, at=at)
    Channel.objects.filter(pk=channel_id).update(cursor=result.cursor)
    ingest.store_items(channel=channel, items=result.items, at=at)


def prepare() -> None:
    """Load the product, with the network of this test and nobody to wake."""
    django.setup()
    from listening.connectors import registry
    from socialhub.lib import live, queue

    registry.CONNECTORS["paged"] = Paged()  # type: ignore[assignment]
    live._send = lambda *_: None
    queue._send = lambda *_: None


if __name__ == "__main__":
    prepare()
    main(int(sys.argv[1]), is_naive=sys.argv[2] == "naive")
