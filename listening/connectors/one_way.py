"""What connectors share that do not go both ways: nobody can be answered there, or nothing is asked."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from listening.connectors.base import FetchResult, OutgoingReply, PermanentFailure, SentReply, SettingField
from socialhub.lib.told import Told


class HearsOnly:
    """Nobody can be answered through such a channel; ``no_way_out`` says why."""

    no_way_out: Told
    can_reply = False
    text_limit: int | None = None

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Refuse.

        :raises PermanentFailure: always.
        """
        raise PermanentFailure(self.no_way_out)

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Return nothing, because nothing can have been sent."""
        return None


class IsHandedOver:
    """What is said in such a channel comes by itself: there is nothing to ask, nor to search."""

    can_search = False
    poll_seconds: int | None = None

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear nothing: what there is comes by itself."""
        return FetchResult(cursor=dict(cursor), is_unchanged=True)


class IsMadeForUs(IsHandedOver):
    """A channel that nobody connects: it is made when there is something to put into it."""

    @property
    def summary(self) -> str:
        """Say nothing: nobody is offered such a channel."""
        return ""

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return nothing: there is nothing to enter."""
        return ()
