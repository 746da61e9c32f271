"""Which connector speaks to which kind of channel; a new kind is one line here."""

from typing import Final

from listening.connectors.base import Connector, PermanentFailure
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.by_hand import ByHandConnector
from listening.connectors.course import CourseConnector
from listening.connectors.email.connector import EmailConnector
from listening.connectors.feed import FeedConnector
from listening.connectors.file_import import ImportConnector
from listening.connectors.hackernews import HackerNewsConnector
from listening.connectors.mastodon.connector import MastodonConnector
from listening.connectors.mastodon.hashtags import MastodonTagsConnector
from listening.connectors.news_search import NewsSearchConnector
from listening.connectors.practice import PracticeConnector
from listening.connectors.webhook import WebhookConnector
from socialhub.lib.told import told as _

CONNECTORS: Final[dict[str, Connector]] = {
    "bluesky": BlueskyConnector(),
    "by_hand": ByHandConnector(),
    "course": CourseConnector(),
    "email": EmailConnector(),
    "feed": FeedConnector(),
    "hackernews": HackerNewsConnector(),
    "import": ImportConnector(),
    "mastodon": MastodonConnector(),
    "mastodon_tags": MastodonTagsConnector(),
    "news_search": NewsSearchConnector(),
    "practice": PracticeConnector(),
    "webhook": WebhookConnector(),
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
        sentence = _("This version of Socialhub has no connector for channels of the kind “%(kind)s”.")
        raise UnknownKind(sentence % {"kind": kind}) from None
