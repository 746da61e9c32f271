"""Where HTML is too costly to understand: cleaning takes the square of what is open at once, or more."""

import re
from dataclasses import dataclass

# A parser opens formatting anew in every paragraph until it is closed: 13,000 of each are 170 million elements.
# What is said of the whole page again and again is compared with all that was said of it before.
_GROWING = re.compile(r"<(?:big|code|em|font|nobr|small|strike|strong|tt|html|body|[bisu])(?![a-z0-9-])", re.IGNORECASE)


@dataclass(slots=True)
class Budget:
    """How much of what is costly may be understood; the numbers as they are take less than two tenths of a second."""

    tags: int = 6_000
    growing: int = 500
    references: int = 20_000

    def covers(self, html: str) -> bool:
        """Take what ``html`` costs out of the budget, and say whether that was in it."""
        self.tags -= html.count("<")
        self.references -= html.count("&")
        self.growing -= sum(1 for _tag in _GROWING.finditer(html))
        return min(self.tags, self.references, self.growing) >= 0
