"""One conversation attached to an open incident by a person, and taken out again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from policies.models import Incident
from teams.http import may, signed_in
from triage.access import get_conversation_for
from triage.services.arriving.saying_it_belongs import say_it_belongs
from triage.showing import undo_offers
from triage.views.acts import act


@may("conversation.view")
@require_POST
def attach_incident(request: HttpRequest, conversation_id: int, incident_id: int) -> HttpResponse:
    """Let a conversation belong to an incident, whatever its condition says."""
    return _say(request, conversation_id, incident_id, belongs=True)


@may("conversation.view")
@require_POST
def leave_incident(request: HttpRequest, conversation_id: int, incident_id: int) -> HttpResponse:
    """Take a conversation out of an incident, whatever its condition says."""
    return _say(request, conversation_id, incident_id, belongs=False)


def _say(request: HttpRequest, conversation_id: int, incident_id: int, *, belongs: bool) -> HttpResponse:
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="incident.attach")
    incident = get_object_or_404(Incident, pk=incident_id)
    done = _("It is part of “%(name)s” now.") if belongs else _("It is not part of “%(name)s” any more.")
    return act(
        request,
        conversation,
        lambda: say_it_belongs(
            conversation_id=conversation.pk, incident_id=incident.pk, belongs=belongs, actor=user, at=timezone.now()
        ),
        done % {"name": incident.name},
        undo=lambda _nothing, at, slug: undo_offers.of_belonging(at, incident.pk, slug, belongs=belongs),
    )
