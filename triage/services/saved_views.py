"""Saved views: kept, changed, shared, moved and deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Forbidden
from teams.models import Department, User
from triage.models import SavedView

# Each is counted while somebody looks, and nobody reads a longer menu.
MOST_OF_ONE = 50


class ViewNameTaken(Conflict):
    """There is a view of that name beside it."""

    code = "view_name_taken"


class TooManyViews(Conflict):
    """The menu is full."""

    code = "too_many_views"


class ViewNotTheirs(Forbidden):
    """Whoever asks may see the view, but not change it, or not share it there."""

    code = "view_not_theirs"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view is to be; ``department`` is whom it is shared with."""

    name: str
    query: str
    sort: str = ""
    department: Department | None = None


def may_share(user: User, department_id: int) -> bool:
    """Say whether a person may share views with a department, and change those that are."""
    return user.rights.may("view.share", department_id)


def may_change(user: User, view: SavedView) -> bool:
    """Say whether a person may change a view: their own, and one shared where they may share."""
    if view.department_id is None:
        return view.owner_id == user.pk
    return may_share(user, view.department_id)


def save_view(*, wanted: Wanted, actor: User, at: datetime) -> SavedView:
    """Keep a filter under a name, at the end of its menu.

    :raises ViewNotTheirs: they may not share with that department.
    :raises ViewNameTaken: there is one of that name.
    :raises TooManyViews: there are enough.
    """
    _check_sharing(actor, wanted.department)
    with _names_checked(), transaction.atomic():
        beside = _beside(actor.pk, wanted.department)
        _check_room(beside)
        return SavedView.objects.create(
            name=wanted.name,
            query=wanted.query,
            sort=wanted.sort,
            department=wanted.department,
            owner=actor,
            position=_end_of(beside),
            created_at=at,
            changed_at=at,
            looked_at=at,
        )


def change_view(*, view: SavedView, wanted: Wanted, actor: User, at: datetime) -> None:
    """Change a view; its number is counted anew. What moves to another menu stands at the end of that.

    Harmless to call twice. Only its owner takes a shared one back: it would be gone for everybody else.

    :raises ViewNotTheirs: it is not theirs to change or to take back, or not to share with that department.
    :raises ViewNameTaken: there is another of that name.
    :raises TooManyViews: the menu to which it moves is full.
    """
    _check_changing(actor, view)
    _check_sharing(actor, wanted.department)
    if wanted.department is None and view.owner_id != actor.pk:
        raise ViewNotTheirs(_("Only %(name)s takes this view back for themselves.") % {"name": view.owner.name})
    with _names_checked(), transaction.atomic():
        locked = SavedView.objects.select_for_update(of=("self",)).select_related("department").get(pk=view.pk)
        if Wanted(locked.name, locked.query, locked.sort, locked.department) == wanted:
            return
        if locked.department_id != (wanted.department.pk if wanted.department else None):
            beside = _beside(locked.owner_id, wanted.department)
            _check_room(beside)
            locked.position = _end_of(beside)
        locked.name, locked.query, locked.sort = wanted.name, wanted.query, wanted.sort
        locked.department = wanted.department
        locked.count, locked.counted_at, locked.count_seconds = None, None, 0.0
        locked.changed_at = locked.looked_at = at
        locked.save(
            update_fields=[
                "name",
                "query",
                "sort",
                "department",
                "position",
                "count",
                "counted_at",
                "count_seconds",
                "changed_at",
                "looked_at",
            ]
        )


def move_view(*, view: SavedView, step: int, actor: User) -> None:
    """Move a view up (``-1``) or down (``1``) among those of its menu; at the end of it nothing happens.

    :raises ViewNotTheirs: it is not theirs to move.
    """
    _check_changing(actor, view)
    with transaction.atomic():
        beside = _beside(view.owner_id, view.department).select_for_update(of=("self",)).order_by("pk")
        order = sorted(beside, key=lambda each: (each.position, each.pk))
        place = next((place for place, each in enumerate(order) if each.pk == view.pk), None)
        if place is None or not 0 <= place + step < len(order):
            return
        order.insert(place + step, order.pop(place))
        for position, each in enumerate(order):
            each.position = position
        SavedView.objects.bulk_update(order, ["position"])


def delete_view(*, view: SavedView, actor: User) -> None:
    """Delete a view; of what it lists nothing changes. Harmless to call twice.

    :raises ViewNotTheirs: it is not theirs to delete.
    """
    _check_changing(actor, view)
    SavedView.objects.filter(pk=view.pk).delete()


@contextmanager
def _names_checked() -> Iterator[None]:
    """Turn the database's word that a name is taken into ours."""
    try:
        yield
    except IntegrityError as error:
        raise ViewNameTaken(_("There is a view of that name already. Choose another.")) from error


def _beside(owner_id: int, department: Department | None) -> QuerySet[SavedView]:
    """Return the views of the same menu: of a department, or somebody's own."""
    if department is not None:
        return SavedView.objects.filter(department=department)
    return SavedView.objects.filter(owner=owner_id, department=None)


def _end_of(beside: QuerySet[SavedView]) -> int:
    last: int | None = beside.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _check_room(beside: QuerySet[SavedView]) -> None:
    if beside.count() >= MOST_OF_ONE:
        raise TooManyViews(
            _("There are %(most)s views here already. Delete one that nobody needs.") % {"most": MOST_OF_ONE}
        )


def _check_sharing(actor: User, department: Department | None) -> None:
    if department is not None and not may_share(actor, department.pk):
        raise ViewNotTheirs(_("Only a lead of %(department)s shares views with it.") % {"department": department.name})


def _check_changing(actor: User, view: SavedView) -> None:
    if not may_change(actor, view):
        raise ViewNotTheirs(_("This view is not yours to change."))
