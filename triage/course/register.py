"""Who is through with the course, and who not."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from policies.models import PolicyVersion
from policies.services import reminding
from socialhub.lib.spreadsheets import Cell
from teams.models import Appointment, Membership, User
from teams.rights import Rights
from triage.course.lessons import attested
from triage.practice_posts import Task
from triage.services.practising import WANTED, done_by, tasks_of

NAMES = {Task.DECIDE: "decided", Task.ANSWER: "answered", Task.NOTE: "noted"}


@dataclass(frozen=True, slots=True)
class CourseLine:
    """How far one person is; ``done`` has, by task of theirs, how many practice conversations they are through with."""

    person: User
    has_attested: bool
    done: dict[Task, int]

    @property
    def is_finished(self) -> bool:
        """Whether everything is done."""
        return self.has_attested and all(count >= WANTED[task] for task, count in self.done.items())

    @property
    def told(self) -> dict[str, str]:
        """What a table says of each task; nothing of what is not theirs."""
        return {
            NAMES[task]: _("%(done)d of %(wanted)d") % {"done": min(count, WANTED[task]), "wanted": WANTED[task]}
            for task, count in self.done.items()
        }


def read_course_register(*, at: datetime) -> list[CourseLine]:
    """Return everybody who has a role, those first who are not through: a handful of queries for any number."""
    people = list(reminding.members().order_by("name", "pk"))
    version = PolicyVersion.objects.in_force().first()
    have_attested = set(attested(version, at=at).values_list("user", flat=True)) if version is not None else set()
    roles: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    for person_id, role in Appointment.objects.values_list("user", "role"):
        roles[person_id].append((role, None))
    for person_id, role, department_id in Membership.objects.values_list("user", "role", "department"):
        roles[person_id].append((role, department_id))
    done = done_by(people)
    lines = [
        CourseLine(
            person,
            person.pk in have_attested,
            {task: done.get((person.pk, task), 0) for task in tasks_of(Rights.from_rows(roles[person.pk]))},
        )
        for person in people
    ]
    return sorted(lines, key=lambda line: line.is_finished)


def rows_of(lines: Sequence[CourseLine]) -> Iterator[Sequence[Cell]]:
    """Yield the lines of a file of the register."""
    yield [_("Name"), _("E-mail"), _("Attested"), _("Decided"), _("Answered"), _("Noted"), _("Finished")]
    for line in lines:
        done = [str(line.done[task]) if task in line.done else "" for task in Task]
        said = [_("yes") if yes else _("no") for yes in (line.has_attested, line.is_finished)]
        yield [line.person.name, line.person.email, said[0], *done, said[1]]
