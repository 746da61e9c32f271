"""What a rehearsed exchange is made of."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Speaker = Literal["customer", "brand", "bystander"]
Disposition = Literal["no_response", "customer_service", "public_response"]
Visibility = Literal["public", "private"]


@dataclass(frozen=True, slots=True)
class Author:
    """The invented account that opens an exchange."""

    handle: str
    name: str
    reach: int
    language: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said, and how long after the line before it."""

    speaker: Speaker
    text: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Exchange:
    """An opening, what followed, and what a good triage owner would have decided.

    ``variant`` names the written text behind the opening: two exchanges with
    the same variant say the same thing about another order or another town.
    """

    topic: str
    language: str
    sentiment: int
    author: Author
    lines: tuple[Line, ...]
    department: str
    disposition: Disposition
    reason: str
    priority: int
    visibility: Visibility
    outcome: str
    variant: str

    @property
    def opening(self) -> str:
        """Return what was said first."""
        return self.lines[0].text
