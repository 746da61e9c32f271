"""Who is asked for their word, whose turn it is, and what waits for somebody."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from policies.services import binding
from socialhub.lib.errors import Conflict, Invalid
from teams.models import Appointment, Department, Membership, User
from teams.roles import CAN, COMPANY_ROLES, Role
from triage.models import Approval, ApprovalStep
from triage.services.approving.standing import Needed

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


def make_steps(approval: Approval, needed: Sequence[Needed]) -> list[ApprovalStep]:
    """Save a step for each whose word is asked, group by group.

    The author is left out: nobody approves their own answer. Of several of whom one
    is enough, those are left out for whom nobody can speak.

    :raises NobodyToAsk: nobody of a group is left, or somebody who must approve cannot.
    """
    steps: list[ApprovalStep] = []
    before = approval.steps.order_by("position").last()
    first_group, first_position = (0, 0) if before is None else (before.group + 1, before.position + 1)
    for group, one in enumerate(needed, start=first_group):
        for step in _steps_of(one, approval):
            step.group, step.position = group, first_position + len(steps)
            steps.append(step)
    return ApprovalStep.objects.bulk_create(steps)


def _steps_of(needed: Needed, approval: Approval) -> list[ApprovalStep]:
    steps: list[ApprovalStep] = []
    for one, name in zip(needed.asked, names_of(needed), strict=True):
        if one.get("person") == approval.author_id:
            continue
        step = None if "gone" in one else _step(one, 0, approval.author_id)
        if step is not None and people_of([step]):
            step.approval, step.mode, step.clause_id = approval, needed.mode, needed.clause_id
            steps.append(step)
        elif needed.mode != Approval.Mode.ANY:
            raise NobodyToAsk(_nobody_for(name, needed))
    if not steps:
        raise NobodyToAsk(
            _nobody_for(", ".join(names_of(needed)), needed)
            if needed.clause_id is not None
            else _("Nobody but you is asked to approve. Hand the conversation over, or ask the triage owner.")
        )
    return steps


def _nobody_for(name: str, needed: Needed) -> str:
    if needed.clause_id is None:
        return _("Nobody can approve for %(name)s now. Ask the triage owner.") % {"name": name}
    told = {"name": name, "clause": needed.label}
    return _("Clause %(clause)s asks for the word of %(name)s, and nobody else can give it now.") % told


def names_of(needed: Needed) -> list[str]:
    """Return whose word is asked, for readers, in its order."""
    ids = {part: [one[part] for one in needed.asked if part in one] for part in ("person", "department")}
    people = User.objects.in_bulk(ids["person"]) if ids["person"] else {}
    departments = Department.objects.in_bulk(ids["department"]) if ids["department"] else {}
    names = []
    for one in needed.asked:
        if "gone" in one:
            names.append(one["gone"])
            continue
        role = str(Role(one["role"]).label) if "role" in one else ""
        if role and "department" not in one:
            names.append(role)
            continue
        found = people.get(one.get("person", 0)) or departments.get(one.get("department", 0))
        name = found.name if found is not None else _("somebody who is gone")
        names.append(_in_department(role, name) if role else name)
    return names


def name_of(step: ApprovalStep) -> str:
    """Return whose word it is, for readers."""
    if step.person is not None:
        return step.person.name
    role = str(Role(step.role).label) if step.role else ""
    if step.department is not None:
        return _in_department(role, step.department.name) if role else step.department.name
    return role


def _in_department(role: str, department: str) -> str:
    return _("%(role)s of %(department)s") % {"role": role, "department": department}


def people_of(steps: Sequence[ApprovalStep]) -> list[User]:
    """Return everybody who may speak for one of the steps; never their author."""
    return [person for person in _asked_by(steps) if person.rights.may_somewhere(ACTION)] if steps else []


def _asked_by(steps: Sequence[ApprovalStep]) -> QuerySet[User]:
    """Return those whom steps ask by name, department or role, without their author."""
    members = Q(pk__in=[])
    for step in steps:
        if step.department_id is not None:
            members |= Q(department=step.department_id, role__in=[step.role] if step.role else CAN[ACTION])
    roles = [step.role for step in steps if step.role and step.department_id is None]
    people = User.objects.active().filter(
        Q(pk__in=[step.person_id for step in steps if step.person_id is not None])
        | Q(pk__in=Membership.objects.filter(members).values("user"))
        | Q(pk__in=Appointment.objects.filter(role__in=roles).values("user"))
    )
    return people.exclude(pk__in=[step.author_id for step in steps]).by_name()


def people_asked(needed: Sequence[Needed], *, but: User) -> list[User]:
    """Return everybody who may speak for one of those that are asked, without ``but``."""
    return people_of([_step(one, 0, but.pk) for group in needed for one in group.asked if "gone" not in one])


def names_of_silent(needed: Sequence[Needed], *, author: User, version_id: int, at: datetime) -> list[str]:
    """Return which of those whose word is asked cannot give it yet: nobody of them has attested what binds them."""
    attested = binding.attested_enough(version_id=version_id, at=at).values("user")
    return [
        name
        for group in needed
        for one, name in zip(group.asked, names_of(group), strict=True)
        if "gone" not in one
        and one.get("person") != author.pk
        and not _asked_by([_step(one, 0, author.pk)]).filter(pk__in=attested).exists()
    ]


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
    departments = rights.departments_for(ACTION)
    mine = Q(person=user) | Q(department__in=departments, role="")
    mine |= Q(department=None, role__in=sorted(rights.company & CAN[ACTION]))
    for department in departments:
        mine |= Q(department=department, role=rights.departments[department])
    return ~Q(author=user) & mine


def open_groups(approval: Approval) -> list[list[ApprovalStep]]:
    """Return the steps whose word is missing still, by their groups; none when every group has given its word."""
    found = approval.steps.select_related("person", "department").order_by("position")
    groups = [list(steps) for _group, steps in groupby(found, key=lambda step: step.group)]
    return [[step for step in steps if not step.verdict] for steps in groups if _is_open(steps)]


def _is_open(group: Sequence[ApprovalStep]) -> bool:
    missing = sum(not step.verdict for step in group)
    return missing == len(group) if group[0].mode == Approval.Mode.ANY else missing > 0


def whose_turn(approval: Approval) -> list[ApprovalStep]:
    """Return the steps whose word is waited for now."""
    turns = [group[:1] if group[0].mode == Approval.Mode.IN_ORDER else group for group in open_groups(approval)]
    return [step for turn in turns for step in turn]


def waiting_for(user: User, *, at: datetime) -> QuerySet[Approval]:
    """Return the approvals that wait for the word of ``user``, the most pressing first."""
    group = ApprovalStep.objects.filter(approval=OuterRef("approval"), group=OuterRef("group"))
    turn = ApprovalStep.objects.filter(
        asked_of(user),
        ~Q(mode=Approval.Mode.IN_ORDER) | ~Exists(group.filter(verdict="", position__lt=OuterRef("position"))),
        ~Q(mode=Approval.Mode.ANY) | ~Exists(group.exclude(verdict="")),
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
        .select_related(
            "conversation__channel", "conversation__profile", "author", "original__mention", "policy_version"
        )
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
