"""An act on many in words: what it would come to, how far it is, and what stood in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, IntegerChoices, QuerySet, TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from socialhub.lib.durations import short_span
from socialhub.lib.moments import grouped
from teams.models import Department, User
from triage.models import BulkItem, BulkRun
from triage.states import Disposition, Outcome, Priority, Reason, Visibility

Act = BulkRun.Act
SAMPLES = 5
PAGE_SIZE = 100
# The first seconds say little about the rest.
KNOWN_AFTER = timedelta(seconds=6)

# What is foreseen to stand in the way, by its code.
_IN_THE_WAY = {
    "held": ngettext_lazy("%(n)s held by somebody else", "%(n)s held by others", "count"),
    "yours": ngettext_lazy("%(n)s that you hold", "%(n)s that you hold", "count"),
    "closed": ngettext_lazy("%(n)s closed already", "%(n)s closed already", "count"),
    "undecided": ngettext_lazy("%(n)s without a decision", "%(n)s without a decision", "count"),
    "erased": ngettext_lazy("%(n)s erased", "%(n)s erased", "count"),
    "not_allowed": ngettext_lazy("%(n)s of other departments", "%(n)s of other departments", "count"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One conversation of a run, with what stood in its way."""

    url: str
    name: str
    text: str
    sentence: str


def title_of(run: BulkRun, *, count: int | None = None) -> str:
    """Return what is done to how many: to all that it is about, or to ``count`` of them."""
    count = run.matched_count if count is None else count
    act = Act(run.act if run.undoes is None else run.undoes.act)
    texts = {
        Act.DECIDE: ngettext("Decide on %(n)s conversation", "Decide on %(n)s conversations", count),
        Act.ASSIGN: ngettext("Assign %(n)s conversation", "Assign %(n)s conversations", count),
        Act.TAG: ngettext("Tag %(n)s conversation", "Tag %(n)s conversations", count),
        Act.CLOSE: ngettext("Close %(n)s conversation", "Close %(n)s conversations", count),
    }
    text = texts[act] % {"n": grouped(count)}
    return text if run.undoes is None else _("Take back: %(what)s") % {"what": text}


def done_sentence(run: BulkRun) -> str:
    """Return what a run that is over has done."""
    count = run.done_count
    act = Act(run.act)
    texts = {
        Act.DECIDE: ngettext("Decided on %(n)s conversation.", "Decided on %(n)s conversations.", count),
        Act.ASSIGN: ngettext("Assigned %(n)s conversation.", "Assigned %(n)s conversations.", count),
        Act.TAG: ngettext("Tagged %(n)s conversation.", "Tagged %(n)s conversations.", count),
        Act.CLOSE: ngettext("Closed %(n)s conversation.", "Closed %(n)s conversations.", count),
        Act.UNDO: ngettext("Took it back on %(n)s conversation.", "Took it back on %(n)s conversations.", count),
    }
    return texts[act] % {"n": grouped(count)}


def undo_sentence(run: BulkRun, count: int) -> str:
    """Return what it means to take a run back, on so many conversations."""
    texts = {
        Act.DECIDE: ngettext(
            "%(n)s conversation will be as before the decision: it needs one again, or lies where it lay.",
            "%(n)s conversations will be as before the decision: they need one again, or lie where they lay.",
            count,
        ),
        Act.ASSIGN: ngettext(
            "%(n)s conversation will go back to who was to answer it before.",
            "%(n)s conversations will go back to who was to answer them before.",
            count,
        ),
        Act.TAG: ngettext(
            "%(n)s conversation will have the tags that it had before.",
            "%(n)s conversations will have the tags that they had before.",
            count,
        ),
        Act.CLOSE: ngettext(
            "%(n)s conversation will be open again, and with you if you held it.",
            "%(n)s conversations will be open again, and with you where you held them.",
            count,
        ),
    }
    return texts[Act(run.act)] % {"n": grouped(count)}


