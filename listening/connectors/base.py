"""What every connector does: the protocol, the values that go in and out, and the ways it can fail.

A connector never sees the database. Its channel's settings and cursor come in,
values go out; whoever calls it stores both in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from listening.connectors.attachments import OutgoingAttachment
from listening.heard import HeardItem
from socialhub.lib.told import Told, ToldFailure

MAX_EXCERPT = 200


class ConnectorFailed(ToldFailure):
    """The network did not do what was asked, and why."""


class TemporaryFailure(ConnectorFailed):
    """Asking again later may help; ``retry_after`` is in seconds, if the network said when."""

    def __init__(self, sentence: str | Told, *, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class RateLimited(TemporaryFailure):
    """We asked too often; the network lets us again later."""


class QuotaSpent(TemporaryFailure):
    """What we may read or what we pay for is used up until a new period begins."""


class NothingToAsk(TemporaryFailure):
    """There is nothing to ask the network for today; the next day there may be."""


class PermanentFailure(ConnectorFailed):
    """Asking again does not help until somebody changes something."""


class AuthorisationFailure(PermanentFailure):
    """The network does not accept our sign-in: stop, and tell an administrator."""


class OutcomeUnknown(ConnectorFailed):
    """The connection broke after the request had left: it may or may not have happened. Look before sending again."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that was heard but cannot be stored, with the reason in a sentence."""

    raw_excerpt: str
    reason: Told


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a network still lets us ask: ``left`` of ``of``, until ``resets_at`` if it says when."""

    left: int
    of: int
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What one fetch brought; ``cursor`` replaces the old one in the transaction that stores the items.

    ``is_unchanged`` says that the network told us in so many words that nothing is new.
    ``is_complete`` promises that everything said since the last look is in it, however
    long ago that was: then a gap in listening is filled. ``has_more`` asks to be called
    again at once with the new cursor. ``gone`` names what its authors have deleted.
    """

    items: list[HeardItem] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    cursor: dict[str, object] = field(default_factory=dict)
    is_unchanged: bool = False
    is_complete: bool = False
    has_more: bool = False
    gone: list[str] = field(default_factory=list)
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """What is to be sent; ``key`` is the same on every attempt, so that a network can refuse a second copy.

    ``in_reply_to`` is the external id of the mention that is answered,
    ``in_reply_to_raw`` what the connector itself told of it when it was heard.
    A later part of a thread answers the part before it; ``thread_raw`` is then what
    was told of the mention that the whole thread answers.
    """

    key: UUID
    text: str
    in_reply_to: str
    visibility: str
    in_reply_to_raw: Mapping[str, object] = field(default_factory=dict)
    attachments: tuple[OutgoingAttachment, ...] = ()
    thread_raw: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class SentReply:
    """What the network made of a reply; ``raw`` is what the connector has to know to change it later."""

    external_id: str
    url: str
    published_at: datetime
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutgoingChange:
    """What a sent reply is to become; ``key`` is the same on every attempt.

    ``external_id`` is the reply's own on the network, ``raw`` what the connector told of it
    when it was sent or heard. ``text`` is what it is to say; a removal has none.
    """

    key: UUID
    external_id: str
    text: str = ""
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of the room for a text is used; where a network measures twice, the measure that is fuller.

    ``unit`` is ``characters`` or ``bytes``.
    """

    used: int
    limit: int
    unit: str = "characters"


@dataclass(frozen=True, slots=True)
class SettingField:
    """One thing that an administrator enters to connect a channel of some kind.

    A secret is sealed when it is saved and never shown again. ``input_type`` is what
    a browser offers to fill it in: text, url, email or number; the value is a text in any case.
    """

    name: str
    label: str
    help_text: str = ""
    is_secret: bool = False
    is_required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    input_type: str = "text"


class Connector(Protocol):
    """One kind of channel. Instances hold no state, so one serves every channel and thread."""

    @property
    def kind(self) -> str:
        """Name the kind as the channel's row stores it."""

    @property
    def title(self) -> str:
        """Name the kind for people."""

    @property
    def summary(self) -> str:
        """Say in one sentence what is heard there, for the page that offers it; empty when it is not offered."""

    @property
    def poll_seconds(self) -> int | None:
        """Return how often to look unless somebody chooses otherwise; None when what is heard is handed to us."""

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel; the names are those in its settings."""

    @property
    def can_reply(self) -> bool:
        """Tell whether answers can be sent through it."""

    @property
    def can_search(self) -> bool:
        """Tell whether it searches its network for the streams that name its channel, or none at all.

        Their terms come in the settings as ``searches``: a list of mappings with
        ``stream`` (an id), ``any_terms``, ``all_terms``, ``no_terms`` and ``languages``.
        """

    @property
    def text_limit(self) -> int | None:
        """Return the most characters that a reply may have, if there is a limit."""

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear what is new since ``cursor``; ``at`` is when, for items that carry no date of their own.

        Hearing the same item twice is normal.

        :raises TemporaryFailure: try again later.
        :raises PermanentFailure: somebody has to change something first.
        """

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Send one reply, once.

        :raises TemporaryFailure: it was not sent; try again later.
        :raises PermanentFailure: it was not sent and never will be as it stands.
        :raises OutcomeUnknown: it may have been sent.
        """

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Return the reply that was sent under ``key``, if the network has it.

        :raises TemporaryFailure: the network cannot be asked now.
        :raises PermanentFailure: the network cannot tell.
        """

    def check(self, settings: Mapping[str, object]) -> str:
        """Return one sentence on how the channel is doing, for the page of the channel.

        :raises ConnectorFailed: it is not doing well, and why.
        """


