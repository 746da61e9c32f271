"""How an incident is asked for: by its name, and where several have borne it by when it was declared, too."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Lower

from policies.models import Incident
from triage.services.arriving.facts import company_zone

_FORM = "%Y-%m-%d %H:%M"
_DECLARED = re.compile(r"(.+) (\d{4}-\d\d-\d\d \d\d:\d\d)")


def asked_as(incidents: Sequence[Incident]) -> list[str]:
    """Return for each incident what finds it alone."""
    if not incidents:
        return []
    named = Incident.objects.order_by().annotate(lower=Lower("name")).values("lower").annotate(count=Count("pk"))
    shared = set(named.filter(count__gt=1).values_list("lower", flat=True))
    return [
        f"{one.name} {one.declared_at.astimezone(company_zone()):{_FORM}}" if one.name.lower() in shared else one.name
        for one in incidents
    ]


def meant_by(text: str) -> Q:
    """Return which incidents are asked for."""
    named = Q(name__iexact=text)
    told = _DECLARED.fullmatch(text)
    if told is None:
        return named
    try:
        since = datetime.strptime(told[2], _FORM).replace(tzinfo=company_zone())
        return named | Q(name__iexact=told[1], declared_at__gte=since, declared_at__lt=since + timedelta(minutes=1))
    except (ValueError, OverflowError):
        return named
