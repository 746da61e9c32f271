"""The far side of a practice channel: it posts, takes answers, and its customers write back.

It plays a network, so it is the one part of a connector that has a database:
what was said on it is remembered in the mentions that were heard from it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from listening.models import Mention, PracticePost
from listening.practice.compose import follow_up, replay_openings
from listening.practice.exchanges import Exchange

# How many of those who got an answer write again, and how soon.
WRITES_AGAIN = 0.6
SOONEST, LATEST = 25, 150
# A follow-up that was committed late is still found: hearing it twice does no harm.
OVERLAP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a customer writes back."""

    external_id: str
    text: str
    author_id: str
    author_name: str
    language: str
    in_reply_to: str
    at: datetime


def accept(*, channel_id: int, key: UUID, text: str, in_reply_to: str, at: datetime) -> PracticePost:
    """Take an answer, once per key."""
    rng = Random(str(key))  # noqa: S311 - a rehearsal needs no secrets
    seconds = rng.uniform(SOONEST, LATEST)
    post, _ = PracticePost.objects.get_or_create(
        key=key,
        defaults={
            "channel_id": channel_id,
            "text": text,
            "in_reply_to": in_reply_to,
            "posted_at": at,
            "follow_up_at": at + timedelta(seconds=seconds) if rng.random() < WRITES_AGAIN else None,
        },
    )
    return post


def find(key: UUID) -> PracticePost | None:
    """Return the answer that was accepted under ``key``."""
    return PracticePost.objects.filter(key=key).first()


def external_id_of(post: PracticePost) -> str:
    """Return what the network calls an answer."""
    return f"practice-answer-{post.key}"


def follow_ups(*, channel_id: int, since: datetime, until: datetime) -> list[FollowUp]:
    """Return what customers wrote back in the time given, a little of the time before included."""
    due = PracticePost.objects.filter(
        channel_id=channel_id, follow_up_at__gt=since - OVERLAP, follow_up_at__lte=until
    ).order_by("follow_up_at", "pk")
    return [written for post in due if (written := _written(post)) is not None]


def _written(post: PracticePost) -> FollowUp | None:
    asked = (
        Mention.objects.select_related("profile")
        .filter(channel_id=post.channel_id, external_id=post.in_reply_to)
        .first()
    )
    if asked is None or post.follow_up_at is None:
        return None
    rng = Random(f"follow-up {post.key}")  # noqa: S311 - a rehearsal needs no secrets
    return FollowUp(
        external_id=f"practice-follow-up-{post.key}",
        text=follow_up(_exchange_in(asked.language, rng), rng),
        author_id=asked.profile.external_id,
        author_name=asked.profile.name,
        language=asked.language,
        in_reply_to=external_id_of(post),
        at=post.follow_up_at,
    )


def _exchange_in(language: str, rng: Random) -> Exchange:
    """Return any exchange in the customer's language: it sets the tone of what they write back."""
    begin = rng.randrange(10_000)
    found = [replay_openings(1, begin + step) for step in range(40)]
    fitting = [one for one in found if one.language == language and one.disposition != "no_response"]
    return fitting[0] if fitting else found[0]
