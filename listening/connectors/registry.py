"""Which connector speaks to which kind of channel; a new kind is one line here."""

from typing import Final

from listening.connectors.base import Connector, PermanentFailure
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.feed import FeedConnector
from listening.connectors.file_import import ImportConnector
from listening.connectors.practice import PracticeConnector

CONNECTORS: Final[dict[str, Connector]] = {
    "bluesky": BlueskyConnector(),
    "feed": FeedConnector(),
    "import": ImportConnector(),
    "practice": PracticeConnector(),
}


class UnknownKind(PermanentFailure):
    """A channel names a kind of connector that this version does not have."""


def connector_for(kind: str) -> Connector:
    """Return the connector for a kind of channel.

    :raises UnknownKind: there is none.
    """
    try:
        return CONNECTORS[kind]
    except KeyError:
        raise UnknownKind(f"This version of Socialhub has no connector for channels of the kind “{kind}”.") from None
