"""What the record says of clocks and deadlines."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from triage.models import Event
from triage.states import DueFor

MOST_NAMES = 4

_NEAR: dict[str, Promise] = {
    DueFor.DECIDE: gettext_lazy("The time to decide is running out."),
    DueFor.CLAIM: gettext_lazy("The time to claim is running out."),
    DueFor.ANSWER: gettext_lazy("The time to answer is running out."),
    DueFor.RESOLVE: gettext_lazy("The time to resolve is running out."),
}
_LATE: dict[str, Promise] = {
    DueFor.DECIDE: gettext_lazy("Nobody decided in time."),
    DueFor.CLAIM: gettext_lazy("Nobody claimed in time."),
    DueFor.ANSWER: gettext_lazy("Nobody answered in time."),
    DueFor.RESOLVE: gettext_lazy("It was not resolved in time."),
}


def clock_sentence(event: Event, names: Mapping[int, str]) -> str:
    """Return what an event of the clocks says; nothing for the other events."""
    if event.kind == Event.Kind.HEARD and event.data.get("thanks"):
        return _("The customer said thank you: no new work, so nothing was reopened and no clock started.")
    if event.kind != Event.Kind.ESCALATED:
        return ""
    told = event.data.get("told", [])
    happened = str((_NEAR if event.data.get("is_near") else _LATE).get(event.data.get("step", ""), ""))
    clause = {"happened": happened, "clause": event.data.get("clause", "")}
    if not told:
        return _("%(happened)s Clause %(clause)s names nobody who can be told.") % clause
    known = [names[person] for person in told[:MOST_NAMES] if person in names]
    rest = len(told) - len(known)
    people = ", ".join(known)
    if rest and known:
        people = ngettext("%(names)s and %(count)d other", "%(names)s and %(count)d others", rest) % {
            "names": people,
            "count": rest,
        }
    elif rest:
        people = ngettext("%(count)d person", "%(count)d people", rest) % {"count": rest}
    return _("%(happened)s Told by clause %(clause)s: %(people)s.") % {**clause, "people": people}
