from itertools import pairwise, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.paths import levels_of, ring_in, unreached_in

NAMES = "abcde"
WAYS = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), max_size=4) for name in NAMES})


def follows(ways, path):
    return all(there in ways[here] for here, there in pairwise(path))


def simple_paths(ways):
    """Every path on which nobody stands twice, by trying all orders."""
    orders = (order for length in range(1, len(ways) + 1) for order in permutations(ways, length))
    return [order for order in orders if follows(ways, order)]


@given(WAYS)
@settings(max_examples=300, deadline=None)
def test_a_ring_is_found_exactly_where_a_path_comes_back(ways):
    rings = [path for path in simple_paths(ways) if path[0] in ways[path[-1]]]

    found = ring_in(ways)

    assert bool(found) is bool(rings)
    assert not found or tuple(found) in rings


@given(WAYS)
@settings(max_examples=200, deadline=None)
def test_what_is_never_reached_has_no_path_from_the_start(ways):
    reached = {path[-1] for path in simple_paths(ways) if path[0] == "a"}

    assert unreached_in(ways, "a") == frozenset(NAMES) - reached


@given(WAYS)
@settings(max_examples=200, deadline=None)
def test_levels_are_the_length_of_the_longest_path(ways):
    forward = {here: [there for there in listed if there > here] for here, listed in ways.items()}

    assert levels_of(forward) == max(len(path) for path in simple_paths(forward))


def test_who_leads_to_itself_is_a_ring():
    assert ring_in({"a": ["b"], "b": ["b"]}) == ["b"]


def test_nothing_has_no_levels():
    assert (ring_in({}), levels_of({})) == ([], 0)
