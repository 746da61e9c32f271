"""Merge conversations and undo it, in a line each."""

from datetime import timedelta

from listening.models import Channel
from teams.models import Department, User
from tests.factories.teams import NOON
from tests.support.hearing import hear, said
from triage.models import Conversation, Merge, ThreadEntry
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.threads import merging_by_hand
from triage.states import Disposition, Visibility

LATER = NOON + timedelta(hours=1)


def heard(channel: Channel, *texts: str) -> list[Conversation]:
    return hear(channel, *[said(str(n), text, minute=n) for n, text in enumerate(texts, 1)])


def decide(conversation: Conversation, department: Department, by: User, priority: int = 3) -> None:
    choice = Choice(Disposition.CUSTOMER_SERVICE, priority, department=department, visibility=Visibility.PUBLIC)
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=by, fence=0, at=NOON)
    conversation.refresh_from_db()


def merge(target: Conversation, *sources: Conversation, by: User, readers=()) -> list[Merge]:
    made = merging_by_hand.merge_conversations(
        target_id=target.pk, source_ids=[one.pk for one in sources], readers=readers, actor=by, at=LATER
    )
    for one in (target, *sources):
        one.refresh_from_db()
    return made


def undo(made: Merge, by: User) -> None:
    merging_by_hand.undo_merge(merge_id=made.pk, actor=by, at=LATER)


def words(conversation: Conversation) -> list[str]:
    entries = ThreadEntry.objects.filter(conversation=conversation).order_by("mention")
    return list(entries.values_list("mention__text", flat=True))


def standing(conversation: Conversation) -> dict[str, object]:
    row = Conversation.objects.filter(pk=conversation.pk).values().get()
    return {name: value for name, value in row.items() if name not in ("fence", "suggestion", "worked_at")}
