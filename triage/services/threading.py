"""Find which mentions belong together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

Node = tuple[int, str]


@dataclass(slots=True)
class Arrival:
    """One mention that waits to be taken in."""

    mention_id: int
    channel_id: int
    external_id: str
    in_reply_to: str


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
    """Sort arrivals into threads by what they answer, in the order of their first mention.

    Also right when an answer arrives before what it answers: two answers to the
    same unheard mention are one thread, and it joins them when it comes.
    """
    waiting = list(arrivals)
    union = _Union()
    own: dict[Node, int] = {}
    answered: set[Node] = set()
    for arrival in waiting:
        node = (arrival.channel_id, arrival.external_id)
        own[node] = arrival.mention_id
        union.find(node)
        if arrival.in_reply_to:
            parent = (arrival.channel_id, arrival.in_reply_to)
            answered.add(parent)
            union.join(parent, node)
    groups: dict[Node, Group] = {}
    for arrival in waiting:
        root = union.find((arrival.channel_id, arrival.external_id))
        groups.setdefault(root, Group()).arrivals.append(arrival.mention_id)
    for node, conversation_id, mention_id in _known_neighbours(own.keys(), answered):
        group = groups[union.find(node)]
        if conversation_id is None:
            if mention_id not in group.arrivals and mention_id not in group.loose:
                group.loose.append(mention_id)
        elif conversation_id not in group.conversations:
            group.conversations.append(conversation_id)
    return list(groups.values())


def _known_neighbours(own: Iterable[Node], answered: Iterable[Node]) -> list[tuple[Node, int | None, int]]:
    """Return (node, conversation, mention) of what is stored already: first what is answered, then what answers."""
    answered_list = list(answered)
    answers = list({*own, *answered_list})
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.channel_id, m.external_id, entry.conversation_id, m.id
            FROM unnest(%s::bigint[], %s::text[]) AS wanted (channel_id, external_id)
            JOIN listening_mention AS m USING (channel_id, external_id)
            LEFT JOIN triage_threadentry AS entry ON entry.mention_id = m.id
            WHERE NOT EXISTS (SELECT FROM listening_waitingmention AS waiting WHERE waiting.mention_id = m.id)
            """,
            [[node[0] for node in answered_list], [node[1] for node in answered_list]],
        )
        found = cursor.fetchall()
        cursor.execute(
            """
            SELECT m.channel_id, m.in_reply_to, entry.conversation_id, m.id
            FROM unnest(%s::bigint[], %s::text[]) AS wanted (channel_id, in_reply_to)
            JOIN listening_mention AS m USING (channel_id, in_reply_to)
            JOIN triage_threadentry AS entry ON entry.mention_id = m.id
            WHERE m.in_reply_to <> ''
            ORDER BY m.id
            """,
            [[node[0] for node in answers], [node[1] for node in answers]],
        )
        found += cursor.fetchall()
    return [
        ((channel_id, external_id), conversation_id, mention_id)
        for channel_id, external_id, conversation_id, mention_id in found
    ]
