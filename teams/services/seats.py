"""The cross-functional team: a seat for each department, and who heads the team."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.locks import Lock, take
from teams.changes import Verb
from teams.models import Department, Membership, Seat, User
from teams.services import audit


class NoSeat(Conflict):
    """The department has no seat, or has it no more."""

    code = "no_seat"


class TeamNeedsProponent(Conflict):
    """The team would be left without the one who heads it."""

    code = "team_needs_proponent"


def give_seat(*, department_id: int, representative: User, actor: User, at: datetime) -> None:
    """Give a department its seat, or another representative. The first seat of the team heads it.

    :raises Invalid: the representative is no member of the department, or cannot sign in.
    """
    with transaction.atomic():
        # Exactly one heads the team: whoever changes seats waits for whoever is doing so.
        take(Lock.CHANGE_TEAM)
        department = Department.objects.select_for_update().get(pk=department_id)
        is_member = Membership.objects.filter(user=representative, department=department).exists()
        if not is_member or not representative.is_active:
            raise Invalid(_("The representative must be a member of the department."), field="representative")
        seat = Seat.objects.filter(department=department).first()
        if seat is not None and seat.representative_id == representative.pk:
            return
        if seat is None:
            is_first = not Seat.objects.exists()
            Seat.objects.create(department=department, representative=representative, is_proponent=is_first)
        else:
            Seat.objects.filter(pk=seat.pk).update(representative=representative)
        audit.note(
            actor=actor,
            verb=Verb.SEAT_GIVEN,
            subject=department.name,
            at=at,
            representative=representative.name,
        )


def remove_seat(*, department_id: int, actor: User, at: datetime) -> None:
    """Take a department's seat off the team.

    :raises NoSeat: it has none.
    :raises TeamNeedsProponent: it is the proponent's, and others would stay behind without one.
    """
    with transaction.atomic():
        take(Lock.CHANGE_TEAM)
        seat = _seat_of(department_id)
        if seat.is_proponent and Seat.objects.exclude(pk=seat.pk).exists():
            raise TeamNeedsProponent(_("This seat heads the team. Name another proponent first."))
        Seat.objects.filter(pk=seat.pk).delete()
        audit.note(actor=actor, verb=Verb.SEAT_REMOVED, subject=seat.department.name, at=at)


def name_proponent(*, department_id: int, actor: User, at: datetime) -> None:
    """Let the representative of a department head the team, in place of who did.

    :raises NoSeat: the department has no seat.
    """
    with transaction.atomic():
        take(Lock.CHANGE_TEAM)
        seat = _seat_of(department_id)
        if seat.is_proponent:
            return
        Seat.objects.filter(is_proponent=True).update(is_proponent=False)
        Seat.objects.filter(pk=seat.pk).update(is_proponent=True)
        audit.note(
            actor=actor,
            verb=Verb.PROPONENT_NAMED,
            subject=seat.representative.name,
            at=at,
            department=seat.department.name,
        )


def _seat_of(department_id: int) -> Seat:
    seat = Seat.objects.select_related("department", "representative").filter(department=department_id).first()
    if seat is None:
        raise NoSeat(_("This department has no seat on the team."))
    return seat
