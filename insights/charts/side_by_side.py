"""Charts that compare things: one horizontal bar, or one range, below the name of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from insights.charts.parts import Series, figure, fill_of, pattern
from socialhub.lib.svg import element, percent, pixels

ROW = 40
TEXT_LINE = 14
BAR = 14
AXIS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a name, one value per series, and what is said about it at the right; ``brief`` where it is narrow."""

    name: str
    values: tuple[float, ...]
    note: str
    brief: str
    tip: str


@dataclass(frozen=True, slots=True)
class Range:
    """From nothing over the median to nine in ten; ``brief`` is said where it is narrow."""

    name: str
    median: float
    ninetieth: float
    note: str
    brief: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A number of an axis as people read it."""

    value: float
    label: str


def bars(chart_id: str, series: Sequence[Series], rows: Sequence[Bar], *, title: str, description: str) -> SafeString:
    """Draw horizontal bars, the series stacked from the left in their order."""
    longest = max((sum(row.values) for row in rows), default=0) or 1
    drawn = []
    for number, row in enumerate(rows):
        x = 0.0
        parts = []
        for one, value in zip(series, row.values, strict=True):
            if value:
                parts.append(
                    element(
                        "rect",
                        class_="bar",
                        x=percent(x),
                        width=percent(value / longest),
                        y=number * ROW + TEXT_LINE + 6,
                        height=BAR,
                        fill=fill_of(chart_id, one.look),
                    )
                )
            x += value / longest
        drawn.append(element("g", element("title", row.tip), *_heading(row, number), *parts))
    return figure(
        chart_id,
        *drawn,
        title=title,
        description=description,
        height=len(rows) * ROW,
        patterns=[pattern(chart_id, one.look) for one in series],
    )


def ranges(chart_id: str, rows: Sequence[Range], ticks: Sequence[Tick], *, title: str, description: str) -> SafeString:
    """Draw for each row a full bar up to the median and a thin one from there to nine in ten."""
    longest = max([*(row.ninetieth for row in rows), *(tick.value for tick in ticks)], default=0) or 1
    height = len(rows) * ROW + AXIS
    drawn = []
    for tick in ticks:
        x = percent(tick.value / longest)
        anchor = "start" if tick.value == 0 else "end" if tick.value == longest else "middle"
        drawn.append(element("line", class_="rule", x1=x, x2=x, y1=0, y2=height - AXIS + 4))
        drawn.append(element("text", tick.label, class_=f"tick anchor-{anchor}", x=x, y=height - 6))
    for number, row in enumerate(rows):
        y = number * ROW + TEXT_LINE + 6
        middle = pixels(y + BAR / 2)
        end = percent(row.ninetieth / longest)
        drawn.append(
            element(
                "g",
                element("title", f"{row.name}: {row.note}"),
                *_heading(row, number),
                element("rect", class_="range-median", x=0, width=percent(row.median / longest), y=y, height=BAR),
                element("line", class_="range-rest", x1=percent(row.median / longest), x2=end, y1=middle, y2=middle),
                element("line", class_="range-end", x1=end, x2=end, y1=y + 2, y2=y + BAR - 2),
            )
        )
    return figure(chart_id, *drawn, title=title, description=description, height=height)


def _heading(row: Bar | Range, number: int) -> tuple[SafeString, SafeString, SafeString]:
    y = number * ROW + TEXT_LINE
    return (
        element("text", row.name, class_="row-name", x=0, y=y),
        element("text", row.note, class_="row-note wide-only", x="100%", y=y),
        element("text", row.brief, class_="row-note narrow-only", x="100%", y=y),
    )
