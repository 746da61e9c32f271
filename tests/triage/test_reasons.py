from policies.engine.outcomes import REASONS
from policies.wording import REASONS as WORDS
from triage.states import Reason


def test_rules_know_the_reasons_that_people_have_by_the_same_words():
    assert tuple(Reason.values) == REASONS
    assert {name: str(words) for name, words in WORDS.items()} == {
        reason.value: str(reason.label).lower() for reason in Reason
    }
