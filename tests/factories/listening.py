"""Channels, and what was said there."""

import factory
from factory.django import DjangoModelFactory

from listening.models import Channel, Mention, Profile
from tests.factories.teams import NOON


class ChannelFactory(DjangoModelFactory[Channel]):
    class Meta:
        model = Channel

    name = factory.Sequence(lambda n: f"Channel {n}")
    kind = "import"
    created_at = NOON


class ProfileFactory(DjangoModelFactory[Profile]):
    class Meta:
        model = Profile

    channel = factory.SubFactory(ChannelFactory)
    external_id = factory.Sequence(lambda n: f"profile-{n}")
    name = factory.Sequence(lambda n: f"Customer {n}")
    handle = factory.Sequence(lambda n: f"@customer{n}")


class MentionFactory(DjangoModelFactory[Mention]):
    """A mention of its profile's channel."""

    class Meta:
        model = Mention

    profile = factory.SubFactory(ProfileFactory)
    channel = factory.LazyAttribute(lambda mention: mention.profile.channel)
    external_id = factory.Sequence(lambda n: f"mention-{n}")
    text = factory.Sequence(lambda n: f"The power is out in street {n}.")
    language = "en"
    published_at = NOON
    heard_at = NOON
