"""Charts along an axis of hours or days: stacked columns, and lines."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils.safestring import SafeString

from insights.charts.parts import (
    BOTTOM,
    TOP,
    Band,
    Column,
    Series,
    axis,
    bands,
    figure,
    fill_of,
    grid,
    hatch,
    height_of,
    pattern,
    ticks_up_to,
)
from socialhub.lib.svg import element, percent, pixels, together

HEIGHT = 232
# The share of its place that a column leaves free.
AIR = 0.22
# From here on columns are so narrow on a phone that an outline would leave nothing of them.
DENSE = 31


def stacked_columns(
    chart_id: str,
    series: Sequence[Series],
    columns: Sequence[Column],
    *,
    title: str,
    description: str,
    not_heard: Sequence[Band] = (),
) -> SafeString:
    """Draw one column per place, the series stacked from below in their order."""
    ticks = ticks_up_to(max((sum(column.values) for column in columns), default=0))
    drawn = [_column(chart_id, series, column, index, len(columns), ticks[-1]) for index, column in enumerate(columns)]
    return figure(
        chart_id,
        bands(chart_id, not_heard, HEIGHT),
        grid(ticks, HEIGHT),
        *drawn,
        axis([column.label for column in columns], HEIGHT),
        title=title,
        description=description,
        height=HEIGHT,
        patterns=_patterns(chart_id, series, not_heard),
        is_dense=len(columns) > DENSE,
    )


def _column(
    chart_id: str, series: Sequence[Series], column: Column, index: int, count: int, top_tick: int
) -> SafeString:
    bars = []
    y: float = HEIGHT - BOTTOM
    for one, value in zip(series, column.values, strict=True):
        if not value:
            continue
        height = height_of(value, top_tick, HEIGHT)
        y -= height
        bars.append(
            element(
                "rect",
                class_="bar",
                x=percent((index + AIR / 2) / count),
                width=percent((1 - AIR) / count),
                y=pixels(y),
                height=pixels(height),
                fill=fill_of(chart_id, one.look),
            )
        )
    return element("g", element("title", column.tip), *bars, _whole(index, count), class_="column")


def lines(
    chart_id: str,
    series: Sequence[Series],
    columns: Sequence[Column],
    *,
    title: str,
    description: str,
) -> SafeString:
    """Draw one line per series; each has its own dashes."""
    ticks = ticks_up_to(max((value for column in columns for value in column.values), default=0))
    drawn = []
    for number, one in enumerate(series):
        points = [
            (
                percent((index + 0.5) / len(columns)),
                pixels(HEIGHT - BOTTOM - height_of(column.values[number], ticks[-1], HEIGHT)),
            )
            for index, column in enumerate(columns)
        ]
        strokes = [
            element("line", x1=here[0], y1=here[1], x2=there[0], y2=there[1]) for here, there in pairwise(points)
        ]
        dots = [element("circle", cx=x, cy=y, r=2.5) for x, y in points]
        drawn.append(element("g", *strokes, *dots, class_=f"line {one.look} dash-{number + 1}"))
    tips = [
        element("g", element("title", column.tip), _whole(index, len(columns)), class_="column")
        for index, column in enumerate(columns)
    ]
    return figure(
        chart_id,
        grid(ticks, HEIGHT),
        *drawn,
        together(tips),
        axis([column.label for column in columns], HEIGHT),
        title=title,
        description=description,
        height=HEIGHT,
    )


def line_swatch(one: Series, number: int) -> SafeString:
    """Return the sample of a line's legend; ``number`` counts from 1."""
    return element(
        "svg",
        element("g", element("line", x1=0, x2=26, y1=7, y2=7), class_=f"line {one.look} dash-{number}"),
        class_="chart-swatch",
        width=26,
        height=14,
        aria_hidden="true",
    )


def _whole(index: int, count: int) -> SafeString:
    """Return the invisible column that a pointer finds however small the marks in it are."""
    return element(
        "rect",
        class_="reach",
        x=percent(index / count),
        width=percent(1 / count),
        y=TOP,
        height=HEIGHT - TOP - BOTTOM,
    )


def _patterns(chart_id: str, series: Sequence[Series], not_heard: Sequence[Band]) -> list[SafeString]:
    found = [pattern(chart_id, one.look) for one in series]
    return [*found, hatch(chart_id)] if not_heard else found
