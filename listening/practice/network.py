"""The far side of a practice channel: it posts, takes answers, and its customers write back.

It plays a network, so it is the one part of a connector that has a database:
what was said on it is remembered in the mentions that were heard from it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db.models import QuerySet

from listening.connectors.base import PermanentFailure
from listening.models import Mention, PracticePost
from listening.practice.compose import follow_up, replay_openings
from listening.practice.exchanges import Exchange
from socialhub.lib.told import told as _

# How many of those who got an answer write again, and how soon.
WRITES_AGAIN = 0.6
SOONEST, LATEST = 25, 150
# A follow-up that was committed late is still found: hearing it twice does no harm.
OVERLAP = timedelta(minutes=5)
_ANSWER = "practice-answer-"


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
    post, _created = PracticePost.objects.get_or_create(
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
    return f"{_ANSWER}{post.key}"


def find_by_id(external_id: str) -> PracticePost | None:
    """Return the answer that the network calls so."""
    return _named(external_id).first()


def edit(external_id: str, *, text: str) -> None:
    """Let an answer say something else.

    :raises PermanentFailure: it is not there.
    """
    if not _named(external_id).update(text=text):
        raise PermanentFailure(_("The answer is not on the network any more, so it cannot be corrected."))


def remove(external_id: str) -> None:
    """Delete an answer, if it is there; nobody writes back to it any more."""
    _named(external_id).delete()


def _named(external_id: str) -> QuerySet[PracticePost]:
    try:
        key = UUID(external_id.removeprefix(_ANSWER))
    except ValueError:
        return PracticePost.objects.none()
    return PracticePost.objects.filter(key=key)


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
