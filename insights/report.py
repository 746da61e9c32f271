"""The reports page: what is asked, and the answers as tiles, charts and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from insights import questions
from insights.coverage import listening_in
from insights.handling_charts import answers_chart, shares_chart, times_chart, waiting_chart
from insights.questions import Activity, Handling, Measure, Spread, Waiting
from insights.report_charts import (
    Chart,
    Scene,
    incoming_by_channel,
    incoming_by_sentiment,
    rhythm_chart,
    work_chart,
)
from insights.tables import count_text, share_text, span_text
from insights.windows import Window

# Beyond this a percentage tells nobody anything.
MOST_PERCENT = 900


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that matters, and how it has changed."""

    label: str
    value: str
    note: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page prints."""

    tiles: list[Tile]
    charts: list[Chart]
    counted_at: datetime | None


def read_report(window: Window, *, departments: Mapping[int, str], department_id: int | None, at: datetime) -> Report:
    """Ask every question of the page: seven queries, whatever the window."""
    listening = listening_in(window, at=at)
    activity = questions.activity(window, department_id=department_id)
    handling = questions.handling(window, department_id=department_id)
    waiting = questions.backlog(at=at, department_id=department_id)
    scene = Scene(window, listening, at)
    charts = [incoming_by_sentiment(scene, activity), incoming_by_channel(scene, activity)]
    if not window.is_hourly:
        charts.append(rhythm_chart(questions.rhythm(window), days=len(window.buckets)))
    charts += [
        waiting_chart(waiting, departments, at=at),
        times_chart(handling.overall),
        answers_chart(handling, departments),
        work_chart(scene, activity),
        shares_chart(handling, departments),
    ]
    tiles = [
        _heard(activity),
        _waiting(waiting, at),
        _time(_("To the decision, median"), handling.overall.decide, handling.before.decide),
        _time(_("To the first answer, median"), handling.overall.answer, handling.before.answer),
        _answered(handling.overall, handling.before),
        _left_alone(handling.overall),
    ]
    return Report(tiles, charts, questions.counted_until())


def _heard(activity: Activity) -> Tile:
    now, before = activity.total(Measure.HEARD), activity.before.get(Measure.HEARD, 0)
    return Tile(_("Messages heard"), count_text(now), _change(now, before))


def _change(now: int, before: int) -> str:
    if not before:
        return _("none in the period before")
    percentage = round(100 * (now - before) / before)
    if percentage == 0:
        return _("as many as in the period before")
    if percentage > MOST_PERCENT:
        return _("%(n)s in the period before") % {"n": count_text(before)}
    if percentage > 0:
        return _("%(n)s %% more than in the period before") % {"n": count_text(percentage)}
    return _("%(n)s %% fewer than in the period before") % {"n": count_text(-percentage)}


def _waiting(waiting: Sequence[Waiting], at: datetime) -> Tile:
    total = sum(one.n for one in waiting)
    late = sum(one.late for one in waiting)
    if not total:
        return Tile(_("Waiting for us now"), count_text(0), _("nothing"), "ok")
    oldest = (at - min(one.oldest_since for one in waiting)).total_seconds()
    note = _("oldest %(age)s, late: %(late)s") % {"age": span_text(max(oldest, 0)), "late": count_text(late)}
    return Tile(_("Waiting for us now"), count_text(total), note, "warn" if late else "")


def _time(label: str, now: Spread, before: Spread) -> Tile:
    if now.median is None or now.ninetieth is None:
        return Tile(label, "–", _("none in this period"))
    note = _("9 of 10 in %(ninetieth)s") % {"ninetieth": span_text(now.ninetieth)}
    if before.median is None:
        return Tile(label, span_text(now.median), note)
    difference = round(now.median - before.median)
    if abs(difference) < max(before.median * 0.01, 1):
        return Tile(label, span_text(now.median), _("%(note)s; median as before") % {"note": note})
    said = _("%(note)s; median %(span)s slower") if difference > 0 else _("%(note)s; median %(span)s faster")
    tone = "warn" if difference > 0 else "ok"
    return Tile(label, span_text(now.median), said % {"note": note, "span": span_text(abs(difference))}, tone)


def _answered(now: Handling, before: Handling) -> Tile:
    label = _("Answered")
    if not now.opened:
        return Tile(label, "–", _("nothing was opened in this period"))
    note = _("%(n)s of %(all)s opened") % {"n": count_text(now.answered), "all": count_text(now.opened)}
    if before.opened:
        note = _("%(note)s, before: %(share)s") % {"note": note, "share": share_text(before.answered, before.opened)}
    return Tile(label, share_text(now.answered, now.opened), note)


def _left_alone(now: Handling) -> Tile:
    label = _("Deliberately not answered")
    if not now.opened:
        return Tile(label, "–", _("nothing was opened in this period"))
    note = _("never handled: %(share)s") % {"share": share_text(now.never_handled, now.opened)}
    tone = "warn" if now.never_handled else ""
    return Tile(label, share_text(now.not_answered, now.opened), note, tone)
