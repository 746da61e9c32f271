"""What was changed, in sentences: the verbs of the audit record."""

from datetime import datetime

from django.db import models
from django.utils.text import get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialhub.lib.moments import date_format
from socialhub.lib.told import read, retold
from teams.models import AuditEntry


class Verb(models.TextChoices):
    """Every kind of administrative change; the label is its sentence."""

    SET_UP = "organisation.set_up", gettext_lazy("%(actor)s set up Socialhub for %(subject)s.")
    ORGANISATION_CHANGED = (
        "organisation.changed",
        gettext_lazy("%(actor)s changed the name, clock or language of %(subject)s."),
    )
    HOURS_CHANGED = "hours.changed", gettext_lazy("%(actor)s changed the opening hours of %(subject)s.")
    PERSON_ADDED = "person.added", gettext_lazy("%(actor)s added %(subject)s.")
    PERSON_CHANGED = "person.changed", gettext_lazy("%(actor)s changed the name or address of %(subject)s.")
    CAPACITY_SET = (
        "person.capacity_set",
        gettext_lazy("%(actor)s set how many conversations %(subject)s holds at most."),
    )
    PERSON_INVITED = "person.invited", gettext_lazy("%(actor)s made a link for %(subject)s to set a password.")
    PERSON_DEACTIVATED = "person.deactivated", gettext_lazy("%(actor)s closed the account of %(subject)s.")
    PERSON_REACTIVATED = "person.reactivated", gettext_lazy("%(actor)s opened the account of %(subject)s again.")
    ROLE_GIVEN = "role.given", gettext_lazy("%(actor)s made %(subject)s %(role)s.")
    ROLE_TAKEN = "role.taken", gettext_lazy("%(actor)s ended that %(subject)s is %(role)s.")
    MEMBER_PLACED = "member.placed", gettext_lazy("%(actor)s made %(subject)s %(role)s in %(department)s.")
    MEMBER_REMOVED = "member.removed", gettext_lazy("%(actor)s took %(subject)s out of %(department)s.")
    DEPARTMENT_ADDED = "department.added", gettext_lazy("%(actor)s added the department %(subject)s.")
    DEPARTMENT_CHANGED = "department.changed", gettext_lazy("%(actor)s changed the department %(subject)s.")
    DEPARTMENT_CLOSED = "department.closed", gettext_lazy("%(actor)s stopped hand-overs to %(subject)s.")
    DEPARTMENT_OPENED = "department.opened", gettext_lazy("%(actor)s allowed hand-overs to %(subject)s again.")
    SEAT_GIVEN = "seat.given", gettext_lazy("%(actor)s named %(representative)s representative of %(subject)s.")
    SEAT_REMOVED = "seat.removed", gettext_lazy("%(actor)s took the seat of %(subject)s off the team.")
    PROPONENT_NAMED = "proponent.named", gettext_lazy("%(actor)s named %(subject)s proponent of the team.")
    KEY_MADE = "key.made", gettext_lazy("%(actor)s made the API key %(subject)s.")
    KEY_REVOKED = "key.revoked", gettext_lazy("%(actor)s revoked the API key %(subject)s.")
    POLICY_DRAFTED = "policy.drafted", gettext_lazy("%(actor)s began %(subject)s of the policy.")
    POLICY_DISCARDED = "policy.discarded", gettext_lazy("%(actor)s discarded %(subject)s of the policy.")
    POLICY_PUBLISHED = "policy.published", gettext_lazy("%(actor)s put %(subject)s of the policy in force.")
    POLICY_PUBLISHED_ANYWAY = (
        "policy.published_anyway",
        gettext_lazy("%(actor)s put %(subject)s of the policy in force %(without)s (“%(reason)s”)."),
    )
    POLICY_IN_REVIEW = "policy.in_review", gettext_lazy("%(actor)s sent %(subject)s of the policy to its reviewers.")
    POLICY_PULLED_BACK = (
        "policy.pulled_back",
        gettext_lazy("%(actor)s took %(subject)s of the policy back to write on it."),
    )
    POLICY_AGREED = "policy.agreed", gettext_lazy("%(actor)s approved %(subject)s of the policy as a reviewer.")
    POLICY_CHANGES_ASKED = (
        "policy.changes_asked",
        gettext_lazy("%(actor)s asked for changes in %(subject)s of the policy (“%(reason)s”)."),
    )
    POLICY_APPROVED = "policy.approved", gettext_lazy("%(actor)s completed the approval of %(subject)s of the policy.")
    POLICY_SCHEDULED = (
        "policy.scheduled",
        gettext_lazy("%(actor)s scheduled %(subject)s of the policy for %(moment)s."),
    )
    POLICY_UNSCHEDULED = (
        "policy.unscheduled",
        gettext_lazy("%(actor)s took %(subject)s of the policy off the schedule."),
    )
    POLICY_HELD = (
        "policy.held",
        gettext_lazy("%(actor)s kept %(subject)s of the policy from coming in force as scheduled (“%(reason)s”)."),
    )
    POLICY_IMPORTED = (
        "policy.imported",
        gettext_lazy("%(actor)s replaced the text of %(subject)s with one from a folder."),
    )
    WAIVER_GRANTED = (
        "waiver.granted",
        gettext_lazy("%(actor)s excused %(whom)s from clause %(subject)s (“%(reason)s”)."),
    )
    WAIVER_REVOKED = (
        "waiver.revoked",
        gettext_lazy("%(actor)s ended that %(whom)s is excused from clause %(subject)s."),
    )
    CHANNEL_ADDED = "channel.added", gettext_lazy("%(actor)s connected the channel %(subject)s.")
    CHANNEL_CHANGED = "channel.changed", gettext_lazy("%(actor)s changed the channel %(subject)s.")
    CHANNEL_PAUSED = "channel.paused", gettext_lazy("%(actor)s paused the channel %(subject)s.")
    CHANNEL_RESUMED = "channel.resumed", gettext_lazy("%(actor)s resumed the channel %(subject)s.")
    CHANNEL_SECRET_REPLACED = (
        "channel.secret_replaced",
        gettext_lazy("%(actor)s replaced or ended a secret of the channel %(subject)s."),
    )
    SENDING_STOPPED = "sending.stopped", gettext_lazy("%(actor)s stopped sending: %(subject)s (“%(reason)s”).")
    SENDING_RESUMED = "sending.resumed", gettext_lazy("%(actor)s allowed sending again: %(subject)s.")
    INCIDENT_DECLARED = (
        "incident.declared",
        gettext_lazy("%(actor)s declared the incident “%(subject)s”, level %(level)s."),
    )
    INCIDENT_CHANGED = (
        "incident.changed",
        gettext_lazy("%(actor)s changed the incident “%(subject)s”, now level %(level)s."),
    )
    INCIDENT_ENDED = "incident.ended", gettext_lazy("%(actor)s ended the incident “%(subject)s”.")
    DECIDING_STOPPED = (
        "deciding.stopped",
        gettext_lazy("%(actor)s stopped decisions without a person: %(subject)s (“%(reason)s”)."),
    )
    DECIDING_RESUMED = "deciding.resumed", gettext_lazy("%(actor)s allowed decisions without a person: %(subject)s.")
    HOLD_PLACED = "hold.placed", gettext_lazy("%(actor)s placed a legal hold (“%(subject)s”).")
    HOLD_LIFTED = "hold.lifted", gettext_lazy("%(actor)s lifted the legal hold “%(subject)s” (“%(reason)s”).")
    RETENTION_CANCELLED = "retention.cancelled", gettext_lazy("%(actor)s stopped erasing for one night: %(subject)s.")
    ANSWER_ADDED = "answer.added", gettext_lazy("%(actor)s added the saved answer %(subject)s.")
    ANSWER_CHANGED = "answer.changed", gettext_lazy("%(actor)s changed the saved answer %(subject)s.")
    ANSWER_RETIRED = "answer.retired", gettext_lazy("%(actor)s retired the saved answer %(subject)s.")
    ANSWER_RESTORED = "answer.restored", gettext_lazy("%(actor)s brought the saved answer %(subject)s back.")
    STREAM_ADDED = "stream.added", gettext_lazy("%(actor)s added the stream %(subject)s.")
    STREAM_CHANGED = "stream.changed", gettext_lazy("%(actor)s changed the stream %(subject)s.")
    STREAM_PAUSED = "stream.paused", gettext_lazy("%(actor)s paused the stream %(subject)s.")
    STREAM_RESUMED = "stream.resumed", gettext_lazy("%(actor)s resumed the stream %(subject)s.")
    STREAM_DELETED = "stream.deleted", gettext_lazy("%(actor)s deleted the stream %(subject)s.")
    AUTHOR_LIST_ADDED = "author_list.added", gettext_lazy("%(actor)s added the author list %(subject)s.")
    AUTHOR_LIST_CHANGED = "author_list.changed", gettext_lazy("%(actor)s changed the author list %(subject)s.")
    AUTHOR_LIST_DELETED = "author_list.deleted", gettext_lazy("%(actor)s deleted the author list %(subject)s.")
    AUTHOR_LIST_FILLED = (
        "author_list.filled",
        gettext_lazy("%(actor)s put %(count)s authors on the list %(subject)s."),
    )
    AUTHOR_LIST_EMPTIED = (
        "author_list.emptied",
        gettext_lazy("%(actor)s took %(count)s authors off the list %(subject)s."),
    )
    STREAM_REVIEWED = (
        "stream.reviewed",
        gettext_lazy("%(actor)s confirmed that the stream %(subject)s is still needed."),
    )


