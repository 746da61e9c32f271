"""Which names there are that rules may use, and what to say of one that nothing has.

Channels, streams and lists of authors are kept by others; whoever sits above both tells here how they are read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from django.db.models.functions import Lower
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from policies.engine.naming import Known, Thing, named_in
from policies.engine.outcomes import Routing
from policies.engine.rules import Rule
from socialhub.lib.labels import quoted
from teams.models import Department, User

Reader = Callable[[], Collection[str]]
_readers: dict[Thing, Reader] = {}


def read_with(thing: Thing, reader: Reader) -> None:
    """Let names of a thing be read so, as ``policies.engine.facts.name_of`` makes them."""
    _readers[thing] = reader


def known_names(rules: Iterable[Rule], *, lists: Collection[str]) -> Known:
    """Return the names of what is there, where these rules name anything; ``lists`` are those of words."""
    rules = list(rules)
    named: dict[Thing, set[str]] = defaultdict(set)
    for rule in rules:
        for thing, names in named_in(rule).items():
            named[thing] |= names
    known: dict[Thing, Collection[str]] = {Thing.LIST: lists}
    if named[Thing.DEPARTMENT]:
        known[Thing.DEPARTMENT] = set(Department.objects.active().values_list("slug", flat=True))
    if named[Thing.PERSON]:
        people = User.objects.active().annotate(address=Lower("email")).filter(address__in=named[Thing.PERSON])
        known[Thing.PERSON] = set(people.values_list("address", flat=True))
    if named[Thing.TAG]:
        known[Thing.TAG] = {tag for rule in rules if isinstance(rule.outcome, Routing) for tag in rule.outcome.tags}
    return known | {thing: read() for thing, read in _readers.items() if named[thing]}


def words_for_unknown(thing: Thing, names: Sequence[str]) -> str:
    """Return the sentence on names that nothing has."""
    told = {"names": get_text_list([quoted(name) for name in names], _("or"))}
    match thing:
        case Thing.DEPARTMENT:
            return _("It names a department that takes no conversations: %(names)s.") % told
        case Thing.LIST:
            return _("It names a list of words that is not there: %(names)s.") % told
        case Thing.CHANNEL:
            return _("No channel is called %(names)s, nor any kind of channel.") % told
        case Thing.STREAM:
            return _("No stream is called %(names)s.") % told
        case Thing.AUTHOR_LIST:
            return _("No list of authors is called %(names)s.") % told
        case Thing.PERSON:
            return _("Nobody here has the e-mail address %(names)s.") % told
        case Thing.TAG:
            return _("No rule gives the tag %(names)s: only people can.") % told
