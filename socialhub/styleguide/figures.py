"""Charts and progress, with numbers that nobody counted."""

from insights.charts.over_time import line_swatch, lines, stacked_columns
from insights.charts.parts import Band, Column, Series, swatch
from insights.report_charts import Chart
from insights.tables import Row, Table, number
from socialhub.styleguide.parts import Specimen

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEARD = ((12, 4, 2), (14, 6, 1), (9, 2, 0), (0, 0, 0), (22, 9, 7), (11, 3, 2), (8, 1, 1))
SERIES = [Series("series-1", "Neutral"), Series("series-2", "Positive"), Series("series-3", "Negative")]
COLUMNS = [Column(day, counts, f"{day}: {sum(counts)}") for day, counts in zip(DAYS, HEARD, strict=True)]
GAP = [Band(3 / 7, 4 / 7, "“Bluesky” was not heard on Thursday.")]


def specimens() -> list[Specimen]:
    """Return both kinds of charts along the time, one with a gap in listening."""
    table = Table("Heard", ["Day", *(one.label for one in SERIES)])
    table.rows.extend(Row(day, [number(n) for n in counts]) for day, counts in zip(DAYS, HEARD, strict=True))
    said = {"title": "Heard", "description": "Seven days"}
    drawings = {
        "stacked": stacked_columns("sg-stacked", SERIES, COLUMNS, not_heard=GAP, **said),
        "lines": lines("sg-lines", SERIES, COLUMNS, **said),
    }
    legends = {
        "stacked": [(swatch("sg-stacked", one.look), one.label) for one in SERIES],
        "lines": [(line_swatch(one, place), one.label) for place, one in enumerate(SERIES, start=1)],
    }
    charts = [Chart(slug, "What was heard", drawing, table, legends[slug]) for slug, drawing in drawings.items()]
    return [
        *(Specimen(f"A chart: {chart.slug}", "insights/_chart.html", {"chart": chart}) for chart in charts),
        *(_progress(f"sg-progress-{done}", done) for done in (0, 7, 20)),
    ]


def _progress(name: str, done: int) -> Specimen:
    values = {"id": name, "label": "Attested the policy in force", "value": done, "max": 20}
    return Specimen(f"Progress: {done} of 20", "components/_progress.html", values)
