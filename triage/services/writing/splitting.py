"""An answer that is too long for one post, in parts that its network takes."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from listening.connectors.attachments import SendsThreads
from listening.connectors.registry import connector_for
from listening.models import Channel
from socialhub.lib import splitting
from socialhub.lib.errors import Invalid
from triage.services.writing import measuring
from triage.states import Split

# Longer threads nobody reads.
MOST_PARTS = 25
# So much of a word is quoted that is too long.
MOST_QUOTED = 40


def can_split(channel: Channel) -> bool:
    """Tell whether an answer on ``channel`` may go out as several posts."""
    return isinstance(connector_for(channel.kind), SendsThreads)


def parts_of(channel: Channel, text: str, split: str, *, raw: Mapping[str, object]) -> list[str]:
    """Return ``text`` in parts that fit; ``raw`` is what the network told of what is answered. Asks nobody.

    :raises Invalid: the channel sends no threads, a word is too long for a post, or there are too many posts.
    """
    connector = connector_for(channel.kind)
    if not isinstance(connector, SendsThreads):
        raise Invalid(_("This channel sends no threads. Send it as one post."), field="split")
    preface = connector.preface(raw)
    try:
        parts = splitting.split(
            text,
            lambda part: not measuring.measure(channel, preface + part).is_too_long,
            is_numbered=split == Split.NUMBERED,
        )
    except splitting.Unsplittable as refusal:
        raise Invalid(
            _("“%(word)s…” is too long for one post, and neither words nor links are cut.")
            % {"word": refusal.word[:MOST_QUOTED]},
            field="body",
        ) from refusal
    if len(parts) > MOST_PARTS:
        raise Invalid(
            _("This would be a thread of %(count)d posts; at most %(most)d are sent.")
            % {"count": len(parts), "most": MOST_PARTS},
            field="body",
        )
    return parts


def count_parts(channel: Channel, text: str, split: str, *, raw: Mapping[str, object]) -> int:
    """Return how many posts a text would be; nought where it cannot be sent so."""
    try:
        return len(parts_of(channel, text, split, raw=raw))
    except Invalid:
        return 0
