"""An answer as it will look: its posts, what networks mark in them, and what is attached."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from socialhub.lib.errors import Invalid
from teams.models import User
from triage.models import Conversation, Draft
from triage.services.writing import attachments, measuring, splitting
from triage.showing.attachments import answered_raw, show

_MARKED = re.compile(
    r"(?P<link>(?<![^\s(])https?://[^\s<>\"]+)"
    r"|(?P<mention>(?<![^\s(])@[\w-]+(?:\.[\w-]+)*(?:@[\w-]+(?:\.[\w-]+)+)?)"
    r"|(?P<tag>(?<![^\s(])[#＃](?!\d+\b)\w+)"
)
_PUNCTUATION = ".,;:!?…'\"»”)"


@dataclass(frozen=True, slots=True)
class Part:
    """Some words; ``kind`` is ``link``, ``mention``, ``tag`` or empty."""

    text: str
    kind: str = ""


def parts_of(text: str) -> list[Part]:
    """Return ``text``, cut where something begins or ends that a network marks; joined it is the text again."""
    parts: list[Part] = []
    end = 0
    for match in _MARKED.finditer(text):
        kind = match.lastgroup or ""
        marked = match[0].rstrip(_PUNCTUATION) if kind == "link" else match[0]
        if match.start() > end:
            parts.append(Part(text[end : match.start()]))
        parts.append(Part(marked, kind))
        end = match.start() + len(marked)
    if end < len(text):
        parts.append(Part(text[end:]))
    return parts


def preview_of(
    conversation: Conversation, writer: User, text: str, *, split: str, alts: Mapping[int, str]
) -> dict[str, Any]:
    """Return an answer as the preview shows it: its posts, what is attached, and what is wrong with it.

    ``alts`` are descriptions that are typed and not kept yet.
    """
    draft = Draft.objects.filter(conversation=conversation, author=writer).first()
    attached = attachments.of_draft(draft) if draft is not None else []
    for one in attached:
        one.alt = alts.get(one.pk, one.alt).strip()
    shown = {"attachments": [show(one) for one in attached]}
    if not split:
        measured = measuring.measure(conversation.channel, text)
        return {**shown, "posts": [parts_of(text)], "problem": measured.problem if measured.is_too_long else ""}
    try:
        posts = splitting.parts_of(conversation.channel, text, split, raw=answered_raw(conversation))
    except Invalid as refusal:
        return {**shown, "posts": [parts_of(text)], "problem": str(refusal)}
    return {**shown, "posts": [parts_of(post) for post in posts] or [[]], "problem": ""}
