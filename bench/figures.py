"""What a bench found, as a table and as one line of JSON."""

import json
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; with a bound it can fall short, without one it only informs."""

    name: str
    value: float
    unit: str = ""
    bound: float | None = None
    side: Literal["at most", "at least", "exactly"] = "at most"

    @property
    def holds(self) -> bool:
        """Whether the value is on the right side of its bound."""
        if self.bound is None:
            return True
        if self.side == "exactly":
            return self.value == self.bound
        return self.value <= self.bound if self.side == "at most" else self.value >= self.bound


def print_figures(bench: str, figures: list[Figure]) -> bool:
    """Print the table and the line of JSON; return whether every figure holds."""
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        bound = "" if figure.bound is None else f"{figure.side} {figure.bound:,.4g}"
        verdict = "" if figure.bound is None else ("holds" if figure.holds else "FALLS SHORT")
        print(f"{figure.name:<{width}}  {figure.value:>12,.4g} {figure.unit:<10} {bound:<18} {verdict}")
    all_hold = all(figure.holds for figure in figures)
    print(
        json.dumps(
            {
                "bench": bench,
                "holds": all_hold,
                "figures": {figure.name: round(figure.value, 4) for figure in figures},
                "short": [figure.name for figure in figures if not figure.holds],
            }
        )
    )
    return all_hold
