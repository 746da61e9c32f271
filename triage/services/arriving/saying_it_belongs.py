"""A person says that a conversation belongs to an incident, or that it does not: that stands over the condition."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.incidents import OpenIncident
from policies.services import reading
from policies.services.incidents import IncidentOver, standing_until_committed
from socialhub.lib import live
from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Conversation, IncidentWord
from triage.services.arriving import belonging
from triage.services.arriving.facts import belonging_to
from triage.services.arriving.suggesting_anew import suggest_anew
from triage.states import OPEN


class AlreadySaid(Conflict):
    """It is so already."""

    code = "incident_said_already"


class NotAttachable(Conflict):
    """The conversation is closed, practice, or went on in another one."""

    code = "not_attachable"


def say_it_belongs(*, conversation_id: int, incident_id: int, belongs: bool, actor: User, at: datetime) -> None:
    """Attach a conversation to an open incident, or take it out, whatever the condition says. Locks the conversation.

    To say the opposite undoes it. No later search changes it, and the rules hold accordingly.

    :raises IncidentOver: the incident has ended.
    :raises NotAttachable: nobody works on the conversation any more, or never did.
    :raises AlreadySaid: it is so already.
    """
    with transaction.atomic():
        incidents = standing_until_committed()
        incident = incidents.get(incident_id)
        if incident is None:
            raise IncidentOver(_("This incident has ended."))
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        if conversation.learner_id is not None or conversation.stage not in OPEN:
            raise NotAttachable(_("Only what is open can be part of an incident."))
        if _belongs(conversation, incident) == belongs:
            raise AlreadySaid(
                _("It is part of that incident already.") if belongs else _("It is not part of that incident.")
            )
        word = IncidentWord.objects.filter(conversation=conversation, incident=incident_id)
        word.delete()
        if (incident in belonging_to([conversation_id], incidents)[conversation_id]) != belongs:
            # The condition says otherwise.
            word.create(conversation=conversation, incident_id=incident_id, belongs=belongs, by=actor, at=at)
        settled = belonging.settle([conversation_id], incidents, at=at, actor=actor)
        suggest_anew(settled.found, reading.policy_in_force(), at)
    live.inbox_changed()


def _belongs(conversation: Conversation, incident: OpenIncident) -> bool:
    return conversation.incident_parts.filter(incident=incident.pk).exists()
