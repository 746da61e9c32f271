"""The connector of what people write down themselves: a phone call, a letter, a tip. There is no network."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext

from listening.connectors.base import FetchResult, OutgoingReply, PermanentFailure, SentReply, SettingField
from socialhub.lib.told import told as _

KIND: Final = "by_hand"


class ByHandConnector:
    """A channel that is made when somebody first writes something down."""

    kind = KIND
    can_reply = False
    can_search = False
    text_limit: int | None = None
    poll_seconds: int | None = None

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("By hand")

    @property
    def summary(self) -> str:
        """Say nothing: nobody connects such a channel."""
        return ""

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return ()

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear nothing: people write it down."""
        return FetchResult(cursor=dict(cursor), is_unchanged=True)

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Refuse.

        :raises PermanentFailure: always.
        """
        raise PermanentFailure(_("What was written down by hand is answered where it was said."))

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Return nothing, because nothing can have been sent."""
        return None

    def check(self, settings: Mapping[str, object]) -> str:
        """Say what the channel is."""
        return gettext("People write down here what they heard.")
