"""How many conversations one person holds at once."""

from django.utils.translation import ngettext

from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Conversation
from triage.states import Stage


class AtCapacity(Conflict):
    """The person holds as many conversations as they may."""

    code = "at_capacity"


def make_sure_of_room(person: User) -> None:
    """Refuse when ``person`` holds as many conversations as they may; call it in the transaction that gives one more.

    Locks the person's row before any conversation, so that of two claims at once the
    second counts the first. What waits for a customer is not counted.

    :raises AtCapacity: they hold as many as they may.
    """
    most = _full_at(person)
    if most is not None:
        sentence = ngettext(
            "You hold %(most)d conversation, which is as many as you may. Finish or release it first.",
            "You hold %(most)d conversations, which is as many as you may. Finish or release one first.",
            most,
        )
        raise AtCapacity(sentence % {"most": most})


def has_room(person: User) -> bool:
    """Say whether ``person`` may hold one more; see ``make_sure_of_room``."""
    return _full_at(person) is None


def lock(person: User) -> User:
    """Lock a person's row: before any conversation, where one may be given to them once it is locked."""
    # Weaker than an update of the key: whoever writes an event of theirs meanwhile does not wait.
    return User.objects.select_for_update(no_key=True).only("capacity").get(pk=person.pk)


def _full_at(person: User) -> int | None:
    """Return how many a person may hold if they have as many; None where they may. Locks their row."""
    most = lock(person).capacity if person.capacity is not None else None
    if most is None or Conversation.objects.work().filter(holder=person, stage=Stage.CLAIMED).count() < most:
        return None
    return most
