"""Let mentions in at a steady pace, and print when: ``python -m bench.live_feed CHANNEL RATE SECONDS``."""

import json
import sys
import time

import django

WORDS = ("my order never came", "the app shows a login error", "a journalist asks", "what is the price", "nice weather")
A_SECOND = 5


def main(channel_id: int, rate: int, seconds: int) -> None:
    """Store and take in a tenth of a second's mentions at a time, as the worker does with what comes in."""
    from django.utils import timezone

    from listening.heard import HeardItem, clean_item
    from listening.models import Channel, Mention
    from listening.services.ingest import store_items
    from triage.services.arriving.intake import take_in_mentions

    channel = Channel.objects.get(pk=channel_id)
    begun = time.time()
    stored: dict[str, float] = {}
    for turn in range(seconds * A_SECOND):
        time.sleep(max(0.0, begun + turn / A_SECOND - time.time()))
        at = timezone.now()
        numbers = range(turn * rate // A_SECOND, (turn + 1) * rate // A_SECOND)
        items = [
            HeardItem(
                external_id=f"m{number}",
                text=f"{WORDS[number % len(WORDS)]} {number}",
                published_at=at,
                author_id=f"a{number % 977}",
            )
            for number in numbers
        ]
        now = time.time()
        store_items(channel=channel, items=[clean_item(item, at=at) for item in items], at=at)
        stored |= {item.external_id: now for item in items}
        take_in_mentions(at=at)
    ids = Mention.objects.filter(channel=channel).values_list("external_id", "pk")
    print(json.dumps({pk: stored[external_id] for external_id, pk in ids}))


if __name__ == "__main__":
    django.setup()
    main(*(int(word) for word in sys.argv[1:]))
