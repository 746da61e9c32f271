"""What clauses are called by their place and level."""

from collections.abc import Iterable


def labels(levels: Iterable[int]) -> list[str]:
    """Return 1, 2, 2.1, 2.2, 3 … for the levels (1 or 2) of clauses in their order.

    A clause of the second level that no other stands above counts as one of the first.
    """
    found: list[str] = []
    upper = lower = 0
    for level in levels:
        if level == 1 or upper == 0:
            upper, lower = upper + 1, 0
            found.append(str(upper))
        else:
            lower += 1
            found.append(f"{upper}.{lower}")
    return found
