"""Notes beside a conversation: what colleagues ask each other without giving it away."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.moments import grouped
from teams.models import Department, Membership, User
from teams.roles import ANSWERING
from triage.models import Concern, Conversation, Event, Note, NoteAsk
from triage.services import recording, telling
from triage.services.keeping import erasing
from triage.services.pen import working
from triage.services.threads import merged_away
from triage.services.writing import wording_rules

MAX_LENGTH = 10_000
# More would be told by everybody and answered by nobody.
MOST_ASKED = 10


class NoteKeyTaken(Conflict):
    """The key of the note is that of another one."""

    code = "note_key_taken"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a note asks."""

    people: Sequence[User] = field(default_factory=list)
    departments: Sequence[Department] = field(default_factory=list)


def write_note(
    *,
    conversation_id: int,
    author: User,
    body: str,
    key: UUID,
    at: datetime,
    asked: Asked | None = None,
    answers: Note | None = None,
) -> Note:
    """Write a note, tell those whom it asks, and tell who asked what it answers.

    A department that is asked sees the conversation from now on. Called again with
    the same ``key`` it returns the note that is there already. Whoever holds the
    conversation keeps it.

    :raises Invalid: the text cannot be kept, or somebody is asked who cannot see the conversation.
    :raises NoteKeyTaken: the key belongs to another note.
    :raises MergedAway: the conversation was merged into another.
    """
    asked = asked or Asked()
    text = _checked(body)
    repeated = _repeated(key, conversation_id, author, text)
    if repeated is not None:
        return repeated
    _check_asked(conversation_id, author, asked)
    working.note_work(conversation_id=conversation_id, person=author, at=at)
    try:
        with transaction.atomic():
            merged_away.check(erasing.note_addition(conversation_id=conversation_id))
            note = Note.objects.create(
                conversation_id=conversation_id, author=author, body=text, written_at=at, answers=answers, key=key
            )
            _write_asks(note, asked)
            settled = _settle(answers, author, at) if answers is not None else []
            event = recording.record(
                conversation_id=conversation_id, kind=Event.Kind.NOTE, actor=author, at=at, data=_told(note, asked)
            )
            _tell(note, event, asked, settled)
    except IntegrityError:
        # Two clicks at once: the other one wrote it.
        repeated = _repeated(key, conversation_id, author, text)
        if repeated is None:
            raise
        return repeated
    return note


def may_be_asked(conversation_id: int, person: User) -> bool:
    """Say whether ``person`` may see the conversation that they are to be asked about."""
    return person.is_active and Conversation.objects.visible_to(person).filter(pk=conversation_id).exists()


def _checked(body: str) -> str:
    text = body.strip()
    if not text:
        raise Invalid(_("Write a note first."), field="body")
    if len(text) > MAX_LENGTH:
        raise Invalid(_("The note is longer than %(most)s characters.") % {"most": grouped(MAX_LENGTH)}, field="body")
    wording_rules.check_note(text)
    return text


def _repeated(key: UUID, conversation_id: int, author: User, text: str) -> Note | None:
    note = Note.objects.filter(key=key).first()
    if note is not None and (note.conversation_id, note.author_id, note.body) != (conversation_id, author.pk, text):
        raise NoteKeyTaken(_("This key belongs to another note. Make a new one."))
    return note


def _check_asked(conversation_id: int, author: User, asked: Asked) -> None:
    if len(asked.people) + len(asked.departments) > MOST_ASKED:
        raise Invalid(_("A note asks at most %(most)d people and departments.") % {"most": MOST_ASKED}, field="ask")
    is_asking = bool(asked.people or asked.departments)
    if is_asking and Conversation.objects.filter(pk=conversation_id, learner__isnull=False).exists():
        raise Invalid(_("Nobody else sees your practice, so a note on it asks nobody."), field="ask")
    for person in asked.people:
        if person.pk == author.pk:
            raise Invalid(_("You cannot ask yourself."), field="ask")
        if not may_be_asked(conversation_id, person):
            raise Invalid(_why_not(person), field="ask")


def _why_not(person: User) -> str:
    """Return that somebody cannot be asked, and who could be asked instead."""
    if not person.is_active:
        return _("%(name)s has left. Ask somebody else.") % {"name": person.name}
    departments = Department.objects.active().filter(memberships__user=person).by_name()
    names = [department.name for department in departments]
    if not names:
        return _("%(name)s cannot see this conversation.") % {"name": person.name}
    told = {"name": person.name, "departments": ", ".join(names)}
    return _("%(name)s cannot see this conversation. Ask their department instead: %(departments)s.") % told


def _write_asks(note: Note, asked: Asked) -> None:
    people = {person.pk: NoteAsk(note=note, person=person) for person in asked.people}
    departments = {department.pk: NoteAsk(note=note, department=department) for department in asked.departments}
    NoteAsk.objects.bulk_create([*people.values(), *departments.values()])
    # Before the event: who hears of it live are those whom the conversation concerns.
    Concern.objects.bulk_create(
        [
            Concern(conversation_id=note.conversation_id, department_id=department_id, because=Concern.Because.ASKED)
            for department_id in sorted(departments)
        ],
        ignore_conflicts=True,
    )


def _settle(answered: Note, author: User, at: datetime) -> list[User]:
    """Note that ``author`` has answered for themselves and their departments; return who is to be told."""
    mine = Q(person=author) | Q(department__in=list(author.rights.departments))
    NoteAsk.objects.filter(mine, note=answered, answered_at=None).update(answered_at=at)
    return [answered.author]


def _told(note: Note, asked: Asked) -> dict[str, object]:
    data: dict[str, object] = {"note": note.pk}
    if asked.people:
        data["people"] = sorted({person.pk for person in asked.people})
    if asked.departments:
        data["departments"] = sorted({department.pk for department in asked.departments})
    if note.answers_id is not None:
        data["answers"] = note.answers_id
    return data


def _tell(note: Note, event: Event, asked: Asked, settled: list[User]) -> None:
    conversation = Conversation.objects.get(pk=note.conversation_id)
    people = {person.pk: person for person in asked.people}
    for department in asked.departments:
        people |= {person.pk: person for person in _voices(department)}
    telling.tell_note_asks(conversation, event, list(people.values()))
    # One event tells everybody once: whoever is asked anew need not hear that they were answered.
    telling.tell_note_answers(conversation, event, [person for person in settled if person.pk not in people])


def _voices(department: Department) -> list[User]:
    """Return who answers for a department, or else all who belong to it."""
    members = Membership.objects.filter(department=department)
    answering = members.filter(role__in=ANSWERING, user__is_active=True)
    chosen = answering if answering.exists() else members
    return list(User.objects.active().filter(pk__in=chosen.values("user")))


def asked_of(user: User) -> QuerySet[NoteAsk]:
    """Return what ``user`` was asked in person or through a department, and nobody has answered."""
    mine = Q(person=user) | Q(department__in=list(user.rights.departments))
    return NoteAsk.objects.filter(mine, answered_at=None).exclude(note__author=user)
