"""One rule that chooses among all that can happen now, so that each happens as often as it should."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule


@dataclass(frozen=True)
class Act:
    """How often something happens beside the others, when it can, and with what."""

    weight: int
    when: Callable[[Any], object]
    drawn: dict[str, st.SearchStrategy[Any]]


def happens(
    weight: int = 1, *, when: Callable[[Any], object] = lambda _: True, **drawn: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark a method as something that can happen."""

    def mark(do: Callable[..., None]) -> Callable[..., None]:
        do.act = Act(weight, when, drawn)  # type: ignore[attr-defined]
        return do

    return mark


class Happening(RuleBasedStateMachine):
    """Hypothesis leaves out some rules in each run; conversations that come to an end need nearly all of them."""

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        named = {name: getattr(getattr(type(self), name), "act", None) for name in dir(type(self))}
        acts = {name: act for name, act in named.items() if isinstance(act, Act)}
        possible = [name for name, act in acts.items() if act.when(self) for _ in range(act.weight)]
        name = data.draw(st.sampled_from(possible), label="what happens")
        given = {key: data.draw(strategy, label=key) for key, strategy in acts[name].drawn.items()}
        note(f"{name}({', '.join(f'{key}={value!r}' for key, value in given.items())})")
        getattr(self, name)(**given)
