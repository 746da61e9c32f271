"""The tags of heroicons, each icon drawn once: a page has a dozen, and drawing one takes as long as a row."""

from functools import lru_cache

from django.template import Library
from heroicons.templatetags import heroicons as drawn

register = Library()

Value = str | int | None


@register.simple_tag
def heroicon_outline(name: str, *, size: Value = None, **attributes: str) -> str:
    """Return an icon of lines."""
    return _draw("heroicon_outline", name, size, tuple(attributes.items()))


@register.simple_tag
def heroicon_solid(name: str, *, size: Value = None, **attributes: str) -> str:
    """Return a filled icon."""
    return _draw("heroicon_solid", name, size, tuple(attributes.items()))


@register.simple_tag
def heroicon_mini(name: str, *, size: Value = None, **attributes: str) -> str:
    """Return a small icon."""
    return _draw("heroicon_mini", name, size, tuple(attributes.items()))


@register.simple_tag
def heroicon_micro(name: str, *, size: Value = None, **attributes: str) -> str:
    """Return a very small icon."""
    return _draw("heroicon_micro", name, size, tuple(attributes.items()))


@lru_cache(maxsize=500)
def _draw(tag: str, name: str, size: Value, attributes: tuple[tuple[str, str], ...]) -> str:
    options = {} if size is None else {"size": size}
    icon: str = getattr(drawn, tag)(name, **options, **dict(attributes))
    return icon
