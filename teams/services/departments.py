"""The departments and what they listen for."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import Department, User
from teams.services import audit

MAX_SLUG = 50


class DepartmentNameTaken(Conflict):
    """Another department has that name."""

    code = "department_name_taken"


def add_department(
    *, name: str, kind: str, listens_for: Sequence[str], actor: User, at: datetime, offering: str = ""
) -> Department:
    """Add a department.

    :raises DepartmentNameTaken: there is one of that name.
    """
    try:
        with transaction.atomic():
            department = Department.objects.create(
                slug=_free_slug(name), name=name, kind=kind, listens_for=list(listens_for), offering=offering
            )
            audit.note(actor=actor, verb=Verb.DEPARTMENT_ADDED, subject=name, at=at)
    except IntegrityError as error:
        raise DepartmentNameTaken(_("There is a department of this name already.")) from error
    return department


def change_department(
    *,
    department_id: int,
    name: str,
    kind: str,
    listens_for: Sequence[str],
    offering: str,
    actor: User,
    at: datetime,
) -> None:
    """Change a department's name, words and rule of offering. Its slug, which policies name, stays.

    :raises DepartmentNameTaken: another one has that name.
    """
    try:
        with transaction.atomic():
            Department.objects.filter(pk=department_id).update(
                name=name, kind=kind, listens_for=list(listens_for), offering=offering
            )
            audit.note(actor=actor, verb=Verb.DEPARTMENT_CHANGED, subject=name, at=at, department_id=department_id)
    except IntegrityError as error:
        raise DepartmentNameTaken(_("There is a department of this name already.")) from error


def close_department(*, department_id: int, actor: User, at: datetime) -> None:
    """Stop hand-overs to a department; what it holds stays with it."""
    _switch(department_id, is_active=False, verb=Verb.DEPARTMENT_CLOSED, actor=actor, at=at)


def open_department(*, department_id: int, actor: User, at: datetime) -> None:
    """Allow hand-overs to a department again."""
    _switch(department_id, is_active=True, verb=Verb.DEPARTMENT_OPENED, actor=actor, at=at)


def _switch(department_id: int, *, is_active: bool, verb: Verb, actor: User, at: datetime) -> None:
    with transaction.atomic():
        switched = Department.objects.filter(pk=department_id, is_active=not is_active).update(is_active=is_active)
        if switched:
            name = Department.objects.values_list("name", flat=True).get(pk=department_id)
            audit.note(actor=actor, verb=verb, subject=name, at=at, department_id=department_id)


def _free_slug(name: str) -> str:
    """Return a slug that nobody has; a name without Latin letters gets a plain one."""
    wanted = slugify(name)[:MAX_SLUG].strip("-") or "department"
    taken = set(Department.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    slug = wanted
    number = 2
    while slug in taken:
        slug = f"{wanted}-{number}"
        number += 1
    return slug
