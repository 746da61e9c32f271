"""Who is asked for their word, whose turn it is, and what waits for somebody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Invalid
from teams.models import Appointment, Department, Membership, User
from teams.roles import CAN, COMPANY_ROLES, Role
from triage.models import Approval, ApprovalStep
from triage.services.approving import Needed

MOST_ASKED = 5
ACTION = "reply.approve"
# The roles by which a decision can ask; those in a department are asked through it.
ROLES = tuple(role for role in Role if role in COMPANY_ROLES & CAN[ACTION])


class NobodyToAsk(Conflict):
    """Whoever should approve is the author, or is not here any more."""

    code = "nobody_to_ask"


def check_asked(needed: Needed) -> None:
    """Check whose word a decision asks for.

    :raises Invalid: nobody or too many, or somebody who may not approve.
    """
    if not needed.asked:
        raise Invalid(_("Choose who has to approve."), field="approval")
    if len(needed.asked) > MOST_ASKED:
        raise Invalid(_("Ask at most %(most)d for approval.") % {"most": MOST_ASKED}, field="approval")
    if len({str(one) for one in needed.asked}) < len(needed.asked):
        raise Invalid(_("Ask everybody for approval only once."), field="approval")
    for one in needed.asked:
        person = User.objects.active().filter(pk=one.get("person") or 0).first()
        is_known = (
            (person is not None and person.rights.may_somewhere(ACTION))
            or Department.objects.active().filter(pk=one.get("department") or 0).exists()
            or one.get("role") in ROLES
        )
        if len(one) != 1 or not is_known:
            raise Invalid(_("Somebody of those asked for approval may not approve."), field="approval")


def make_steps(approval: Approval, needed: Needed) -> list[ApprovalStep]:
    """Save a step for each whose word is asked.

    The author is left out: nobody approves their own answer. Of several of whom one
    is enough, those are left out for whom nobody can speak.

    :raises NobodyToAsk: nobody is left, or somebody who must approve cannot.
    """
    steps: list[ApprovalStep] = []
    for one in needed.asked:
        if one.get("person") == approval.author_id:
            continue
        step = _step(one, len(steps), approval.author_id)
        step.approval = approval
        if people_of([step]):
            steps.append(step)
        elif needed.mode != Approval.Mode.ANY:
            raise NobodyToAsk(_("Nobody can approve for %(name)s now. Ask the triage owner.") % {"name": name_of(step)})
    if not steps:
        raise NobodyToAsk(_("Nobody but you is asked to approve. Hand the conversation over, or ask the triage owner."))
    return ApprovalStep.objects.bulk_create(steps)


def names_of(needed: Needed) -> list[str]:
    """Return whose word a decision asks, for readers, in its order."""
    ids = {part: [one[part] for one in needed.asked if part in one] for part in ("person", "department")}
    people = User.objects.in_bulk(ids["person"]) if ids["person"] else {}
    departments = Department.objects.in_bulk(ids["department"]) if ids["department"] else {}
    names = []
    for one in needed.asked:
        if "role" in one:
            names.append(str(Role(one["role"]).label))
        else:
            found = people.get(one.get("person", 0)) or departments.get(one.get("department", 0))
            names.append(found.name if found is not None else _("somebody who is gone"))
    return names


def name_of(step: ApprovalStep) -> str:
    """Return whose word it is, for readers."""
    if step.person is not None:
        return step.person.name
    if step.department is not None:
        return step.department.name
    return str(Role(step.role).label)


def people_of(steps: Sequence[ApprovalStep]) -> list[User]:
    """Return everybody who may speak for one of the steps; never their author."""
    if not steps:
        return []
    departments = [step.department_id for step in steps if step.department_id is not None]
    roles = [step.role for step in steps if step.role]
    people = User.objects.active().filter(
        Q(pk__in=[step.person_id for step in steps if step.person_id is not None])
        | Q(pk__in=Membership.objects.filter(department__in=departments, role__in=CAN[ACTION]).values("user"))
        | Q(pk__in=Appointment.objects.filter(role__in=roles).values("user"))
    )
    found = people.exclude(pk__in=[step.author_id for step in steps]).by_name()
    return [person for person in found if person.rights.may_somewhere(ACTION)]


def people_asked(needed: Needed, *, but: User) -> list[User]:
    """Return everybody who may speak for one of those that a decision asks, without ``but``."""
    steps = [_step(one, position, but.pk) for position, one in enumerate(needed.asked)]
    return people_of(steps)


def may_approve() -> QuerySet[User]:
    """Return everybody whose word a decision can ask, by name."""
    by_membership = Membership.objects.filter(role__in=CAN[ACTION]).values("user")
    by_role = Appointment.objects.filter(role__in=CAN[ACTION]).values("user")
    return User.objects.active().filter(Q(pk__in=by_membership) | Q(pk__in=by_role)).by_name()


def asked_of(user: User) -> Q:
    """Return the condition that a step asks ``user``, by the rights they have now."""
    rights = user.rights
    if not rights.may_somewhere(ACTION):
        return Q(pk__in=[])
    return ~Q(author=user) & (
        Q(person=user)
        | Q(department__in=rights.departments_for(ACTION))
        | Q(role__in=sorted(rights.company & CAN[ACTION]))
    )


def whose_turn(approval: Approval) -> list[ApprovalStep]:
    """Return the steps whose word is waited for now."""
    without = approval.steps.select_related("person", "department").filter(verdict="").order_by("position")
    return list(without[:1] if approval.mode == Approval.Mode.IN_ORDER else without)


def waiting_for(user: User, *, at: datetime) -> QuerySet[Approval]:
    """Return the approvals that wait for the word of ``user``, the most pressing first."""
    earlier = ApprovalStep.objects.filter(approval=OuterRef("approval"), verdict="", position__lt=OuterRef("position"))
    turn = ApprovalStep.objects.filter(
        asked_of(user),
        ~Q(approval__mode=Approval.Mode.IN_ORDER) | ~Exists(earlier),
        approval=OuterRef("pk"),
        verdict="",
    )
    return (
        Approval.objects.filter(
            Exists(turn),
            Q(expires_at=None) | Q(expires_at__gt=at),
            state=Approval.State.ASKED,
            fence=F("conversation__fence"),
        )
        .select_related("conversation__channel", "conversation__profile", "author", "original__mention")
        .order_by(F("expires_at").asc(nulls_last=True), "pk")
    )


def _step(one: dict[str, Any], position: int, author_id: int) -> ApprovalStep:
    return ApprovalStep(
        author_id=author_id,
        position=position,
        person_id=one.get("person"),
        department_id=one.get("department"),
        role=one.get("role", ""),
    )
