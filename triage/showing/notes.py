"""The notes beside a conversation, and who can be asked there, as its page shows them to one person."""

import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from socialhub.lib.moments import date_format
from teams.models import Appointment, Department, Membership, User
from teams.roles import CAN
from triage.models import Concern, Conversation, Note, NoteAsk

MOST_SHOWN = 50
PERSON, DEPARTMENT = "person", "department"


@dataclass(frozen=True, slots=True)
class ShownAsk:
    """Whom a note asks, and whether they have answered."""

    name: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class ShownNote:
    """One note; with ``asks_me`` the reader is asked and has not answered yet."""

    pk: int
    name: str
    at_text: str
    at_iso: str
    text: str
    asks: list[ShownAsk]
    asks_me: bool
    answers_text: str
    answer_key: uuid.UUID


@dataclass(frozen=True, slots=True)
class Choices:
    """Whom a note may ask: what the form sends, and the name."""

    departments: list[tuple[str, str]]
    people: list[tuple[str, str]]


def read_notes(conversation: Conversation, user: User) -> list[ShownNote]:
    """Return the newest notes, oldest first."""
    newest = (
        Note.objects.filter(conversation=conversation)
        .select_related("author", "answers__author")
        .defer("search", "answers__search")
    )
    notes = list(newest.order_by("-pk")[:MOST_SHOWN])[::-1]
    if not notes:
        return []
    asks: dict[int, list[NoteAsk]] = {}
    asked = NoteAsk.objects.filter(note__in=[note.pk for note in notes]).select_related("person", "department")
    for ask in asked.order_by("pk"):
        asks.setdefault(ask.note_id, []).append(ask)
    return [_shown(note, asks.get(note.pk, []), user) for note in notes]


def read_choices(conversation: Conversation, user: User) -> Choices:
    """Return whom a note of ``user`` may ask: every department, and the people who may see the conversation."""
    departments = Department.objects.active().by_name().values_list("pk", "name")
    concerned = Concern.objects.filter(conversation=conversation).values("department")
    viewing = CAN["conversation.view"]
    seeing = Exists(Appointment.objects.filter(user=OuterRef("pk"), role__in=viewing)) | Exists(
        Membership.objects.filter(user=OuterRef("pk"), role__in=viewing, department__in=concerned)
    )
    people = User.objects.active().filter(seeing).exclude(pk=user.pk).by_name().values_list("pk", "name")
    return Choices(
        [(f"{DEPARTMENT}-{pk}", name) for pk, name in departments],
        [(f"{PERSON}-{pk}", name) for pk, name in people],
    )


def _shown(note: Note, asks: list[NoteAsk], user: User) -> ShownNote:
    answers = note.answers.author.name if note.answers is not None else ""
    return ShownNote(
        note.pk,
        note.author.name,
        date_format(timezone.localtime(note.written_at), "j M, H:i"),
        note.written_at.isoformat(),
        note.body,
        [ShownAsk(_name(ask), ask.answered_at is not None) for ask in asks],
        any(_is_mine(ask, user) for ask in asks) and note.author_id != user.pk,
        _("answers %(name)s") % {"name": answers} if answers else "",
        uuid.uuid4(),
    )


def _name(ask: NoteAsk) -> str:
    asked = ask.person or ask.department
    return asked.name if asked is not None else ""


def _is_mine(ask: NoteAsk, user: User) -> bool:
    if ask.answered_at is not None:
        return False
    return ask.person_id == user.pk or ask.department_id in user.rights.departments
