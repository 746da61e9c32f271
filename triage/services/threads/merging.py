"""Two conversations that turn out to be one thread."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from policies.services import reading
from triage.models import Concern, Conversation, Event, HandOver, Reply, ThreadEntry
from triage.services import clocks, recording
from triage.services.approving import standing
from triage.services.arriving import belonging
from triage.services.arriving.heard import snippet_of
from triage.services.keeping import erasing, holds
from triage.services.threads import urgency
from triage.states import OPEN, Outcome, ReplyState, Stage

DECIDED = tuple(stage for stage in OPEN if stage != Stage.NEW)


def merge(*, conversation_ids: Sequence[int], at: datetime) -> tuple[Conversation, Event | None]:
    """Lock the conversations; return the one in which the thread goes on, and the last event of its growing, if any.

    That is the first one given, unless another has been worked on and it has not.
    Of the rest only those that nobody has decided on are emptied into it; what
    people have worked on stays where they left it. Call it in a transaction.
    """
    locked = lock(conversation_ids)
    candidates = [locked[pk] for pk in conversation_ids]
    kept = next((one for one in candidates if one.stage != Stage.NEW), candidates[0])
    event = None
    for other in candidates:
        if other is not kept and other.stage == Stage.NEW:
            event = _empty_into(other, kept, at)
    return kept, event


def lock(conversation_ids: Sequence[int]) -> dict[int, Conversation]:
    """Lock conversations, always in the order of their ids, and return them by these."""
    return {conversation.pk: conversation for conversation in _locking(conversation_ids)}


def hold(conversation_ids: Sequence[int]) -> None:
    """Lock conversations in this order, too, for who reads them one by one later in the transaction."""
    list(_locking(conversation_ids).values_list("pk"))


def _locking(conversation_ids: Sequence[int]) -> QuerySet[Conversation]:
    # Weaker than an update of the key: what is only written about one of them does not wait for it.
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk__in=conversation_ids).order_by("pk")


def _empty_into(other: Conversation, kept: Conversation, at: datetime) -> Event:
    fields = take_thread(kept, other)
    if kept.stage == Stage.NEW:
        # Of two that nobody has decided on, the more urgent and the earlier deadline count.
        if other.priority < kept.priority:
            kept.priority, kept.suggestion = other.priority, other.suggestion
        kept.due_at = min(moment for moment in (kept.due_at, other.due_at) if moment is not None)
        own = (kept.step_due_at or kept.due_at, other.step_due_at or other.due_at)
        kept.step_due_at = min(moment for moment in own if moment is not None)
        fields += ["priority", "suggestion", "due_at", "step_due_at"]
    told: dict[str, Any] = {"from": other.pk, **outdate(kept, at)}
    if kept.stage in DECIDED:
        # What was decided becomes as urgent as what nobody has decided on yet.
        changed = urgency.make_urgent(kept, other, policy=reading.policy_in_force(), at=at)
        fields += [*changed, *clocks.apply(kept, clocks.look_again(kept, at=at))]
        if "priority" in changed:
            told["priority"] = kept.priority
    kept.save(update_fields=[*fields, "fence"])
    follow(source=other, target=kept, at=at)
    close_emptied(other, at)
    recording.record(conversation_id=other.pk, kind=Event.Kind.MERGED, actor=None, at=at, data={"into": kept.pk})
    return recording.record(conversation_id=kept.pk, kind=Event.Kind.MERGED, actor=None, at=at, data=told)


def outdate(kept: Conversation, at: datetime) -> dict[str, int]:
    """Let nothing leave that was written before the thread was another; return what the event tells of it.

    What came need not be newer than what the holder had read, or who corrects an answer that is out, so the
    fence rises, and what approvers were asked is withdrawn. Who was asked to take over is still asked:
    nothing has changed hands. Whoever calls this saves ``fence``.
    """
    is_out = Reply.objects.filter(conversation=kept, state=ReplyState.SENT)
    if kept.holder_id is None and not is_out.exists():
        return {}
    asked = HandOver.objects.filter(conversation=kept, answer="", fence=kept.fence)
    asked.update(fence=kept.fence + 1)
    kept.fence += 1
    standing.withdraw_open(conversation_id=kept.pk, at=at)
    return {"fence": kept.fence}


def take_thread(kept: Conversation, other: Conversation) -> list[str]:
    """Move every message of ``other``, and return the columns of ``kept`` that this changed, for whoever saves."""
    ThreadEntry.objects.filter(conversation=other).update(conversation=kept)
    kept.mention_count += other.mention_count
    kept.copy_count += other.copy_count
    if other.last_inbound_at > kept.last_inbound_at:
        kept.last_inbound_at = other.last_inbound_at
        kept.snippet, kept.sentiment = other.snippet, other.sentiment
    kept.last_outbound_at = _later(kept.last_outbound_at, other.last_outbound_at)
    fields = ["mention_count", "copy_count", "last_inbound_at", "snippet", "sentiment", "last_outbound_at"]
    for name, value in erasing.heard_after_all(kept).items():
        setattr(kept, name, value)
        fields.append(name)
    return fields


def follow(*, source: Conversation, target: Conversation, at: datetime) -> None:
    """Let what holds for ``source`` hold for ``target``, too: its legal holds, and who may see it.

    Whoever could see a part of the thread still sees it.
    """
    holds.follow(source_id=source.pk, target_id=target.pk, at=at)
    Concern.objects.bulk_create(
        [
            Concern(conversation=target, department_id=concern.department_id, because=concern.because)
            for concern in source.concerns.all()
        ],
        ignore_conflicts=True,
    )
    belonging.follow(source_id=source.pk, target_id=target.pk)


def close_emptied(other: Conversation, at: datetime, *changed: str) -> None:
    """Close a conversation whose thread goes on elsewhere; ``changed`` are columns that the caller has set."""
    other.stage = Stage.CLOSED
    other.outcome = Outcome.MERGED
    other.closed_at = at
    other.mention_count = 0
    other.copy_count = 0
    fields = clocks.apply(other, clocks.stop())
    other.save(update_fields=["stage", "outcome", "closed_at", "mention_count", "copy_count", *fields, *changed])


def count_thread(conversation: Conversation) -> list[str]:
    """Read anew what is repeated of the thread, and return the columns, for whoever saves."""
    entries = ThreadEntry.objects.filter(conversation=conversation)
    said = entries.filter(is_copy=False)
    found = said.aggregate(count=Count("pk"), ours=Max("mention__published_at", filter=Q(mention__is_ours=True)))
    conversation.mention_count = found["count"]
    conversation.copy_count = entries.filter(is_copy=True).count()
    conversation.last_outbound_at = found["ours"]
    fields = ["mention_count", "copy_count", "last_outbound_at"]
    voices = said.filter(mention__is_ours=False, mention__is_automatic=False).select_related("mention")
    last = voices.defer("mention__raw", "mention__search").order_by("-mention__published_at", "-pk").first()
    if last is not None:
        conversation.last_inbound_at = last.mention.published_at
        conversation.snippet = snippet_of(last.mention.text)
        conversation.sentiment = last.mention.sentiment
        fields += ["last_inbound_at", "snippet", "sentiment"]
    return fields


def _later(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
