"""Each chart of the reports page: its drawing, its legend, its table and what has to be said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights.charts.over_time import line_swatch, lines, stacked_columns
from insights.charts.parts import Band, Column, Series, swatch
from insights.coverage import Gap, Listening
from insights.questions import SENTIMENTS, Activity, Counted, Measure
from insights.tables import Row, Table, Value, count_text, number, span_text, words
from insights.windows import Bucket, Window
from socialhub.lib.moments import date_format

MOST_CHANNELS = 6
MOST_SENTENCES = 5


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure of the page. ``legend`` pairs a sample with its name."""

    slug: str
    title: str
    drawing: SafeString
    table: Table
    legend: list[tuple[SafeString, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What every chart along the time needs to know."""

    window: Window
    listening: Listening
    at: datetime

    def label(self, bucket: Bucket) -> str:
        """Return the place's name below the axis."""
        start = bucket.start.astimezone(self.window.zone)
        return date_format(start, "H:i" if self.window.is_hourly else "j M")

    def name(self, bucket: Bucket) -> str:
        """Return the place's name in a table."""
        start = bucket.start.astimezone(self.window.zone)
        return date_format(start, "D j M, H:i" if self.window.is_hourly else "D j M Y")

    def bands(self) -> list[Band]:
        """Return where along the axis nobody listened."""
        return [Band(self._place(gap.start), self._place(gap.end), self.sentence(gap)) for gap in self.listening.gaps]

    def sentence(self, gap: Gap) -> str:
        """Say what was not heard, when, and why."""
        said = _("“%(channel)s” was not heard from %(start)s to %(end)s.") % self._words(gap)
        return f"{said} {_('Reason: %(reason)s.') % {'reason': gap.reason}}" if gap.reason else said

    def notes(self) -> list[str]:
        """Say of each gap that nobody listened: the hatched bands in words, and what was heard only afterwards."""
        gaps = self.listening.gaps
        said = [self.sentence(gap) for gap in gaps[:MOST_SENTENCES]]
        if len(gaps) > MOST_SENTENCES:
            rest = len(gaps) - MOST_SENTENCES
            said.append(
                ngettext(
                    "There is %(n)d more such stretch; the table names it.",
                    "There are %(n)d more such stretches; the table names them.",
                    rest,
                )
                % {"n": rest}
            )
        if said:
            said.append(_("What was said then is missing here, where the channel could not hand it in later."))
        for gap in self.listening.filled[:MOST_SENTENCES]:
            late = _("“%(channel)s” was heard only afterwards from %(start)s to %(end)s; nothing is missing.")
            said.append(late % self._words(gap))
        return said

    def not_heard(self, bucket: Bucket) -> str:
        """Say which channels were not heard in a bucket, for how long, and why."""
        return ", ".join(
            f"{gap.channel}: {span_text((gap.end - gap.start).total_seconds())}"
            + (f" ({gap.reason})" if gap.reason else "")
            for gap in self.listening.gaps_in(bucket)
        )

    def _words(self, gap: Gap) -> dict[str, str]:
        start, end = (moment.astimezone(self.window.zone) for moment in (gap.start, gap.end))
        until = date_format(end, "H:i" if start.date() == end.date() else "j F, H:i")
        return {"channel": gap.channel, "start": date_format(start, "j F, H:i"), "end": until}

    def heard(self, row: Counted, n: int) -> Value:
        """Return a count of messages; nothing counted while nobody listened is not zero."""
        if n == 0 and self.listening.is_deaf(row.bucket, at=self.at):
            return Value(None, _("not heard"))
        return number(n)

    def _place(self, moment: datetime) -> float:
        buckets = self.window.buckets
        for index, bucket in enumerate(buckets):
            if moment <= bucket.end:
                inside = (moment - bucket.start) / (bucket.end - bucket.start)
                return (index + max(inside, 0)) / len(buckets)
        return 1.0


def sentiment_names() -> dict[str, str]:
    """Return what the kinds of sentiment are called."""
    return {
        "negative": _("Negative"),
        "neutral": _("Neutral"),
        "positive": _("Positive"),
        "": _("Not measured"),
    }


def incoming_by_sentiment(scene: Scene, activity: Activity) -> Chart:
    """Show how much came in, and in which mood."""
    names = sentiment_names()
    series = [Series(key or "unmeasured", names[key]) for key in SENTIMENTS]
    counts = [tuple(row.by_sentiment.get(key, 0) for key in SENTIMENTS) for row in activity.rows]
    return _incoming(scene, activity, "sentiment", _("What came in, by mood"), series, counts, is_wide=True)


def incoming_by_channel(scene: Scene, activity: Activity) -> Chart:
    """Show how much came in, and from where."""
    totals: dict[int, int] = {}
    for row in activity.rows:
        for channel_id, n in row.by_channel.items():
            totals[channel_id] = totals.get(channel_id, 0) + n
    ordered = sorted(totals, key=lambda pk: (-totals[pk], pk))
    shown, rest = ordered[:MOST_CHANNELS], ordered[MOST_CHANNELS:]
    if rest:
        shown, rest = ordered[: MOST_CHANNELS - 1], ordered[MOST_CHANNELS - 1 :]
    names = scene.listening.channels
    series = [
        Series(f"series-{place}", names.get(pk, _("A former channel"))) for place, pk in enumerate(shown, start=1)
    ]
    counts: list[tuple[int, ...]] = [tuple(row.by_channel.get(pk, 0) for pk in shown) for row in activity.rows]
    if rest:
        series.append(Series(f"series-{MOST_CHANNELS}", _("Other channels")))
        counts = [
            (*those, sum(row.by_channel.get(pk, 0) for pk in rest))
            for those, row in zip(counts, activity.rows, strict=True)
        ]
    return _incoming(scene, activity, "channel", _("What came in, by channel"), series, counts)


def _incoming(
    scene: Scene,
    activity: Activity,
    slug: str,
    title: str,
    series: Sequence[Series],
    counts: Sequence[tuple[int, ...]],
    *,
    is_wide: bool = False,
) -> Chart:
    columns = []
    table = Table(title, [_("Hour") if scene.window.is_hourly else _("Day"), *(one.label for one in series)])
    table.head.extend([_("All"), _("Not heard")])
    for row, values in zip(activity.rows, counts, strict=True):
        missing = scene.not_heard(row.bucket)
        columns.append(Column(scene.label(row.bucket), values, _tip(scene, row, series, values, missing)))
        cells = [scene.heard(row, n) for n in (*values, row.heard)]
        table.rows.append(Row(scene.name(row.bucket), [*cells, words(missing)]))
    bands = scene.bands()
    chart_id = f"chart-{slug}"
    legend = [(swatch(chart_id, one.look), one.label) for one in series]
    if bands:
        legend.append((swatch(chart_id, "not-heard"), _("Not heard")))
    return Chart(
        slug,
        title,
        stacked_columns(
            chart_id,
            series,
            columns,
            title=title,
            description=_description(scene, activity, bool(bands)),
            not_heard=bands,
        ),
        table,
        legend,
        scene.notes(),
        is_wide,
    )


def _tip(scene: Scene, row: Counted, series: Sequence[Series], values: tuple[int, ...], missing: str) -> str:
    parts = ", ".join(f"{one.label}: {count_text(n)}" for one, n in zip(series, values, strict=True) if n)
    said = f"{scene.name(row.bucket)}: {scene.heard(row, row.heard).text}"
    if parts:
        said += f" ({parts})"
    return f"{said}. {_('Not heard: %(gaps)s.') % {'gaps': missing}}" if missing else f"{said}."


def _description(scene: Scene, activity: Activity, has_gaps: bool) -> str:
    total = activity.total(Measure.HEARD)
    said = ngettext("%(n)s message in all.", "%(n)s messages in all.", total) % {"n": count_text(total)}
    if total:
        most = max(activity.rows, key=lambda row: row.heard)
        said += " " + _("The most, %(n)s, at %(when)s.") % {
            "n": count_text(most.heard),
            "when": scene.name(most.bucket),
        }
    if has_gaps:
        said += " " + _("Hatched where a channel was not heard.")
    return said


def rhythm_chart(counts: Sequence[int], *, days: int) -> Chart:
    """Show at which hours of the day people speak."""
    title = _("When people speak")
    series = [Series("series-1", _("Messages"))]
    columns = [
        Column(f"{hour:02}:00", (n,), f"{hour:02}:00–{hour + 1:02}:00: {count_text(n)}.")
        for hour, n in enumerate(counts)
    ]
    table = Table(
        title,
        [_("Hour of the day"), _("Messages")],
        [Row(column.label, [number(n)]) for column, n in zip(columns, counts, strict=True)],
    )
    busiest = max(range(24), key=lambda hour: counts[hour])
    description = (
        _("Messages by hour of the day over %(days)d days, in your time zone. The busiest hour begins at %(hour)s.")
        % {"days": days, "hour": columns[busiest].label}
        if any(counts)
        else _("Nothing was heard.")
    )
    return Chart(
        "rhythm",
        title,
        stacked_columns("chart-rhythm", series, columns, title=title, description=description),
        table,
        notes=[description],
    )


def work_chart(scene: Scene, activity: Activity) -> Chart:
    """Show what was done: decided, answered, closed."""
    title = _("What was done")
    measures: Mapping[str, str] = {
        Measure.DECIDED: _("Decided"),
        Measure.ANSWERED: _("Answers sent"),
        Measure.CLOSED: _("Closed"),
    }
    series = [Series(f"series-{place}", label) for place, label in enumerate(measures.values(), start=1)]
    table = Table(title, [_("Hour") if scene.window.is_hourly else _("Day"), *measures.values()])
    columns = []
    for row in activity.rows:
        values = tuple(row.done.get(measure, 0) for measure in measures)
        said = ", ".join(f"{label}: {count_text(n)}" for label, n in zip(measures.values(), values, strict=True))
        columns.append(Column(scene.label(row.bucket), values, f"{scene.name(row.bucket)}: {said}."))
        table.rows.append(Row(scene.name(row.bucket), [number(n) for n in values]))
    description = ". ".join(f"{label}: {count_text(activity.total(measure))}" for measure, label in measures.items())
    return Chart(
        "work",
        title,
        lines("chart-work", series, columns, title=title, description=f"{description}."),
        table,
        [(line_swatch(one, place), one.label) for place, one in enumerate(series, start=1)],
    )
