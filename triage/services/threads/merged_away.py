"""A conversation that was merged away: its record stays to be read, and whatever is done happens where it goes on."""

from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from triage.models import Conversation
from triage.states import Outcome


class MergedAway(Conflict):
    """The conversation was merged into another; ``into`` is where its thread goes on."""

    code = "merged_away"

    def __init__(self, conversation: Conversation) -> None:
        self.into = conversation.merged_into()
        name = Conversation.objects.filter(pk=self.into or 0).values_list("author_name", flat=True).first()
        super().__init__(
            _("This conversation was merged into the one with %(name)s.") % {"name": name}
            if name
            else _("This conversation was merged into another one.")
        )


def check(conversation: Conversation) -> None:
    """Make sure that a conversation, as it was read, was not merged away.

    :raises MergedAway: it was.
    """
    if conversation.outcome == Outcome.MERGED:
        raise MergedAway(conversation)


def instead_of(conflict: Conflict, conversation: Conversation) -> Conflict:
    """Return why an act on a conversation, read anew, is refused: wherever it was merged away, for that."""
    return MergedAway(conversation) if conversation.outcome == Outcome.MERGED else conflict
