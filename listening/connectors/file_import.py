"""The connector of channels that are filled from files: there is no network to ask, and none to answer on."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from listening.connectors.base import FetchResult, OutgoingReply, PermanentFailure, SentReply, SettingField
from socialhub.lib.told import told as _


class ImportConnector:
    """A channel without a network."""

    kind = "import"
    can_reply = False
    can_search = False
    text_limit: int | None = None
    poll_seconds: int | None = None

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Import from files")

    @property
    def summary(self) -> str:
        """Say nothing: such a channel is made by its import."""
        return ""

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return ()

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear nothing: what there is arrives with ``import_mentions``."""
        return FetchResult(cursor=dict(cursor), is_unchanged=True)

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Refuse.

        :raises PermanentFailure: always.
        """
        raise PermanentFailure(_("This channel is filled from files, so nothing can be sent through it."))

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Return nothing, because nothing can have been sent."""
        return None

    def check(self, settings: Mapping[str, object]) -> str:
        """Say what the channel is."""
        return gettext("This channel is filled from files.")
