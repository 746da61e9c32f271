"""How a page of the style guide is put together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True, slots=True)
class Specimen:
    """One part in one state: a template of the product and what it prints. ``frame`` is the place it stands in.

    ``state`` is a class that scripts put on an element once something happens: old and new text of the tag.
    """

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    frame: str = ""
    state: tuple[str, str] = ("", "")

    def draw(self, request: HttpRequest) -> SafeString:
        """Print it as its page would."""
        drawn = render_to_string(self.template, self.context, request=request)
        return mark_safe(drawn.replace(*self.state) if self.state[0] else drawn)  # noqa: S308 - a template printed it


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the style guide. ``make`` prepares its values anew, so that times are told from now."""

    slug: str
    title: str
    make: Callable[[], list[Specimen]]
