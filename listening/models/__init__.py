"""The rows of this app."""

from listening.models.author_list import AuthorList, AuthorListEntry
from listening.models.channel import Channel
from listening.models.coverage import Coverage, Gap
from listening.models.heard_hour import HeardHour, HeardPosition
from listening.models.import_run import ImportRun
from listening.models.mention import Mention, MentionChange, MentionVersion, Profile, WaitingMention
from listening.models.person import Person
from listening.models.picture import Picture
from listening.models.practice_post import PracticePost
from listening.models.set_aside import SetAside
from listening.models.spike import Spike
from listening.models.stream import Stream, StreamDay, StreamMatch
from listening.models.web_subscription import WebSubscription
from listening.models.webhook_call import WebhookCall

__all__ = [
    "AuthorList",
    "AuthorListEntry",
    "Channel",
    "Coverage",
    "Gap",
    "HeardHour",
    "HeardPosition",
    "ImportRun",
    "Mention",
    "MentionChange",
    "MentionVersion",
    "Person",
    "Picture",
    "PracticePost",
    "Profile",
    "SetAside",
    "Spike",
    "Stream",
    "StreamDay",
    "StreamMatch",
    "WaitingMention",
    "WebSubscription",
    "WebhookCall",
]
