"""How long an answer is, as its network counts."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from listening.connectors.base import CountsText
from listening.connectors.registry import connector_for
from listening.models import Channel
from socialhub.lib.graphemes import count_graphemes
from socialhub.lib.moments import grouped


@dataclass(frozen=True, slots=True)
class Measured:
    """The length of a text and how long it may be; ``limit`` is None where that does not matter."""

    used: int
    limit: int | None
    unit: str = "characters"

    @property
    def is_too_long(self) -> bool:
        """Whether the network would refuse the text."""
        return self.limit is not None and self.used > self.limit

    @property
    def problem(self) -> str:
        """Say by how much the text is too long."""
        numbers = {"length": grouped(self.used), "limit": grouped(self.limit or 0)}
        if self.unit == "bytes":
            return _("The answer has %(length)s bytes; this channel takes %(limit)s.") % numbers
        return _("The answer has %(length)s characters; this channel takes %(limit)s.") % numbers


def measure(channel: Channel, text: str) -> Measured:
    """Count ``text`` as the network of ``channel`` does, without the white space around it, which is not sent."""
    text = text.strip()
    connector = connector_for(channel.kind)
    configured = channel.options.get("text_limit")
    if isinstance(connector, CountsText):
        counted = connector.count_text(channel.options, channel.cursor, text)
        return Measured(counted.used, counted.limit, counted.unit)
    return Measured(count_graphemes(text), int(configured) if configured else connector.text_limit)
