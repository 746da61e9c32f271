"""The charts of what waits, how long things take, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from insights.charts.parts import Series, swatch
from insights.charts.side_by_side import Bar, Range, Tick, bars, ranges
from insights.questions import Handling, HandlingReport, Spread, Waiting
from insights.report_charts import Chart
from insights.tables import DAY, HOUR, MINUTE, Row, Table, Value, count_text, number, share, share_text, span, span_text
from triage.states import Stage

Names = Mapping[int, str]

_STEPS = (
    *(1, 5, 15, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 84 * DAY),
)
LONGEST_NAME = 26


def age_names() -> list[str]:
    """Return what the steps of age are called."""
    return [
        _("Under 1 hour"),
        _("1 to 4 hours"),
        _("4 to 24 hours"),
        _("1 to 3 days"),
        _("Over 3 days"),
    ]


def waiting_chart(waiting: Sequence[Waiting], departments: Names, *, at: datetime) -> Chart:
    """Show what waits for us now, where, and how old it is."""
    title = _("What waits, and how old it is")
    ages = age_names()
    series = [Series(f"age-{step}", label) for step, label in enumerate(ages, start=1)]
    table = Table(title, [_("Where"), _("Waiting"), _("Late"), *ages, _("Oldest")])
    rows = []
    grouped: dict[int | None, list[Waiting]] = {}
    for one in waiting:
        grouped.setdefault(one.department_id, []).append(one)
        table.rows.append(_waiting_row(_place_name(one, departments), [one], at))
    table.rows.sort(key=lambda row: row.name)
    for group in sorted(grouped.values(), key=lambda group: -sum(one.n for one in group)):
        name = _department_name(group[0].department_id, departments, _("Needs a decision"))
        values = _ages(group)
        late = sum(one.late for one in group)
        note = _("%(n)s waiting, oldest %(age)s") % {
            "n": count_text(sum(values)),
            "age": span_text(_age(group, at)),
        }
        tip = _("%(name)s: %(note)s, %(late)s late.") % {"name": name, "note": note, "late": count_text(late)}
        rows.append(Bar(_short(name), values, note, count_text(sum(values)), tip))
    total = sum(one.n for one in waiting)
    description = ngettext(
        "%(n)s conversation waits for us; late: %(late)s.", "%(n)s conversations wait for us; late: %(late)s.", total
    ) % {"n": count_text(total), "late": count_text(sum(one.late for one in waiting))}
    return Chart(
        "waiting",
        title,
        bars("chart-waiting", series, rows, title=title, description=description),
        table,
        [(swatch("chart-waiting", one.look), one.label) for one in series] if rows else [],
        [description] if rows else [_("Nothing waits for us.")],
    )


def _waiting_row(name: str, group: Sequence[Waiting], at: datetime) -> Row:
    ages = [number(n) for n in _ages(group)]
    late = sum(one.late for one in group)
    return Row(name, [number(sum(one.n for one in group)), number(late), *ages, span(_age(group, at))])


def _ages(group: Sequence[Waiting]) -> tuple[int, ...]:
    return tuple(sum(numbers) for numbers in zip(*(one.by_age for one in group), strict=True))


def _age(group: Sequence[Waiting], at: datetime) -> float:
    return max((at - min(one.oldest_since for one in group)).total_seconds(), 0)


def _place_name(one: Waiting, departments: Names) -> str:
    stage = str(Stage(one.stage).label)
    if one.department_id is None:
        return stage
    return f"{_department_name(one.department_id, departments, '')}: {stage}"


def times_chart(overall: Handling) -> Chart:
    """Show how long each step takes, counted from when a conversation was opened."""
    title = _("How long it takes")
    steps = [
        (_("To the decision"), overall.decide),
        (_("To the claim"), overall.claim),
        (_("To the first answer"), overall.answer),
    ]
    table = Table(title, [_("Step"), _("Conversations"), _("Half within"), _("Nine in ten within")])
    table.rows.extend(
        Row(name, [number(spread.count), span(spread.median), span(spread.ninetieth)]) for name, spread in steps
    )
    notes = [
        _("Counted from the opening. Of %(all)s conversations opened in this time, %(n)s have come to a decision.")
        % {"n": count_text(overall.decide.count), "all": count_text(overall.opened)}
    ]
    return _ranges("times", title, steps, table, notes)


def answers_chart(report: HandlingReport, departments: Names) -> Chart:
    """Show how fast each department answers; the table has its other steps too."""
    title = _("First answer, by department")
    found = _by_name(report, departments)
    head = [_("Department"), _("Answered")]
    for step in (_("Decision"), pgettext("step", "Claim"), _("First answer")):
        head += [_("%(step)s, half within") % {"step": step}, _("%(step)s, nine in ten within") % {"step": step}]
    table = Table(title, head)
    for name, one in found:
        cells: list[Value] = [number(one.answer.count)]
        for spread in (one.decide, one.claim, one.answer):
            cells += [span(spread.median), span(spread.ninetieth)]
        table.rows.append(Row(name, cells))
    steps = [(name, one.answer) for name, one in found if one.answer.count]
    return _ranges("answers", title, steps, table, [] if steps else [_("Nothing was answered in this time.")])


def _ranges(slug: str, title: str, steps: Sequence[tuple[str, Spread]], table: Table, notes: list[str]) -> Chart:
    rows = []
    for name, spread in steps:
        if spread.median is None or spread.ninetieth is None:
            continue
        note = _("half in %(median)s, 9 of 10 in %(ninetieth)s") % {
            "median": span_text(spread.median),
            "ninetieth": span_text(spread.ninetieth),
        }
        rows.append(Range(_short(name), spread.median, spread.ninetieth, note, span_text(spread.median)))
    description = " ".join(f"{row.name}: {row.note}." for row in rows) or _("Nothing was measured.")
    ticks = _time_ticks(max((row.ninetieth for row in rows), default=0))
    drawing = ranges(f"chart-{slug}", rows, ticks, title=title, description=description)
    return Chart(slug, title, drawing, table, notes=notes)


def _time_ticks(longest: float) -> list[Tick]:
    if not longest:
        return []
    step = next((step for step in _STEPS if longest / step <= 4), _STEPS[-1])
    last = int(-(-longest // step))
    return [Tick(n * step, span_text(n * step) if n else "0") for n in range(last + 1)]


def shares_chart(report: HandlingReport, departments: Names) -> Chart:
    """Show what became of the conversations: nobody is counted as ignored who was left unanswered on purpose."""
    title = _("What became of them")
    kinds = [
        Series("series-1", _("Answered")),
        Series("series-2", _("Answered elsewhere")),
        Series("series-3", _("Closed without an answer")),
        Series("series-6", _("Deliberately not answered")),
        Series("series-5", _("Never handled")),
        Series("series-4", _("Still open")),
    ]
    table = Table(title, [_("Department"), _("Opened")])
    for kind in kinds:
        table.head.extend([kind.label, _("%(kind)s, share") % {"kind": kind.label}])
    rows = []
    for name, one in [(_("All together"), report.overall), *_by_name(report, departments)]:
        numbers = (
            one.answered,
            one.elsewhere,
            one.settled,
            one.not_answered,
            one.never_handled,
            one.still_open,
        )
        cells = [number(one.opened)]
        for n in numbers:
            cells += [number(n), share(n, one.opened)]
        table.rows.append(Row(name, cells))
        if one.opened:
            said = ", ".join(
                f"{kind.label}: {share_text(n, one.opened)}" for kind, n in zip(kinds, numbers, strict=True) if n
            )
            shares = tuple(n / one.opened for n in numbers)
            rows.append(Bar(_short(name), shares, count_text(one.opened), count_text(one.opened), f"{name}: {said}."))
    description = rows[0].tip if rows else _("No conversation was opened in this time.")
    return Chart(
        "shares",
        title,
        bars("chart-shares", kinds, rows, title=title, description=description),
        table,
        [(swatch("chart-shares", kind.look), kind.label) for kind in kinds] if rows else [],
        [description],
        is_wide=True,
    )


def _by_name(report: HandlingReport, departments: Names) -> list[tuple[str, Handling]]:
    # What nobody was given comes last, whatever that is called in the reader's language.
    names = {pk: _department_name(pk, departments, _("No department")) for pk in report.by_department}
    ordered = sorted(names, key=lambda pk: (pk is None, names[pk]))
    return [(names[pk], report.by_department[pk]) for pk in ordered]


def _department_name(pk: int | None, departments: Names, nobody: str) -> str:
    if pk is None:
        return nobody
    return departments.get(pk, _("A former department"))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
