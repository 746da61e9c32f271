"""Exceptions from clauses: granted with a reason and an end, revoked, listed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from policies.models import Clause, PolicyVersion, Waiver
from socialhub.lib.errors import Conflict, Invalid
from teams.changes import Verb
from teams.models import Department, User
from teams.services import audit

# Who needs an exception for longer needs another policy.
LONGEST = timedelta(days=366)
MOST_REASON = 1000


class WaiverOver(Conflict):
    """The waiver was revoked, or has ended by itself."""

    code = "waiver_over"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A waiver as a form gives it: for a person or for a department."""

    clause_key: UUID
    reason: str
    until: datetime
    person: User | None = None
    department: Department | None = None


def grant(*, wanted: Wanted, granted_by: User, at: datetime) -> Waiver:
    """Let a clause of the version in force not hold for somebody until a moment.

    It excuses nobody from attesting: that is no clause.

    :raises Invalid: no clause in force, nobody or two, no reason, or an end that is past or too far.
    """
    reason = wanted.reason.strip()
    if not reason or len(reason) > MOST_REASON:
        raise Invalid(_("Say why, in at most %(count)d characters.") % {"count": MOST_REASON}, field="reason")
    if (wanted.person is None) == (wanted.department is None):
        raise Invalid(_("Choose a person or a department."), field="person")
    if wanted.until <= at:
        raise Invalid(_("That moment is past."), field="until")
    if wanted.until > at + LONGEST:
        raise Invalid(_("A waiver ends within a year. Change the policy if it is to last."), field="until")
    with transaction.atomic():
        clause = Clause.objects.filter(version__state=PolicyVersion.State.IN_FORCE, key=wanted.clause_key).first()
        if clause is None:
            raise Invalid(_("This clause is not in force."), field="clause")
        waiver = Waiver.objects.create(
            clause_key=clause.key,
            clause_name=str(clause),
            person=wanted.person,
            department=wanted.department,
            reason=reason,
            granted_by=granted_by,
            granted_at=at,
            until=wanted.until,
        )
        audit.note(
            actor=granted_by,
            verb=Verb.WAIVER_GRANTED,
            subject=str(clause),
            at=at,
            whom=name_of(waiver),
            reason=reason,
            waiver=waiver.pk,
        )
    return waiver


def revoke(*, waiver_id: int, revoked_by: User, at: datetime) -> None:
    """End a waiver before its time.

    :raises WaiverOver: it was revoked, or has ended by itself.
    """
    with transaction.atomic():
        won = Waiver.objects.filter(pk=waiver_id).standing(at).update(revoked_at=at, revoked_by=revoked_by)
        if not won:
            raise WaiverOver(_("This waiver was revoked or has ended already."))
        waiver = Waiver.objects.select_related("person", "department").get(pk=waiver_id)
        audit.note(
            actor=revoked_by,
            verb=Verb.WAIVER_REVOKED,
            subject=waiver.clause_name,
            at=at,
            whom=name_of(waiver),
            waiver=waiver.pk,
        )


def standing_for(person: User, *, department_id: int | None, at: datetime) -> QuerySet[Waiver]:
    """Return the waivers that hold for a person who acts for a department."""
    theirs = Q(person=person)
    if department_id is not None:
        theirs |= Q(department=department_id)
    return Waiver.objects.standing(at).filter(theirs)


def name_of(waiver: Waiver) -> str:
    """Return for whom a waiver is."""
    whom = waiver.person or waiver.department
    return whom.name if whom is not None else ""