def sentence_of_change(entry: AuditEntry) -> str:
    """Return what an entry tells, in one sentence."""
    if entry.verb not in Verb.values:
        return _("%(actor)s changed %(subject)s.") % _words(entry)
    return str(Verb(entry.verb).label) % _words(entry)


def _words(entry: AuditEntry) -> dict[str, object]:
    actor = entry.actor.name if entry.actor else _("The system")
    # A word that an old entry lacks is left out rather than lost with its page.
    missing = dict.fromkeys(
        ("role", "department", "representative", "reason", "without", "moment", "whom", "count", "level"), "…"
    )
    words = {**missing, **entry.detail, "subject": entry.subject}
    words |= {name: str(read(kept)) for name, kept in entry.detail.get("told", {}).items()}
    if "role" in entry.detail:
        words["role"] = retold(entry.detail["role"])
    if "lacks" in entry.detail:
        words["without"] = get_text_list([retold(lack) for lack in entry.detail["lacks"]], _("and"))
    return {**words, "moment": _moment(str(words["moment"])), "actor": actor}


def _moment(kept: str) -> str:
    """Return a moment for the reader; old entries have it in words."""
    try:
        return date_format(localtime(datetime.fromisoformat(kept)), "j F Y, H:i")
    except ValueError:
        return kept
