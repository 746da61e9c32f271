"""How urgent a thread is that was made of several, and what is left of it when one goes again."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from policies.engine.rules import Policy
from triage.models import Conversation, Merge
from triage.services import clocks
from triage.states import RUNNING

_STEP = "step_due_at"


def make_urgent(target: Conversation, source: Conversation, *, policy: Policy, at: datetime) -> dict[str, list[Any]]:
    """Let the more urgent count, with the deadline that it has from now on, and return what changed from what to what.

    Of two that stand at the same step the earlier deadline counts. Whoever calls this saves the columns.
    """
    changed: dict[str, list[Any]] = {}
    step, mine = clocks.STEPS.get(target.stage), _step_due(target)
    sooner = [_step_due(source)] if target.stage == source.stage else []
    if source.priority < target.priority:
        changed["priority"] = [target.priority, source.priority]
        target.priority = source.priority
        if step is not None:
            sooner.append(clocks.start(target, step, policy=policy, at=at)[_STEP])
    due_at = min((moment for moment in sooner if moment is not None), default=None)
    if mine is not None and due_at is not None and due_at < mine:
        changed[_STEP] = [mine.isoformat(), due_at.isoformat()]
        target.step_due_at = due_at
    return changed


def take_back(target: Conversation, merge: Merge) -> list[str]:
    """Give the target the urgency that it has without what a merge brought; return the columns, for whoever saves.

    What other merges bring that still stand stays. Where somebody has changed it since, it is theirs.
    """
    later = list(
        Merge.objects.filter(target=target, undone_at=None, pk__gt=merge.pk).select_related("source").order_by("pk")
    )
    return [name for name in merge.changed if _take_back(name, target, merge, later)]


def _take_back(name: str, target: Conversation, merge: Merge, later: list[Merge]) -> bool:
    value, given = merge.changed[name]
    left: list[tuple[Merge, dict[str, Any]]] = []
    for one in later:
        before, after = one.changed.get(name, (given, given))
        if before != given:
            # Somebody has decided in between, and what is now came after that.
            return False
        given = after
        brings = _brought(name, one, target)
        others = {other: what for other, what in one.changed.items() if other != name}
        if brings is not None and brings < value:
            others[name] = [value, brings]
            value = brings
        left.append((one, others))
    now = getattr(target, name)
    if (now.isoformat() if isinstance(now, datetime) else now) != given:
        return False
    for one, changed in left:
        Merge.objects.filter(pk=one.pk).update(changed=changed)
        one.changed = changed
    setattr(target, name, parse_datetime(value) if name == _STEP else value)
    return True


def _brought(name: str, merge: Merge, target: Conversation) -> Any:
    """Return what the source of a merge has of a column, as it is kept; None where that does not count."""
    if name == _STEP:
        same_step = merge.former["stage"] == target.stage
        due_at = (merge.former[_STEP] or merge.former["due_at"]) if same_step else None
        return due_at if due_at is not None else merge.changed.get(_STEP, (None, None))[1]
    return merge.source.priority if merge.former["stage"] in RUNNING else None


def _step_due(conversation: Conversation) -> datetime | None:
    return conversation.step_due_at or conversation.due_at
