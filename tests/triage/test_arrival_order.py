from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listening.heard import HeardItem
from listening.models import Channel
from listening.services import ingest
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.hearing import said
from triage.models import Conversation
from triage.services.arriving import intake
from triage.states import Outcome

pytestmark = pytest.mark.django_db

MOST = 14


class Said(NamedTuple):
    """One thing that is said, by whom, and what it answers or passes on."""

    name: str
    who: str
    about: str

    @property
    def item(self) -> HeardItem:
        """The same as a channel tells it."""
        number = int(self.name)
        return said(
            self.name,
            f"Number {number}.",
            author=f"author {number % 5}",
            minute=number,
            ours=self.who == "us",
            is_automatic=self.who == "machine",
            **{"repeats" if self.who == "copy" else "answers": self.about},
        )


@st.composite
def forests(draw: st.DrawFn) -> list[Said]:
    """Draw threads of people, of us and of machines, some of which answer or pass on what nobody hears."""
    forest: list[Said] = []
    for n in range(draw(st.integers(1, MOST))):
        who = draw(st.sampled_from(["them", "us", "machine", "copy"]))
        # Passing on what we said opens nothing where we know that it was ours, so there the order matters.
        others = [one.name for one in forest if who != "copy" or one.who == "them"]
        forest.append(Said(str(n), who, draw(st.sampled_from(["", "unheard", *others]))))
    return forest


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Said], list[list[Said]]]:
    """Draw a forest, and the batches of any size and in any order in which it arrives."""
    forest = draw(forests())
    batches: list[list[Said]] = [[]]
    for one in draw(st.permutations(forest)):
        if batches[-1] and draw(st.booleans()):
            batches.append([])
        batches[-1].append(one)
    return forest, batches


def conversations(channel: Channel, batches: Sequence[Sequence[Said]]) -> list[list[str]]:
    """Return what each conversation holds once every batch was stored and taken in."""
    for batch in batches:
        ingest.store_items(channel=channel, items=[one.item for one in batch], at=NOON)
        intake.take_in_everything(at=NOON)
    found = Conversation.objects.filter(channel=channel)
    for conversation in found:
        entries = conversation.entries.all()
        counted = (sum(not entry.is_copy for entry in entries), sum(entry.is_copy for entry in entries))
        assert (conversation.mention_count, conversation.copy_count) == counted
        assert bool(entries) != (conversation.outcome == Outcome.MERGED)
    held = [sorted(one.entries.values_list("mention__external_id", flat=True)) for one in found]
    return sorted(ids for ids in held if ids)


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals())
def test_any_order_and_any_batches_give_the_conversations_of_one_batch_in_order(policy, drawn):
    forest, batches = drawn

    assert conversations(ChannelFactory(), batches) == conversations(ChannelFactory(), [forest])
