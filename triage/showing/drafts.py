"""Who is answering a conversation, and what was begun there, as its page shows it to one person."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from socialhub.lib.moments import date_format
from teams.models import User
from triage.models import Conversation, Draft


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """One draft: whose, since when it is written, when it was saved last; ``text`` is empty for mere listeners."""

    pk: int
    name: str
    since_text: str
    saved_text: str
    text: str


@dataclass(frozen=True, slots=True)
class Writing:
    """What is being written by the ``holder``, was begun by ``others``, and what the reader left there: ``mine``."""

    holder: ShownDraft | None = None
    mine: ShownDraft | None = None
    others: list[ShownDraft] = field(default_factory=list)


def read_writing(conversation: Conversation, user: User) -> Writing:
    """Return what people are writing; the words only for those who may answer in their department's name.

    Everybody else who may see the conversation sees that it is being answered, by whom and since when.
    """
    may_read = user.rights.may("conversation.answer", conversation.department_id)
    holder = mine = None
    others = []
    drafts = Draft.objects.filter(conversation=conversation, body__regex=r"\S").select_related("author")
    for draft in drafts.order_by("saved_at", "pk"):
        is_mine = draft.author_id == user.pk
        shown = _shown(draft, may_read=may_read or is_mine)
        if is_mine:
            mine = shown
        elif draft.author_id == conversation.holder_id:
            holder = shown
        elif may_read:
            others.append(shown)
    return Writing(holder, mine, others)


def _shown(draft: Draft, *, may_read: bool) -> ShownDraft:
    since = draft.begun_at or draft.saved_at
    return ShownDraft(
        draft.pk,
        draft.author.name,
        _moment(since),
        _moment(draft.saved_at),
        draft.body if may_read else "",
    )


def _moment(moment: datetime) -> str:
    """Return the time alone for today, with the day before it for another day."""
    local = timezone.localtime(moment)
    return date_format(local, "H:i" if local.date() == timezone.localdate() else "j M, H:i")
