"""Every address of the product, read from its resolver."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# Django's own, for administrators with a flag of their own; tested as a block.
ADMIN = "admin/"


def every_route() -> list[str]:
    """Return the route of each view, spelled as a resolved address names it, without those of Django's admin."""
    return sorted(set(_walk(get_resolver().url_patterns, "")))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if route.startswith(ADMIN):
            continue
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route
