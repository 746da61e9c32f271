"""The practice channel: written customers speak over time and take answers, so that a team can rehearse."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from django.utils.translation import gettext

from listening.connectors.attachments import PICTURE_TYPES, AttachmentLimits
from listening.connectors.base import FetchResult, OutgoingChange, OutgoingReply, SentReply, SettingField
from listening.heard import HeardItem

SECONDS_BETWEEN = 90
# After a pause the channel goes on; it does not make up for what would have been said.
MOST_AT_ONCE = 5
LIMITS = AttachmentLimits(most=4, most_bytes=8_000_000, media_types=PICTURE_TYPES, alt="recommended")


class PracticeConnector:
    """Plays the network that ``listening.practice`` describes."""

    kind = "practice"
    can_reply = True
    can_search = False
    text_limit: int | None = 300
    # Its own pace: nobody chooses how often to look.
    poll_seconds: int | None = 15

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Practice")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext(
            "Invented customers speak here and answer back, so that a team can rehearse. Nobody outside hears it."
        )

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        paces = (
            ("30", gettext("About every half minute")),
            ("90", gettext("About every minute and a half")),
            ("600", gettext("About every ten minutes")),
        )
        return (SettingField("seconds_between", gettext("How often somebody speaks"), choices=paces),)

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Return the openings that are due, and what answered customers write back."""
        from listening.practice import network  # noqa: PLC0415 - it reads rows, and connectors load before the apps

        # Another seed for each, so that two channels do not say the same.
        seed = _number(settings, "seed", _number(settings, "channel_id", 1))
        between = _number(settings, "seconds_between", SECONDS_BETWEEN)
        index = _number(cursor, "next", 0)
        due_at = _moment(cursor.get("due_at"), at)
        since = _moment(cursor.get("answered_until"), at)
        items: list[HeardItem] = []
        while due_at <= at and len(items) < MOST_AT_ONCE:
            items.append(_opening(settings, seed, index, due_at))
            index += 1
            pause = Random(f"{seed}/{index}").expovariate(1 / max(between, 1))  # noqa: S311 - a rehearsal needs no secrets
            due_at += timedelta(seconds=max(pause, 3))
        if due_at <= at:
            due_at = at + timedelta(seconds=between)
        for written in network.follow_ups(channel_id=_number(settings, "channel_id", 0), since=since, until=at):
            items.append(
                HeardItem(
                    external_id=written.external_id,
                    text=written.text,
                    published_at=written.at,
                    author_id=written.author_id,
                    author_name=written.author_name,
                    in_reply_to=written.in_reply_to,
                    language=written.language,
                )
            )
        return FetchResult(
            items=items,
            cursor={"next": index, "due_at": due_at.isoformat(), "answered_until": at.isoformat()},
        )

    def private_window(self, settings: Mapping[str, object]) -> timedelta | None:
        """Return for how long private answers are taken, where the channel stands for a network that ends that."""
        days = _number(settings, "private_days", 0)
        return timedelta(days=days) if days else None

    def attachment_limits(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> AttachmentLimits:
        """Return what a rehearsal allows: as much as the networks that it stands for."""
        return LIMITS

    def preface(self, in_reply_to_raw: Mapping[str, object]) -> str:
        """Return nothing: answers name nobody here."""
        return ""

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Take an answer. The key makes a second try harmless."""
        from listening.practice import network  # noqa: PLC0415 - see above

        post = network.accept(
            channel_id=_number(settings, "channel_id", 0),
            key=reply.key,
            text=reply.text,
            in_reply_to=reply.in_reply_to,
            at=datetime.now(UTC),
        )
        return SentReply(network.external_id_of(post), "", post.posted_at)

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Return the answer accepted under ``key``."""
        from listening.practice import network  # noqa: PLC0415 - see above

        post = network.find(key)
        return SentReply(network.external_id_of(post), "", post.posted_at) if post else None

    def edit(self, settings: Mapping[str, object], change: OutgoingChange) -> None:
        """Let an answer say something else."""
        from listening.practice import network  # noqa: PLC0415 - see above

        network.edit(change.external_id, text=change.text)

    def is_edited(self, settings: Mapping[str, object], change: OutgoingChange) -> bool:
        """Tell whether the answer says it already."""
        from listening.practice import network  # noqa: PLC0415 - see above

        post = network.find_by_id(change.external_id)
        return post is not None and post.text == change.text

    def remove(self, settings: Mapping[str, object], change: OutgoingChange) -> None:
        """Delete an answer; nobody writes back to it any more."""
        from listening.practice import network  # noqa: PLC0415 - see above

        network.remove(change.external_id)

    def is_removed(self, settings: Mapping[str, object], change: OutgoingChange) -> bool:
        """Tell whether the answer is gone."""
        from listening.practice import network  # noqa: PLC0415 - see above

        return network.find_by_id(change.external_id) is None

    def check(self, settings: Mapping[str, object]) -> str:
        """Say what the channel is."""
        return gettext("Everything on this channel is invented, for practice.")


def _opening(settings: Mapping[str, object], seed: int, index: int, at: datetime) -> HeardItem:
    from listening.practice.compose import replay_openings  # noqa: PLC0415 - reads the corpus, which few processes need

    exchange = replay_openings(
        seed, index, medium=str(settings.get("medium", "post")), limit=_number(settings, "text_limit", 300)
    )
    author = exchange.author
    return HeardItem(
        external_id=f"practice-{seed}-{index}",
        text=exchange.opening,
        published_at=at,
        author_id=author.handle,
        author_name=author.name,
        author_handle=author.handle,
        author_reach=author.reach,
        language=exchange.language,
    )


def _number(values: Mapping[str, object], name: str, default: int) -> int:
    value = values.get(name, default)
    if isinstance(value, str) and value.isdecimal():
        # As the form to connect a channel enters it.
        return int(value)
    return value if isinstance(value, int) else default


def _moment(value: object, default: datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else default
