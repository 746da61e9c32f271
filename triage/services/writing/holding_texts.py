"""The sentence that may be said while an incident lasts, put into an answer."""

from datetime import datetime

from django.utils.translation import gettext as _

from policies.models import Incident
from policies.services.incidents import IncidentOver
from teams.models import User
from triage.services.writing import drafts
from triage.services.writing.saved_answers import put_behind


def insert_holding_text(*, incident: Incident, conversation_id: int, author: User, body: str, at: datetime) -> str:
    """Put the holding text behind ``body``, save that as the draft of ``author`` and return it.

    :raises IncidentOver: the incident has ended, and its text with it.
    :raises Invalid: the draft would be too long.
    """
    if not incident.is_open:
        raise IncidentOver(_("This incident has ended."))
    body = put_behind(body, incident.holding_text)
    drafts.save_draft(conversation_id=conversation_id, author=author, body=body, at=at)
    return body