def time_left(run: BulkRun, *, at: datetime) -> str:
    """Return for how long a run will go on as fast as so far; nothing while too little is known."""
    over = run.done_count + run.refused_count
    if run.started_at is None or not over or at - run.started_at < KNOWN_AFTER:
        return ""
    left = (at - run.started_at) * (run.left_count / over)
    return _("About %(time)s left.") % {"time": short_span(left)}


def how_told(run: BulkRun) -> list[tuple[str, str]]:
    """Return in words what a run does to each, by its parts; nothing before it has begun, or where it takes back."""
    how = run.how
    department = Department.objects.filter(pk=how.get("department")).first() if how.get("department") else None
    person = User.objects.filter(pk=how.get("offered_to")).first() if how.get("offered_to") else None
    told = [
        (_("Decision"), _label(Disposition, how.get("disposition"))),
        (_("Reason"), _label(Reason, how.get("reason"))),
        (_("Department"), department.name if department is not None else ""),
        (_("Person"), person.name if person is not None else ""),
        (_("Visibility"), _label(Visibility, how.get("visibility"))),
        (_("Priority"), _label(Priority, how.get("priority"))),
        (_("Tags"), ", ".join(how.get("tags") or ())),
        (_("Tags added"), ", ".join(how.get("add") or ())),
        (_("Tags taken away"), ", ".join(how.get("remove") or ())),
        (_("Outcome"), _label(Outcome, how.get("outcome"))),
        (_("Note"), how.get("note") or ""),
    ]
    return [(name, value) for name, value in told if value]


def _label(choices: type[TextChoices] | type[IntegerChoices], value: Any) -> str:
    return str(choices(value).label) if value else ""


def preview_sentence(codes: Mapping[str, int]) -> str:
    """Return how many can be acted on, how many cannot, and why."""
    can, cannot = codes.get("", 0), sum(n for code, n in codes.items() if code)
    text = ngettext("This can be done with %(n)s.", "This can be done with %(n)s.", can) % {"n": grouped(can)}
    if not cannot:
        return text
    reasons = [
        _IN_THE_WAY[code] % {"n": grouped(n), "count": n}
        for code, n in sorted(codes.items(), key=lambda one: (-one[1], one[0]))
        if code
    ]
    not_so = ngettext("%(n)s stays as it is: %(why)s.", "%(n)s stay as they are: %(why)s.", cannot)
    return f"{text} {not_so % {'n': grouped(cannot), 'why': ', '.join(reasons)}}"


def samples(run: BulkRun) -> list[Sample]:
    """Return some of those with which it can be done."""
    return _read(run.items.filter(code="").order_by("conversation_id")[:SAMPLES])


def refusals(run: BulkRun, *, after: int = 0) -> tuple[list[Sample], int | None]:
    """Return a page of what was refused, and after which conversation there is more."""
    refused = run.items.filter(state=BulkItem.State.REFUSED, conversation_id__gt=after).order_by("conversation_id")
    found = list(refused.select_related("conversation")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return [_sample(item) for item in shown], shown[-1].conversation_id if len(found) > PAGE_SIZE else None


def reasons(run: BulkRun) -> list[tuple[str, str]]:
    """Return why how many were refused, the most frequent first."""
    refused = run.items.filter(state=BulkItem.State.REFUSED).order_by().values_list("sentence")
    counted = refused.annotate(n=Count("pk")).order_by("-n", "sentence")[:20]
    return [(sentence, grouped(n)) for sentence, n in counted]


def _read(items: QuerySet[BulkItem]) -> list[Sample]:
    return [_sample(item) for item in items.select_related("conversation")]


def _sample(item: BulkItem) -> Sample:
    conversation = item.conversation
    return Sample(
        reverse("triage:conversation", args=[conversation.pk]),
        conversation.author_name or _("Erased"),
        conversation.snippet,
        item.sentence,
    )
