"""The doors to what departments hear and write down."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from teams.models import Department, User


def departments_heard_by(user: User) -> list[Department]:
    """Return the departments whose stream ``user`` may read: their own, or all for those who see everything."""
    departments = Department.objects.by_name()
    if user.rights.everywhere("conversation.view"):
        return list(departments)
    return list(departments.filter(pk__in=user.rights.departments_for("conversation.view")))


def get_department_for(user: User, slug: str) -> Department:
    """Return the department if ``user`` may read its stream.

    That a department exists is no secret, so one that is not theirs is 403.

    :raises Http404: there is none.
    :raises PermissionDenied: it is not theirs.
    """
    department = get_object_or_404(Department, slug=slug)
    if not user.rights.may("conversation.view", department.pk):
        raise PermissionDenied
    return department


def departments_written_for_by(user: User) -> list[Department]:
    """Return the departments for which ``user`` may write takeaways."""
    mine = user.rights.departments_for("takeaway.write")
    return list(Department.objects.by_name().filter(pk__in=mine)) if mine else []
