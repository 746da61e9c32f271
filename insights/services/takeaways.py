"""Writing down what a department takes away."""

from datetime import datetime

from django.db import transaction

from insights.models import Takeaway
from socialhub.lib.errors import Forbidden
from teams.models import Department, User
from triage.models import Event
from triage.services import recording


class NotListening(Forbidden):
    """The person does not listen for that department."""

    code = "not_listening"


def write_takeaway(
    *, conversation_id: int, department: Department, author: User, kind: str, text: str, at: datetime
) -> Takeaway:
    """Keep a takeaway and note it in the conversation's history.

    :raises NotListening: the author is not a member of the department.
    """
    if not author.rights.may("takeaway.write", department.pk):
        raise NotListening("You write takeaways for your own departments only.")
    with transaction.atomic():
        takeaway = Takeaway.objects.create(
            conversation_id=conversation_id, department=department, author=author, kind=kind, text=text, at=at
        )
        recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.TAKEAWAY,
            actor=author,
            at=at,
            data={"takeaway": takeaway.pk},
        )
    return takeaway
