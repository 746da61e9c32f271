from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.conditions import All, AnyOf, Condition, Not
from policies.engine.facts import Facts
from policies.engine.index import Index
from policies.engine.terms import Range, Term

WORDS = ("order", "refund", "late", "fire", "money back")
LANGUAGES = ("en", "de", "da")


def holds(condition: Condition, facts: Facts) -> bool:
    """What a condition means, said as plainly as possible."""
    match condition:
        case All(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)
        case Not(part):
            return not holds(part, facts)
        case Term("words", words):
            return any(f" {word} " in f" {facts.text} " for word in words)
        case Term("pattern", pattern):
            return pattern in facts.text
        case Term("language", languages):
            return facts.language in languages
        case Term("reach", limits):
            return facts.reach is not None and limits.has(facts.reach)
        case Term("spike", wanted):
            return facts.is_spike is wanted
    raise AssertionError(condition)


terms = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda words: Term("words", tuple(words))),
    st.sampled_from(("ref", "fi", "ord")).map(lambda pattern: Term("pattern", pattern)),
    st.frozensets(st.sampled_from(LANGUAGES), min_size=1).map(lambda languages: Term("language", languages)),
    st.tuples(st.sampled_from((None, 0, 5, 10)), st.sampled_from((None, 7, 20))).map(
        lambda ends: Term("reach", Range(*ends))
    ),
    st.booleans().map(lambda wanted: Term("spike", wanted)),
)
conditions = st.recursive(
    terms,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda found: All(tuple(found))),
        st.lists(parts, min_size=1, max_size=3).map(lambda found: AnyOf(tuple(found))),
        parts.map(Not),
    ),
    max_leaves=8,
)
facts = st.builds(
    Facts,
    text=st.lists(st.sampled_from((*WORDS, "hello", "you")), max_size=5).map(" ".join),
    language=st.sampled_from(("", *LANGUAGES)),
    reach=st.sampled_from((None, 0, 5, 7, 10, 20)),
    is_spike=st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=12), facts)
def test_the_index_finds_exactly_the_conditions_that_hold_in_their_order(written, given_facts):
    index = Index((condition, place) for place, condition in enumerate(written))

    found = [place for place, _evidence in index.matches(given_facts)]

    assert found == [place for place, condition in enumerate(written) if holds(condition, given_facts)]
