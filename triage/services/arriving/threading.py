"""Find which mentions belong together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

Node = tuple[int, str]
# No channel has this id: the nodes of conversations are kept apart from those of mentions.
CONVERSATIONS = 0


@dataclass(slots=True)
class Arrival:
    """One mention that waits to be taken in."""

    mention_id: int
    channel_id: int
    external_id: str
    in_reply_to: str
    repeats: str = ""


@dataclass(slots=True)
class Group:
    """Arrivals that are one thread, with what is already known of it.

    ``conversations`` are those that hold a part of the thread, the one that holds
    what is answered first; ``loose`` are known mentions that no conversation holds
    yet (our own posts that nobody had answered).
    """

    arrivals: list[int] = field(default_factory=list)
    conversations: list[int] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)


class _Union:
    """Disjoint sets of nodes."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}

    def find(self, node: Node) -> Node:
        root = node
        while (above := self._parent.setdefault(root, root)) != root:
            root = above
        while self._parent[node] != root:
            self._parent[node], node = root, self._parent[node]
        return root

    def join(self, one: Node, other: Node) -> None:
        self._parent[self.find(other)] = self.find(one)


def group_arrivals(arrivals: Iterable[Arrival]) -> list[Group]:
    """Sort arrivals into threads by what they answer or repeat, in the order of their first mention.

    Also right when an answer arrives before what it answers: two answers to the
    same unheard mention are one thread, and it joins them when it comes. No
    conversation and no loose mention is in two groups.
    """
    waiting = list(arrivals)
    union = _Union()
    own: set[Node] = set()
    answered: set[Node] = set()
    for arrival in waiting:
        node = (arrival.channel_id, arrival.external_id)
        own.add(node)
        union.find(node)
        for referred in (arrival.in_reply_to, arrival.repeats):
            if referred:
                parent = (arrival.channel_id, referred)
                answered.add(parent)
                union.join(parent, node)
    neighbours = _known_neighbours(own, answered)
    for known in neighbours:
        for referred in (known.in_reply_to, known.repeats):
            if referred:
                union.join((known.channel_id, referred), known.node)
        if known.conversation_id is not None:
            union.join(known.node, (CONVERSATIONS, str(known.conversation_id)))
    groups: dict[Node, Group] = {}
    for arrival in waiting:
        root = union.find((arrival.channel_id, arrival.external_id))
        groups.setdefault(root, Group()).arrivals.append(arrival.mention_id)
    for known in neighbours:
        group = groups[union.find(known.node)]
        if known.conversation_id is None:
            if known.mention_id not in group.loose:
                group.loose.append(known.mention_id)
        elif known.conversation_id not in group.conversations:
            group.conversations.append(known.conversation_id)
    return list(groups.values())


class _Known(NamedTuple):
    """A mention that was taken in earlier."""

    channel_id: int
    external_id: str
    in_reply_to: str
    repeats: str
    conversation_id: int | None
    mention_id: int

    @property
    def node(self) -> Node:
        return self.channel_id, self.external_id


def _known_neighbours(own: set[Node], answered: set[Node]) -> list[_Known]:
    """Return what was taken in earlier and belongs to the arrivals, what they answer first.

    What no conversation holds leads on to what it answers and what answers it.
    """
    found: dict[int, _Known] = {}
    while own or answered:
        fresh = [known for known in _around(own, answered) if known.mention_id not in found]
        found |= {known.mention_id: known for known in fresh}
        loose = [known for known in fresh if known.conversation_id is None]
        own = {known.node for known in loose}
        answered = {
            (known.channel_id, referred)
            for known in loose
            for referred in (known.in_reply_to, known.repeats)
            if referred
        }
    return list(found.values())


def _around(own: set[Node], answered: set[Node]) -> list[_Known]:
    """Return what was taken in earlier: first what is answered, then what answers or passes on the same."""
    parents = _known_by("external_id", answered)
    # The copies of what is known are where it is, and may be thousands.
    unheard = answered - {known.node for known in parents}
    return parents + _known_by("in_reply_to", own | answered) + _known_by("repeats", own | unheard)


def _known_by(column: str, nodes: set[Node]) -> list[_Known]:
    """Return the mentions that were taken in and have one of the nodes in ``column``, one of three names."""
    with connection.cursor() as cursor:
        # One look into the index for each, however the tables have grown since they were analysed:
        # as a join, the planner may compare every node with every mention while a file is imported.
        cursor.execute(
            f"""
            SELECT m.channel_id, m.external_id, m.in_reply_to, m.repeats, entry.conversation_id, m.id
            FROM unnest(%s::bigint[], %s::text[]) AS wanted (channel_id, node)
            CROSS JOIN LATERAL (
                SELECT id, channel_id, external_id, in_reply_to, repeats FROM listening_mention AS one
                WHERE one.channel_id = wanted.channel_id AND one.{column} = wanted.node AND one.{column} <> ''
                OFFSET 0
            ) AS m
            LEFT JOIN triage_threadentry AS entry ON entry.mention_id = m.id
            WHERE NOT EXISTS (SELECT FROM listening_waitingmention AS waiting WHERE waiting.mention_id = m.id)
            ORDER BY m.id
            """,  # noqa: S608 - no reader's text in it
            [[node[0] for node in nodes], [node[1] for node in nodes]],
        )
        return [_Known(*row) for row in cursor.fetchall()]
