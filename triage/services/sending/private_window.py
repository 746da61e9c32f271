"""The last moment to answer privately, where a network closes that way after a while."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from listening.connectors.base import LimitsPrivateAnswers
from listening.connectors.registry import CONNECTORS, connector_for
from listening.models import Channel, Mention
from socialhub.lib.errors import Conflict
from socialhub.lib.moments import date_format
from socialhub.lib.told import Told, told
from triage.models import Conversation, Reply
from triage.states import Visibility


class PrivateWindowClosed(Conflict):
    """The network takes no private answer to this any more."""

    code = "private_window_closed"


def last_moment(channel: Channel, *, spoken_at: datetime) -> datetime | None:
    """Return until when what was said at ``spoken_at`` can be answered privately, or None when there is no end."""
    connector = connector_for(channel.kind)
    window = connector.private_window(channel.options) if isinstance(connector, LimitsPrivateAnswers) else None
    return spoken_at + window if window is not None else None


class Windows:
    """Until when what is taken in can be answered privately; reads each channel that sets an end once."""

    def __init__(self) -> None:
        self._lengths: dict[int, timedelta | None] = {}

    def until(self, kind: str, channel_id: int, *, spoken_at: datetime) -> datetime | None:
        """Return the last moment, or None when there is no end."""
        # By name: most networks set no end, and this is asked for everything that is heard.
        if not hasattr(CONNECTORS.get(kind), "private_window"):
            return None
        if channel_id not in self._lengths:
            channel = Channel.objects.only("kind", "options").get(pk=channel_id)
            until = last_moment(channel, spoken_at=spoken_at)
            self._lengths[channel_id] = until - spoken_at if until is not None else None
        length = self._lengths[channel_id]
        return spoken_at + length if length is not None else None


def check(conversation: Conversation, *, mention_id: int, at: datetime) -> None:
    """Refuse a private answer that comes too late.

    :raises PrivateWindowClosed: the network takes it no more.
    """
    if conversation.visibility != Visibility.PRIVATE:
        return
    why = _why_closed(conversation.channel, Mention.objects.get(pk=mention_id), at)
    if why:
        raise PrivateWindowClosed(str(why))


def closed_for(reply: Reply, *, at: datetime) -> list[Told]:
    """Return in words that the network takes ``reply`` no more, since it is private; or nothing."""
    if reply.visibility != Visibility.PRIVATE:
        return []
    why = _why_closed(reply.conversation.channel, reply.answers, at)
    return [why] if why else []


def chip(conversation: Conversation, at: datetime) -> tuple[str, str] | None:
    """Return text and tone of the line that says until when the customer can be answered privately."""
    until = last_moment(conversation.channel, spoken_at=conversation.last_inbound_at)
    if until is None:
        return None
    if at > until:
        return _("ended on %(moment)s") % {"moment": moment_text(until)}, "urgent"
    tone = "warn" if until - at < timedelta(days=1) else "neutral"
    return _("until %(moment)s") % {"moment": moment_text(until)}, tone


def moment_text(moment: datetime) -> str:
    """Return a moment as people read it, in their own time."""
    return date_format(timezone.localtime(moment), "j M, H:i")


def _why_closed(channel: Channel, mention: Mention, at: datetime) -> Told | None:
    until = last_moment(channel, spoken_at=mention.published_at)
    if until is None or at <= until:
        return None
    return told(
        "This channel took private answers to this message until %(moment)s. Your draft is kept. Ask for a "
        "decision to answer in public."
    ) % {"moment": until}
