"""Pictures of what a version would change: what moves where, and when work comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from socialhub.lib.moments import grouped
from socialhub.lib.svg import element, percent, pixels, together

# Of the flow: the ends stand in columns at both sides, each with two lines of text.
FLOW_HEIGHT = 160
LEAST_NODE = 38
GAP = 12
LEFT, RIGHT = 0.24, 0.76
BAR = 0.012
LINE = 14

# Of the week: a row for each day, with the hours below.
CELL = 18
HOUR_LABELS = 18
DAY_COLUMN = 0.09
SHADES = 5


@dataclass(frozen=True, slots=True)
class Flow:
    """So many go from one place to another; both are places in the lists of names."""

    before: int
    after: int
    n: int
    tip: str


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    n: int
    top: float
    thickness: float


def flow_picture(
    picture_id: str, names: Sequence[str], flows: Sequence[Flow], *, title: str, description: str
) -> SafeString:
    """Draw what is at the left before and at the right after, with ribbons as thick as many go."""
    total = sum(flow.n for flow in flows) or 1
    left = _nodes(names, [sum(flow.n for flow in flows if flow.before == place) for place in range(len(names))], total)
    right = _nodes(names, [sum(flow.n for flow in flows if flow.after == place) for place in range(len(names))], total)
    used_left = {place: node.top for place, node in left.items()}
    used_right = {place: node.top for place, node in right.items()}
    ribbons = []
    for flow in sorted(flows, key=lambda flow: (flow.before, flow.after)):
        thickness = max(flow.n / total * FLOW_HEIGHT, 0.6)
        ribbons.append(_ribbon(flow, used_left[flow.before], used_right[flow.after], thickness))
        used_left[flow.before] += flow.n / total * FLOW_HEIGHT
        used_right[flow.after] += flow.n / total * FLOW_HEIGHT
    height = max(
        (node.top + max(node.thickness, LEAST_NODE) for node in (*left.values(), *right.values())), default=LEAST_NODE
    )
    middle = element(
        "svg",
        *ribbons,
        x=percent(LEFT + BAR),
        width=percent(RIGHT - LEFT - 2 * BAR),
        y=0,
        height=pixels(height),
        viewBox=f"0 0 100 {pixels(height)}",
        preserveAspectRatio="none",
    )
    ends = [
        *(_end(node, LEFT, 0.0, "flow-name") for node in left.values()),
        *(_end(node, RIGHT - BAR, 1.0, "flow-name anchor-end") for node in right.values()),
    ]
    return _drawing(picture_id, middle, *ends, title=title, description=description, height=height)


def week_picture(
    picture_id: str,
    counts: Mapping[int, int],
    tips: Mapping[int, str],
    days: Sequence[str],
    *,
    most: int,
    title: str,
    description: str,
) -> SafeString:
    """Draw a field for each hour of the week, the darker the more came; ``most`` has the darkest."""
    width = (1 - DAY_COLUMN) / 24
    drawn = []
    for day, name in enumerate(days):
        y = day * CELL
        drawn.append(element("text", name, class_="tick", x=0, y=y + CELL / 2, dy="0.32em"))
        for hour in range(24):
            number = day * 24 + hour
            shade = -(-counts.get(number, 0) * SHADES // (most or 1))
            tip = [element("title", tips[number])] if number in tips else []
            drawn.append(
                element(
                    "rect",
                    *tip,
                    class_=f"week-hour shade-{shade}",
                    x=percent(DAY_COLUMN + hour * width),
                    width=percent(width * 0.94),
                    y=y,
                    height=CELL - 2,
                )
            )
    for hour in range(0, 24, 6):
        x = percent(DAY_COLUMN + hour * width)
        drawn.append(element("text", f"{hour:02}:00", class_="tick", x=x, y=7 * CELL + HOUR_LABELS - 4))
    return _drawing(picture_id, *drawn, title=title, description=description, height=7 * CELL + HOUR_LABELS)


def _nodes(names: Sequence[str], counts: Sequence[int], total: int) -> dict[int, _Node]:
    top, nodes = 0.0, {}
    for place, (name, n) in enumerate(zip(names, counts, strict=True)):
        if n:
            thickness = n / total * FLOW_HEIGHT
            nodes[place] = _Node(name, n, top, thickness)
            top += max(thickness, LEAST_NODE) + GAP
    return nodes


def _ribbon(flow: Flow, left: float, right: float, thickness: float) -> SafeString:
    a, b = pixels(left), pixels(right)
    c, d = pixels(left + thickness), pixels(right + thickness)
    path = f"M0 {a}C50 {a} 50 {b} 100 {b}L100 {d}C50 {d} 50 {c} 0 {c}Z"
    kind = "flow-same" if flow.before == flow.after else "flow-moved"
    return element("path", element("title", flow.tip), class_=f"flow {kind}", d=path)


def _end(node: _Node, bar_x: float, text_x: float, look: str) -> SafeString:
    return together(
        [
            element(
                "rect",
                class_="flow-end",
                x=percent(bar_x),
                width=percent(BAR),
                y=pixels(node.top),
                height=pixels(max(node.thickness, 1)),
            ),
            element("text", node.name, class_=look, x=percent(text_x), y=pixels(node.top + LINE)),
            element(
                "text",
                grouped(node.n),
                class_=f"{look} tick",
                x=percent(text_x),
                y=pixels(node.top + 2 * LINE + 2),
            ),
        ]
    )


def _drawing(picture_id: str, *marks: str, title: str, description: str, height: float) -> SafeString:
    return element(
        "svg",
        element("title", title, id=f"{picture_id}-title"),
        element("desc", description, id=f"{picture_id}-desc"),
        *marks,
        class_="picture",
        role="img",
        aria_labelledby=f"{picture_id}-title {picture_id}-desc",
        width="100%",
        height=pixels(height),
    )
