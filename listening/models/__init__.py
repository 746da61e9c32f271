"""The rows of this app."""

from listening.models.channel import Channel, Coverage
from listening.models.import_run import ImportRun
from listening.models.mention import Mention, MentionVersion, Profile, WaitingMention
from listening.models.practice_post import PracticePost

__all__ = ["Channel", "Coverage", "ImportRun", "Mention", "MentionVersion", "PracticePost", "Profile", "WaitingMention"]
