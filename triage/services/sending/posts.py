"""The posts of an answer that is out: one, or several where it was split."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from listening.models import Mention
from triage.models import Reply


@dataclass(frozen=True, slots=True)
class Post:
    """Where one post is on its network, and what the connector told of it; no address where nobody knows."""

    external_id: str
    raw: Mapping[str, Any] = field(default_factory=dict)


def posts_of(original: Reply) -> list[Post]:
    """Return the posts of an answer in the order in which they went out."""
    parts = [Post(part.external_id, part.raw) for part in original.parts.order_by("position")]
    if parts or original.mention is None:
        return parts
    return [Post(original.mention.external_id, original.mention.raw)]


def text_of(original: Reply) -> str:
    """Return what an answer says now: all of it, also where it went out as several posts."""
    return original.body if original.split or original.mention is None else original.mention.text


def mentions_of(original_id: int | None) -> QuerySet[Mention]:
    """Return the posts of an answer as they were recorded, in the order in which they are locked."""
    ours = Q(reply=original_id) | Q(reply_part__reply=original_id)
    return Mention.objects.filter(ours).order_by("pk")
