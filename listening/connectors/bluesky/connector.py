"""The connector of one Bluesky account."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.utils.translation import gettext, ngettext

from listening.connectors.attachments import AttachmentLimits
from listening.connectors.base import (
    Counted,
    FetchResult,
    OutgoingChange,
    OutgoingReply,
    SentReply,
    SettingField,
    TemporaryFailure,
)
from listening.connectors.bluesky import attaching, looking, sending, sessions
from listening.connectors.bluesky.answers import text
from listening.connectors.bluesky.xrpc import DEFAULT_SERVICE, Service

# Less than the time for which a channel, or an answer, is claimed.
FETCH_SECONDS = 60.0
SEND_SECONDS = 30.0
CHECK_SECONDS = 10.0


class BlueskyConnector:
    """Hears and answers as one account; ``settings`` hold its ``handle``, ``app_password`` and ``service``."""

    kind = "bluesky"
    can_reply = True
    can_search = True
    text_limit: int | None = sending.MOST_GRAPHEMES
    poll_seconds: int | None = 60

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Bluesky account")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext("Hear who mentions, answers or quotes your account, search all of Bluesky, and answer publicly.")

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (
            SettingField("handle", gettext("Handle"), gettext("For example nordlys.bsky.social, without the @.")),
            SettingField(
                "app_password",
                gettext("App password"),
                gettext(
                    "Make one in Bluesky under Settings, Privacy and security, App passwords. "
                    "It can be taken back there at any time."
                ),
                is_secret=True,
            ),
            SettingField(
                "service",
                gettext("Address of the service"),
                gettext("Leave it empty for %(address)s.") % {"address": DEFAULT_SERVICE},
                is_required=False,
                input_type="url",
            ),
        )

    def renew(self, settings: Mapping[str, object], *, at: datetime) -> Mapping[str, str]:
        """Return a session to be kept from now on, or nothing while the present one is good."""
        return sessions.renew(settings, at=at)

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear what is new; several pages are fetched one by one, each stored before the next."""
        account = sessions.account_of(settings)
        with Service(text(settings, "service"), token=account.access, seconds=FETCH_SECONDS) as service:
            return looking.look(service, account, settings, cursor, at=at)

    def count_text(self, settings: Mapping[str, object], cursor: Mapping[str, object], text: str) -> Counted:
        """Count characters, or bytes where there are more of them than their limit allows."""
        return sending.count(text)

    def attachment_limits(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> AttachmentLimits:
        """Return what a post may show."""
        return attaching.LIMITS

    def preface(self, in_reply_to_raw: Mapping[str, object]) -> str:
        """Return nothing: a post names nobody to answer them."""
        return ""

    def send(self, settings: Mapping[str, object], reply: OutgoingReply) -> SentReply:
        """Send one answer, once, however often it is tried."""
        account = sessions.account_of(settings)
        with Service(text(settings, "service"), token=account.access, seconds=SEND_SECONDS) as service:
            return sending.send(service, account, reply)

    def look(self, settings: Mapping[str, object], key: UUID) -> SentReply | None:
        """Return the answer that was sent under ``key``."""
        account = sessions.account_of(settings)
        with Service(text(settings, "service"), token=account.access, seconds=SEND_SECONDS) as service:
            return sending.find(service, account, key)

    def remove(self, settings: Mapping[str, object], change: OutgoingChange) -> None:
        """Delete an answer."""
        account = sessions.account_of(settings)
        with Service(text(settings, "service"), token=account.access, seconds=SEND_SECONDS) as service:
            sending.remove(service, account, change)

    def is_removed(self, settings: Mapping[str, object], change: OutgoingChange) -> bool:
        """Tell whether the answer is gone."""
        account = sessions.account_of(settings)
        with Service(text(settings, "service"), token=account.access, seconds=SEND_SECONDS) as service:
            return sending.is_removed(service, account, change)

    def why_no_edit(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Say that posts cannot be edited: what reads them goes on showing the first text."""
        return gettext("Bluesky does not let posts be edited. Remove the answer and write another one.")

    def why_no_removal(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> str:
        """Return nothing: an account may always delete what it said."""
        return ""

    def check(self, settings: Mapping[str, object]) -> str:
        """Sign in and say as whom."""
        account = sessions.account_to_check(settings, at=datetime.now(UTC))
        with Service(text(settings, "service"), token=account.access, seconds=CHECK_SECONDS) as service:
            handle = text(service.get("com.atproto.server.getSession"), "handle")
            try:
                followers = service.get("app.bsky.actor.getProfile", actor=account.did).get("followersCount")
            except TemporaryFailure:
                followers = None
        if not isinstance(followers, int):
            return gettext("Signed in as @%(handle)s.") % {"handle": handle}
        return ngettext(
            "Signed in as @%(handle)s, which %(count)d account follows.",
            "Signed in as @%(handle)s, which %(count)d accounts follow.",
            followers,
        ) % {"handle": handle, "count": followers}
