"""Who is here: people are added, changed, and their accounts closed and opened again."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import User
from teams.services import audit
from teams.services.appointing import keep_an_administrator


class AddressTaken(Conflict):
    """Somebody else signs in with that address."""

    code = "address_taken"


def add_person(*, name: str, email: str, actor: User, at: datetime) -> User:
    """Add somebody who has no password yet and therefore cannot sign in.

    :raises AddressTaken: somebody has that address.
    """
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, None, name=name, joined_at=at, is_led_to_course=True)
            audit.note(actor=actor, verb=Verb.PERSON_ADDED, subject=name, at=at, person=person.pk)
    except IntegrityError as error:
        raise AddressTaken(_("Somebody signs in with this address already.")) from error
    return person


def lead_to_course_no_more(person: User) -> None:
    """Let pages no more lead ``person`` to the course: they are through with it, or do not want to be reminded."""
    User.objects.filter(pk=person.pk, is_led_to_course=True).update(is_led_to_course=False)
    person.is_led_to_course = False


def change_person(*, person_id: int, name: str, email: str, actor: User, at: datetime) -> None:
    """Change somebody's name or address.

    :raises AddressTaken: somebody else has that address.
    """
    try:
        with transaction.atomic():
            User.objects.filter(pk=person_id).update(name=name, email=email.lower())
            audit.note(actor=actor, verb=Verb.PERSON_CHANGED, subject=name, at=at, person=person_id)
    except IntegrityError as error:
        raise AddressTaken(_("Somebody else signs in with this address.")) from error


def set_capacity(*, person_id: int, capacity: int | None, actor: User, at: datetime) -> None:
    """Say how many conversations somebody holds at most; None is no limit. What they hold stays theirs."""
    with transaction.atomic():
        changed = User.objects.filter(pk=person_id).exclude(capacity=capacity).update(capacity=capacity)
        if changed:
            name = User.objects.values_list("name", flat=True).get(pk=person_id)
            audit.note(actor=actor, verb=Verb.CAPACITY_SET, subject=name, at=at, person=person_id, capacity=capacity)


def note_invitation(*, person: User, actor: User, at: datetime) -> None:
    """Note that a link to set a password was made; whoever holds it can become that person."""
    audit.note(actor=actor, verb=Verb.PERSON_INVITED, subject=person.name, at=at, person=person.pk)


def close_account(*, person_id: int, actor: User, at: datetime) -> None:
    """Let somebody sign in no more; open sessions and keys end with the next request.

    What they hold stays theirs until a colleague takes it over.

    :raises LastAdministrator: nobody would be left to look after the installation.
    """
    with transaction.atomic():
        keep_an_administrator(without=person_id)
        if User.objects.filter(pk=person_id, is_active=True).update(is_active=False):
            name = User.objects.values_list("name", flat=True).get(pk=person_id)
            audit.note(actor=actor, verb=Verb.PERSON_DEACTIVATED, subject=name, at=at, person=person_id)


def open_account(*, person_id: int, actor: User, at: datetime) -> None:
    """Let somebody sign in again."""
    with transaction.atomic():
        if User.objects.filter(pk=person_id, is_active=False).update(is_active=True):
            name = User.objects.values_list("name", flat=True).get(pk=person_id)
            audit.note(actor=actor, verb=Verb.PERSON_REACTIVATED, subject=name, at=at, person=person_id)
