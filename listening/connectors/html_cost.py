"""Where HTML is too costly to understand: cleaning takes the square of what is open at once, or more."""

import re

MAX_TAGS = 6_000
# A parser opens these anew in every paragraph until they are closed: 13,000 of each are 170 million elements.
MAX_FORMATTING = 500
MAX_REFERENCES = 20_000

_FORMATTING = re.compile(r"<(?:big|code|em|font|nobr|small|strike|strong|tt|[bisu])(?![a-z0-9-])", re.IGNORECASE)


def formatting_count(html: str) -> int:
    """Count what opens a formatting element."""
    return sum(1 for _found in _FORMATTING.finditer(html))


def is_costly(html: str) -> bool:
    """Say whether cleaning may take longer than anybody's post is worth: more than two tenths of a second."""
    return html.count("<") > MAX_TAGS or html.count("&") > MAX_REFERENCES or formatting_count(html) > MAX_FORMATTING
