"""What is attached to drafts, approvals and answers."""

from hashlib import sha256
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import DraftFactory
from tests.support.pictures import picture
from triage.models import AttachedFile, Attachment


class AttachedFileFactory(DjangoModelFactory[AttachedFile]):
    """A small picture; ``content`` is what is in it."""

    class Meta:
        model = AttachedFile

    name = "map.jpg"
    media_type = "image/jpeg"
    width = 40
    height = 30
    added_by = factory.SubFactory(UserFactory)
    added_at = NOON

    @classmethod
    def _create(cls, model_class: type[AttachedFile], *args: Any, **kwargs: Any) -> AttachedFile:
        content = kwargs.pop("content", None) or picture()
        kwargs |= {"size": len(content), "sha256": sha256(content).hexdigest()}
        return super()._create(model_class, *args, file=ContentFile(content, name="any"), **kwargs)


class AttachmentFactory(DjangoModelFactory[Attachment]):
    """A picture with a draft; say ``draft=None`` and whose it is otherwise."""

    class Meta:
        model = Attachment

    draft = factory.SubFactory(DraftFactory)
    file = factory.SubFactory(AttachedFileFactory)
    position = 1
