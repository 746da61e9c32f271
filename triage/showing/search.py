"""What was found, as the search page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from socialhub.lib.durations import ago
from teams.models import User
from triage.finding.excerpts import Excerpt, excerpts_of
from triage.finding.searching import Found
from triage.lists.rows import Names
from triage.models import Conversation
from triage.states import Stage


@dataclass(frozen=True, slots=True)
class ShownExcerpt:
    """One text in which something was found, and when that was."""

    excerpt: Excerpt
    ago: str
    at_iso: str


@dataclass(frozen=True, slots=True)
class ShownFind:
    """One conversation in which something was found; without excerpts it shows what was said last."""

    pk: int
    url: str
    name: str
    channel: str
    stage: str
    tone: str
    department: str
    language: str
    snippet: str
    ago: str
    at_iso: str
    excerpts: Sequence[ShownExcerpt]


_TONES = {Stage.NEW: "warn", Stage.WAITING: "info"}


def show_found(found: Found, *, reader: User, names: Names, at: datetime) -> list[ShownFind]:
    """Return the conversations of a page in their order: a query, and one for each kind of text that was found."""
    # The same reader, once more: nothing is shown on the word of another query.
    rows = {
        conversation.pk: conversation
        for conversation in Conversation.objects.visible_to(reader)
        .filter(pk__in=[each.pk for each in found.conversations])
        .only("author_name", "snippet", "language", "stage", "channel_id", "department_id", "last_inbound_at")
    }
    excerpts = excerpts_of((hit for each in found.conversations for hit in each.hits), found.stems)
    shown = []
    for each in found.conversations:
        row = rows.get(each.pk)
        if row is None:
            continue
        texts = [excerpts[hit.source, hit.pk] for hit in each.hits if (hit.source, hit.pk) in excerpts]
        shown.append(
            ShownFind(
                pk=row.pk,
                url=reverse("triage:conversation", args=[row.pk]),
                name=row.author_name,
                channel=names.channels.get(row.channel_id, ""),
                stage=str(Stage(row.stage).label),
                tone=_TONES.get(Stage(row.stage), "neutral"),
                department=names.departments[row.department_id][1] if row.department_id in names.departments else "",
                language=row.language,
                snippet=row.snippet,
                ago=ago(row.last_inbound_at, at),
                at_iso=row.last_inbound_at.isoformat(),
                excerpts=[ShownExcerpt(text, ago(text.at, at), text.at.isoformat()) for text in texts],
            )
        )
    return shown
