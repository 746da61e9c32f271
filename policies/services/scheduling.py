"""An approved version that comes in force by itself at a moment that was chosen."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from policies.models import PolicyVersion
from policies.services import documents, publishing
from policies.services.publishing import name_of
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.locks import Lock, take
from teams.changes import Verb
from teams.models import Notification, User
from teams.services import audit, notifications

State = PolicyVersion.State
# Who plans further ahead writes a new version until then.
LONGEST_AHEAD = timedelta(days=730)


class NotApproved(Conflict):
    """The version is not, or no longer, approved and waiting."""

    code = "not_approved"


class NotScheduled(Conflict):
    """The version is not, or no longer, scheduled."""

    code = "not_scheduled"


def schedule_version(
    *, version_id: int, publisher: User, moment: datetime, at: datetime, reason: str = ""
) -> PolicyVersion:
    """Let an approved version come in force by itself at a future moment.

    :raises NotApproved: it was pulled back, scheduled or published meanwhile.
    :raises ReasonNeeded: something is missing, see ``publishing.lacks``, and no reason is given.
    :raises Invalid: the moment is past, too far or that of another version, or the version could not be carried out.
    """
    if moment <= at:
        raise Invalid(_("That moment is past. Choose one to come, or put the version in force now."), field="moment")
    if moment > at + LONGEST_AHEAD:
        raise Invalid(_("That is more than two years ahead."), field="moment")
    with transaction.atomic():
        take(Lock.PUBLISH_POLICY)
        version = PolicyVersion.objects.select_for_update().filter(pk=version_id, state=State.APPROVED).first()
        if version is None:
            raise NotApproved(_("This version is not approved any more, or it is scheduled or in force already."))
        documents.check(version)
        same = PolicyVersion.objects.scheduled().filter(scheduled_for=moment).first()
        if same is not None:
            told = {"number": same.number}
            raise Invalid(_("Version %(number)d comes in force at the same moment.") % told, field="moment")
        publishing.refuse_to_be_replaced(version, moment=moment)
        version.reason = publishing.explained(version, reason)
        version.state, version.scheduled_for, version.published_by = State.SCHEDULED, moment, publisher
        version.save(update_fields=["state", "scheduled_for", "published_by", "reason"])
        audit.note(
            actor=publisher,
            verb=Verb.POLICY_SCHEDULED,
            subject=name_of(version),
            at=at,
            version=version.pk,
            moment=moment.isoformat(),
            reason=version.reason,
        )
    return version


def unschedule_version(*, version_id: int, publisher: User, at: datetime) -> PolicyVersion:
    """Take a version off the schedule; it stays approved.

    :raises NotScheduled: it came in force or was taken off meanwhile.
    """
    with transaction.atomic():
        take(Lock.PUBLISH_POLICY)
        version = PolicyVersion.objects.select_for_update().filter(pk=version_id, state=State.SCHEDULED).first()
        if version is None:
            raise NotScheduled(_("This version came in force or was taken off the schedule a moment ago."))
        _take_off(version)
        audit.note(actor=publisher, verb=Verb.POLICY_UNSCHEDULED, subject=name_of(version), at=at, version=version.pk)
    return version


def put_due_in_force(*, at: datetime) -> int:
    """Put in force what is scheduled for ``at`` or before, in that order; return how many came.

    Harmless to run twice or twice at once. What could not be carried out any more, say
    because a department was closed meanwhile, goes back to being approved, and who
    scheduled it is told.
    """
    count = 0
    while PolicyVersion.objects.scheduled().filter(scheduled_for__lte=at).exists():
        with transaction.atomic():
            take(Lock.PUBLISH_POLICY)
            due = PolicyVersion.objects.scheduled().filter(scheduled_for__lte=at)
            version = due.select_for_update(of=("self",)).select_related("published_by", "created_by").first()
            if version is None:
                break
            try:
                documents.check(version)
            except Invalid as refusal:
                _hold(version, str(refusal), at)
                continue
            publishing.put_in_force(version, at=at)
            _tell(version, Notification.Kind.POLICY_IN_FORCE, at)
            count += 1
    return count


def _hold(version: PolicyVersion, reason: str, at: datetime) -> None:
    _tell(version, Notification.Kind.POLICY_HELD, at)
    _take_off(version)
    audit.note(actor=None, verb=Verb.POLICY_HELD, subject=name_of(version), at=at, version=version.pk, reason=reason)


def _take_off(version: PolicyVersion) -> None:
    version.state, version.scheduled_for, version.published_by, version.reason = State.APPROVED, None, None, ""
    version.save(update_fields=["state", "scheduled_for", "published_by", "reason"])


def _tell(version: PolicyVersion, kind: Notification.Kind, at: datetime) -> None:
    people = {person.pk: person for person in (version.published_by, version.created_by) if person is not None}
    notifications.notify(
        people=list(people.values()),
        kind=kind,
        subject=version.title,
        actor=None,
        at=at,
        path=reverse("policies:version", args=[version.number]),
    )
