"""Writing down what a department takes away."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from insights.models import Takeaway
from socialhub.lib.errors import Forbidden, Invalid
from teams.models import Department, User
from triage.models import Conversation, Event
from triage.services import recording
from triage.services.keeping import erasing
from triage.services.threads import merged_away

LONGEST = 4000


class NotListening(Forbidden):
    """The person does not listen for that department, or the conversation does not concern them."""

    code = "not_listening"


def write_takeaway(
    *, conversation_id: int, department: Department, author: User, kind: str, text: str, at: datetime
) -> Takeaway:
    """Keep a takeaway and note it in the conversation's history. Locks the conversation.

    The same words again, from a second click, are the takeaway that is there.

    :raises NotListening: the author is not a member of the department, or may not see the conversation.
    :raises Invalid: there is no such kind, or the text is empty or too long.
    :raises MergedAway: the conversation was merged into another.
    """
    if not author.rights.may("takeaway.write", department.pk):
        raise NotListening(_("You write takeaways for your own departments only."))
    if kind not in Takeaway.Kind.values:
        raise Invalid(_("Choose what it is good for."), field="kind")
    text = text.strip()
    if not text:
        raise Invalid(_("Write down what your department takes away."), field="text")
    if len(text) > LONGEST:
        raise Invalid(_("A takeaway has at most %(n)d characters.") % {"n": LONGEST}, field="text")
    with transaction.atomic():
        visible = Conversation.objects.visible_to(author).select_for_update(of=("self",), no_key=True)
        if not visible.filter(pk=conversation_id).exists():
            raise NotListening(_("This conversation does not concern you."))
        written = {"conversation_id": conversation_id, "department": department, "author": author, "text": text}
        known = Takeaway.objects.filter(**written, kind=kind).first()
        if known is not None:
            return known
        merged_away.check(erasing.note_addition(conversation_id=conversation_id))
        takeaway = Takeaway.objects.create(**written, kind=kind, at=at)
        recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.TAKEAWAY,
            actor=author,
            at=at,
            data={"takeaway": takeaway.pk, "department": department.pk},
        )
    return takeaway


def erase_takeaways(*, conversation_id: int) -> None:
    """Erase the words of all takeaways of a conversation. Call it in the transaction that erases it."""
    Takeaway.objects.filter(conversation=conversation_id).update(text="")
