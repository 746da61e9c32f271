"""The incident of the invented company: declared on the morning when its app and shop went down, and over."""

from datetime import datetime, timedelta

from policies.engine.incidents import Incidents, OpenIncident, read_belonging
from policies.models import Incident
from socialhub.demo import rhythm
from socialhub.demo.founding import Company
from teams.changes import Verb
from teams.services import audit
from triage.models import Conversation, IncidentPart
from triage.services.arriving.facts import belonging_to

NAME, LEVEL = "App and shop down", 2
HOLDING_TEXT = (
    "Our app and our shop have been down since this morning. We are working on it. Your lock opens with the button "
    "under the saddle, held for ten seconds. We speak again at every full hour."
)
CONDITION = {
    "words": [
        *("app", "appli", "aplicación", "aplicação", "shop", "tienda", "down", "panne", "unlock", "no connection"),
        *("status page", "login loop", "button trick", "order page", "knappen", "bouton", "caída", "caído"),
    ]
}
DECLARED_AFTER, LASTED = timedelta(minutes=25), timedelta(hours=6)


def declare_outage(company: Company, *, at: datetime) -> None:
    """Write down that the incident was declared and ended, and what belonged to it."""
    declared_at = rhythm.outage_start(at) + DECLARED_AFTER
    ended_at = declared_at + LASTED
    opener, ender = company.people["nadia"], company.people["mette"]
    incident = Incident.objects.create(
        name=NAME,
        level=LEVEL,
        condition=CONDITION,
        holding_text=HOLDING_TEXT,
        revision=2,
        declared_by=opener,
        declared_at=declared_at,
        ended_by=ender,
        ended_at=ended_at,
    )
    known = Incidents([(OpenIncident(incident.pk, NAME, LEVEL), read_belonging(CONDITION))])
    opened = Conversation.objects.filter(opened_at__gte=declared_at - DECLARED_AFTER, opened_at__lt=ended_at)
    moments = dict(opened.values_list("pk", "opened_at"))
    IncidentPart.objects.bulk_create(
        IncidentPart(incident=incident, conversation_id=pk, at=max(moments[pk], declared_at))
        for pk, belonging in belonging_to(list(moments), known).items()
        if belonging
    )
    audit.note(actor=opener, verb=Verb.INCIDENT_DECLARED, subject=NAME, at=declared_at, level=LEVEL)
    audit.note(actor=ender, verb=Verb.INCIDENT_ENDED, subject=NAME, at=ended_at)
