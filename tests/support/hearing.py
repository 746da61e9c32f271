"""Say something on a channel, as a connector would hand it over."""

from datetime import datetime, timedelta

from listening.heard import HeardItem
from listening.models import Channel
from listening.services import ingest
from tests.factories.teams import NOON
from triage.models import Conversation
from triage.services.arriving import intake


def said(
    external_id: str,
    text: str = "The heating is cold.",
    *,
    answers: str = "",
    ours: bool = False,
    minute: int = 0,
    author: str = "anna",
    **more: object,
) -> HeardItem:
    """Return one item, said ``minute`` minutes after noon."""
    return HeardItem(
        external_id=external_id,
        text=text,
        published_at=NOON + timedelta(minutes=minute),
        author_id="us" if ours else author,
        author_name="Nordlys" if ours else author.title(),
        in_reply_to=answers,
        language="en",
        is_ours=ours,
        **more,  # type: ignore[arg-type]
    )


def hear(channel: Channel, *items: HeardItem, at: datetime = NOON) -> list[Conversation]:
    """Store items, take them in, and return every conversation in the order of opening."""
    ingest.store_items(channel=channel, items=items, at=at)
    intake.take_in_mentions(at=at)
    return list(Conversation.objects.order_by("pk"))
