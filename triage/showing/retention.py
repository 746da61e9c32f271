"""What is erased, as the page of retention shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from policies.engine.outcomes import What
from policies.sentences import WHAT
from socialhub.lib.moments import date_format, grouped
from teams.models import User
from triage.models import Conversation, RetentionRun
from triage.services.keeping.forecast import Outlook

MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class ShownRule:
    """What one rule will let go."""

    name: str
    what: str
    next_night: str
    soon: str
    held: str
    examples: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One run of the eraser."""

    pk: int
    at_text: str
    at_iso: str
    version: int
    state: str
    tone: str
    is_running: bool
    looked: str
    erased: Sequence[tuple[str, str]]
    notes: Sequence[str]


def show_outlook(outlook: Outlook, reader: User) -> list[ShownRule]:
    """Return the rules with their counts; examples only of what the reader may open."""
    wanted = {pk for rule in outlook.rules for pk in rule.examples}
    seen = Conversation.objects.visible_to(reader).filter(pk__in=wanted).values_list("pk", "author_name", "snippet")
    names = {pk: f"{name}: {snippet[:60]}" for pk, name, snippet in seen}
    more = "+" if outlook.is_cut_short else ""
    return [
        ShownRule(
            name=f"{rule.clause} {rule.rule}",
            what=str(WHAT[rule.what]),
            next_night=grouped(rule.next_night) + more,
            soon=grouped(rule.soon) + more,
            held=grouped(rule.held) if rule.held else "",
            examples=[(names[pk], reverse("triage:conversation", args=[pk])) for pk in rule.examples if pk in names],
        )
        for rule in outlook.rules
    ]


def read_runs() -> list[ShownRun]:
    """Return the latest runs, the newest first."""
    runs = RetentionRun.objects.select_related("version", "cancelled_by").order_by("-pk")
    return [_run(run) for run in runs[:MOST_RUNS]]


def _run(run: RetentionRun) -> ShownRun:
    state = RetentionRun.State(run.state)
    notes = []
    if run.held_count:
        notes.append(_("On legal hold: %(n)s.") % {"n": grouped(run.held_count)})
    if run.busy_count:
        notes.append(_("Left for later, since something is on its way: %(n)s.") % {"n": grouped(run.busy_count)})
    if state == RetentionRun.State.CANCELLED and run.cancelled_by is not None:
        notes.append(_("Stopped by %(name)s.") % {"name": run.cancelled_by.name})
    elif state == RetentionRun.State.CANCELLED:
        notes.append(_("Another version of the policy came in force."))
    if run.finished_at is not None:
        notes.append(_("Over at %(time)s.") % {"time": _clock(run.finished_at)})
    return ShownRun(
        pk=run.pk,
        at_text=date_format(timezone.localtime(run.started_at), "j F Y, H:i"),
        at_iso=run.started_at.isoformat(),
        version=run.version.number,
        state=str(state.label),
        tone={"running": "info", "done": "ok", "cancelled": "warn"}[state.value],
        is_running=state == RetentionRun.State.RUNNING,
        looked=grouped(run.looked_count),
        erased=[_line(told) for _rule, told in sorted(run.erased.items(), key=lambda item: int(item[0]))],
        notes=notes,
    )


def _line(told: dict[str, Any]) -> tuple[str, str]:
    what = str(WHAT[What(told["what"])])
    return f"{told['clause']} {told['rule']} ({what})", grouped(told["n"])


def _clock(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i")