@runtime_checkable
class LooksForReply(Protocol):
    """A connector whose network remembers no key of ours: it knows a reply by what it says and what it answers."""

    def look_for(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply | None:
        """Return the reply if the network has it; asked instead of ``look``.

        :raises TemporaryFailure: the network cannot be asked now.
        :raises PermanentFailure: the network cannot tell.
        """


@runtime_checkable
class RenewsSignIn(Protocol):
    """A connector whose sign-in ends after some hours and can be renewed without a person."""

    def renew(self, settings: Mapping[str, object], *, at: datetime) -> Mapping[str, str]:
        """Return the secrets to be kept from now on, or nothing while the present ones are good.

        Asked before every fetch and every sending.

        :raises TemporaryFailure: try again later.
        :raises AuthorisationFailure: somebody has to sign in again.
        """


@runtime_checkable
class SignalsNews(Protocol):
    """A connector whose network tells at once that there is news: a stream of events, or IMAP's IDLE.

    It says no more than "look now"; the look stores what there is.
    """

    def wait_for_news(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, seconds: float) -> bool:
        """Wait up to ``seconds`` for news and tell whether there is some.

        :raises ConnectorFailed: it cannot be waited for there; looking goes on as if it could not.
        """


@runtime_checkable
class IsCalled(Protocol):
    """A connector whose channels are called instead of asked: each has an address of its own."""

    def new_options(self) -> Mapping[str, object]:
        """Return what a new channel carries without anybody entering it."""


@runtime_checkable
class CountsText(Protocol):
    """A connector whose network does not count characters as people see them up to a ``text_limit``."""

    def count_text(self, settings: Mapping[str, object], cursor: Mapping[str, object], text: str) -> Counted:
        """Return the length of an answer as the network counts it; asks nobody, since it is counted while typing."""


@runtime_checkable
class LimitsPrivateAnswers(Protocol):
    """A connector whose network lets us answer privately only for a while after somebody has spoken."""

    def private_window(self, settings: Mapping[str, object]) -> timedelta | None:
        """Return for how long, or None when there is no end to it."""


@runtime_checkable
class EditsReplies(Protocol):
    """A connector whose network lets us change what a sent reply says."""

    def edit(self, settings: Mapping[str, object], change: OutgoingChange) -> None:
        """Let a sent reply say something else. Asked again for the same words, it changes nothing.

        :raises TemporaryFailure: it was not changed; try again later.
        :raises PermanentFailure: it was not changed and never will be as it stands.
        :raises OutcomeUnknown: it may have been changed.
        """

    def is_edited(self, settings: Mapping[str, object], change: OutgoingChange) -> bool:
        """Tell whether the reply says it already.

        :raises TemporaryFailure: the network cannot be asked now.
        :raises PermanentFailure: the network cannot tell.
        """


@runtime_checkable
class RemovesReplies(Protocol):
    """A connector whose network lets us delete a sent reply."""

    def remove(self, settings: Mapping[str, object], change: OutgoingChange) -> None:
        """Delete a sent reply. What is gone already is removed.

        :raises TemporaryFailure: it was not removed; try again later.
        :raises PermanentFailure: it was not removed and never will be as it stands.
        :raises OutcomeUnknown: it may have been removed.
        """

    def is_removed(self, settings: Mapping[str, object], change: OutgoingChange) -> bool:
        """Tell whether the reply is gone.

        :raises TemporaryFailure: the network cannot be asked now.
        :raises PermanentFailure: the network cannot tell.
        """


@runtime_checkable
class LimitsChanges(Protocol):
    """A connector that knows why a sent reply cannot be changed there, or on this channel's server."""

    def why_no_edit(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Say in a sentence why a reply cannot be corrected; nothing where it can. Asks nobody."""

    def why_no_removal(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Say in a sentence why a reply cannot be removed; nothing where it can. Asks nobody."""
