from pathlib import Path

from policies.engine.outcomes import Kind
from policies.engine.terms import TERMS
from policies.parts import PARTS

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


def test_everything_that_a_policy_may_say_is_described():
    names = [*TERMS, *Kind]

    assert [name for name in names if f"`{name}`" not in DOCS] == []
    assert [part.name for part in PARTS if f"\n{part.name}: " not in DOCS and f"\n{part.name}:\n" not in DOCS] == []
