"""Write SVG elements, escaped."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

EMPTY = mark_safe("")


def element(name: str, *content: str, **attributes: Any) -> SafeString:
    """Return an element. ``class_`` becomes class, underscores become hyphens, and None leaves an attribute out."""
    written = format_html_join(
        "",
        ' {}="{}"',
        ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None),
    )
    if not content:
        return format_html("<{}{}/>", name, written)
    return format_html("<{}{}>{}</{}>", name, written, together(content), name)


def together(parts: Iterable[str]) -> SafeString:
    """Join parts; those that are not safe are escaped."""
    return format_html_join("", "{}", ((part,) for part in parts))


def percent(share: float) -> str:
    """Return a share of the width: marks stand at percentages, so that text need not be scaled with them."""
    return f"{share * 100:.3f}".rstrip("0").rstrip(".") + "%"


def pixels(length: float) -> str:
    """Return a length without needless digits."""
    return f"{length:.2f}".rstrip("0").rstrip(".")
