"""What every chart is made of: series, patterns, scales, the frame and what is not heard."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from socialhub.lib.moments import grouped
from socialhub.lib.svg import EMPTY, element, percent, pixels, together

TOP, BOTTOM = 10, 26


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing in a chart. ``look`` is the class of its colour and names its pattern."""

    look: str
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch along the axis, as shares of its length, in which nobody listened."""

    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True)
class Column:
    """What stands at one place of the axis: one value per series. ``tip`` is what a pointer shows."""

    label: str
    values: tuple[float, ...]
    tip: str


# Colour never speaks alone: each look has a pattern too. Lines within a tile of 8 by 8.
_MARKS: dict[str, tuple[str, ...]] = {
    "negative": ("M0 8L8 0M-2 2L2 -2M6 10L10 6",),
    "neutral": (),
    "positive": ("M4 1V7M1 4H7",),
    "unmeasured": ("M2 2h.01M6 6h.01",),
    "series-1": (),
    "series-2": ("M0 8L8 0M-2 2L2 -2M6 10L10 6",),
    "series-3": ("M2 2h.01M6 6h.01",),
    "series-4": ("M0 4H8",),
    "series-5": ("M0 0L8 8M-2 6L2 10M6 -2L10 2",),
    "series-6": ("M4 1V7M1 4H7",),
    "age-1": (),
    "age-2": ("M2 2h.01M6 6h.01",),
    "age-3": ("M0 4H8",),
    "age-4": ("M0 8L8 0M-2 2L2 -2M6 10L10 6",),
    "age-5": ("M0 8L8 0M-2 2L2 -2M6 10L10 6M0 0L8 8M-2 6L2 10M6 -2L10 2",),
}


def pattern(chart_id: str, look: str) -> SafeString:
    """Return the pattern of one look; a mark refers to it with ``fill_of``."""
    marks = [element("path", class_="mark-line", d=path) for path in _MARKS.get(look, ())]
    return element(
        "pattern",
        element("rect", class_=f"mark {look}", width=8, height=8),
        *marks,
        id=f"{chart_id}-{look}",
        width=8,
        height=8,
        patternUnits="userSpaceOnUse",
    )


def hatch(chart_id: str) -> SafeString:
    """Return the pattern of what was not heard."""
    return element(
        "pattern",
        element("path", class_="not-heard-line", d="M0 6L6 0M-1.5 1.5L1.5 -1.5M4.5 7.5L7.5 4.5"),
        id=f"{chart_id}-not-heard",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
    )


def fill_of(chart_id: str, look: str) -> str:
    """Return the paint of a mark."""
    return f"url(#{chart_id}-{look})"


def figure(
    chart_id: str,
    *marks: str,
    title: str,
    description: str,
    height: float,
    patterns: Sequence[str] = (),
    is_dense: bool = False,
) -> SafeString:
    """Return the whole drawing, named and described for those who do not see it."""
    defs = element("defs", *patterns) if patterns else EMPTY
    return element(
        "svg",
        element("title", title, id=f"{chart_id}-title"),
        element("desc", description, id=f"{chart_id}-desc"),
        defs,
        *marks,
        class_="chart-drawing is-dense" if is_dense else "chart-drawing",
        role="img",
        aria_labelledby=f"{chart_id}-title {chart_id}-desc",
        width="100%",
        height=pixels(height),
    )


def swatch(chart_id: str, look: str) -> SafeString:
    """Return the sample of a legend."""
    return element(
        "svg",
        element("rect", class_="bar", width=14, height=14, fill=fill_of(chart_id, look)),
        class_="chart-swatch",
        width=14,
        height=14,
        aria_hidden="true",
    )


def ticks_up_to(maximum: float, *, at_most: int = 4) -> list[int]:
    """Return round whole numbers from 0 to at least ``maximum``, few enough to read."""
    if maximum <= 0:
        return [0, 1]
    step = 1
    while maximum / step > at_most:
        magnitude = 10 ** int(math.log10(step))
        step = {1: 2, 2: 5, 5: 10}[step // magnitude] * magnitude
    return list(range(0, math.ceil(maximum / step) * step + 1, step))


def height_of(value: float, top_tick: float, height: float) -> float:
    """Return how many pixels a value takes."""
    return (height - TOP - BOTTOM) * value / top_tick


def grid(ticks: Sequence[int], height: float) -> SafeString:
    """Return the horizontal lines with their numbers, which stand left of the drawing."""
    lines = []
    for tick in ticks:
        y = pixels(height - BOTTOM - height_of(tick, ticks[-1], height))
        lines.append(element("line", class_="rule" if tick else "rule rule-zero", x1="0", x2="100%", y1=y, y2=y))
        lines.append(element("text", grouped(tick), class_="tick tick-value", x=-8, y=y, dy="0.32em"))
    return together(lines)


def axis(labels: Sequence[str], height: float, *, at_most: int = 8) -> SafeString:
    """Return the labels below: as many as have room, and only every other one of them on a narrow page."""
    every = max(math.ceil(len(labels) / at_most), 1)
    shown = []
    for place, index in enumerate(range(0, len(labels), every)):
        kind = "tick" if place % 2 == 0 else "tick wide-only"
        x = percent((index + 0.5) / len(labels))
        shown.append(element("text", labels[index], class_=f"{kind} tick-place", x=x, y=height - 6))
    return together(shown)


def bands(chart_id: str, found: Sequence[Band], height: float) -> SafeString:
    """Return the hatched stretches."""
    return together(
        element(
            "rect",
            element("title", band.label),
            class_="not-heard",
            x=percent(band.start),
            width=percent(max(band.end - band.start, 0.004)),
            y=TOP,
            height=pixels(height - TOP - BOTTOM),
            fill=fill_of(chart_id, "not-heard"),
        )
        for band in found
    )
