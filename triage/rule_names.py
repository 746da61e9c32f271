"""The names of what is heard, for those who write rules."""

from listening.connectors.registry import CONNECTORS
from listening.models import AuthorList, Channel, Stream
from policies.engine.facts import name_of
from policies.engine.naming import Thing
from policies.names import read_with


def connect() -> None:
    """Let rules be checked against what we listen to; each is read only where a rule names one."""
    read_with(Thing.CHANNEL, _channels)
    read_with(Thing.STREAM, _streams)
    read_with(Thing.AUTHOR_LIST, _author_lists)


def _channels() -> set[str]:
    return {*CONNECTORS, *map(name_of, Channel.objects.values_list("name", flat=True))}


def _streams() -> set[str]:
    return set(map(name_of, Stream.objects.values_list("name", flat=True)))


def _author_lists() -> set[str]:
    return {*AuthorList.Kind.values, *map(name_of, AuthorList.objects.values_list("name", flat=True))}
