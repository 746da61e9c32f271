"""Paths through what leads from one to the next: rings, what is never reached, and how long they get."""

from collections.abc import Mapping, Sequence

Ways = Mapping[str, Sequence[str]]


def ring_in(ways: Ways) -> list[str]:
    """Return those that lead round in a circle, each to the next and the last to the first; none where nothing does."""
    done: set[str] = set()
    for start in ways:
        path: list[str] = []
        # Whoever stands on the path, with those it still leads to.
        open_ways = [(start, iter(ways[start]))] if start not in done else []
        path += [start] if open_ways else []
        while open_ways:
            here, rest = open_ways[-1]
            there = next(rest, None)
            if there is None:
                done.add(here)
                path.pop()
                open_ways.pop()
            elif there in path:
                return path[path.index(there) :]
            elif there not in done:
                path.append(there)
                open_ways.append((there, iter(ways[there])))
    return []


def unreached_in(ways: Ways, start: str) -> frozenset[str]:
    """Return those to which no path leads from the start."""
    reached, next_ones = {start}, [start]
    while next_ones:
        new = set(ways[next_ones.pop()]) - reached
        reached |= new
        next_ones += new
    return frozenset(set(ways) - reached)


def levels_of(ways: Ways) -> int:
    """Return how many stand on the longest path, where there is no ring."""
    longest: dict[str, int] = {}

    def levels(here: str) -> int:
        if here not in longest:
            longest[here] = 1 + max((levels(there) for there in ways[here]), default=0)
        return longest[here]

    return max((levels(here) for here in ways), default=0)
