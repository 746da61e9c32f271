"""Channels, and what was said there."""

from datetime import timedelta
from uuid import uuid4

import factory
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from factory.django import DjangoModelFactory

from listening.models import Channel, Mention, Picture, Profile, SetAside, Stream
from tests.factories.teams import NOON, UserFactory


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


class StreamFactory(DjangoModelFactory[Stream]):
    """A stream that listens for one word everywhere."""

    class Meta:
        model = Stream

    name = factory.Sequence(lambda n: f"Stream {n}")
    purpose = Stream.Purpose.NAME
    any_terms = factory.LazyFunction(lambda: ["tavolund"])
    owner = factory.SubFactory(UserFactory)
    reason = "To answer who speaks to us."
    review_on = (NOON + timedelta(days=180)).date()
    created_at = NOON


class PictureFactory(DjangoModelFactory[Picture]):
    """A picture that waits to be fetched; ``kept=True`` has a copy."""

    class Meta:
        model = Picture
        skip_postgeneration_save = True

    class Params:
        kept = factory.Trait(
            state=Picture.State.KEPT,
            width=400,
            height=300,
            next_try_at=None,
        )

    mention = factory.SubFactory(MentionFactory)
    position = 1
    url = factory.Sequence(lambda n: f"https://pictures.example/{n}.jpg")
    alt = "A lamp that is dark."
    stored_as = factory.LazyFunction(lambda: f"heard/{uuid4().hex}")
    next_try_at = NOON

    @factory.post_generation
    def bytes(self, *_ignored: object) -> None:
        """Put something where the copy of a kept one lies."""
        if self.state == Picture.State.KEPT:
            default_storage.save(self.stored_as, ContentFile(b"a small picture"))


class SetAsideFactory(DjangoModelFactory[SetAside]):
    class Meta:
        model = SetAside

    channel = factory.SubFactory(ChannelFactory)
    raw = "<item/>"
    reason = "It has no date."
    digest = factory.Sequence(str)
    received_at = NOON
