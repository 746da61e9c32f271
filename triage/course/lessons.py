"""The course of a new member: what they go through for their roles, and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from policies.models import Attestation, PolicyVersion, QuizTry
from policies.services import binding, quizzes, reading
from teams.models import User
from triage.course.debriefing import Feedback, read_feedback
from triage.practice_posts import Task
from triage.services.practising import WANTED, Piece, pieces_of, tasks_of

TITLES: dict[Task, str | Promise] = {
    Task.DECIDE: gettext_lazy("Decide three practice conversations"),
    Task.ANSWER: gettext_lazy("Answer a practice conversation"),
    Task.NOTE: gettext_lazy("Write a note on a practice conversation"),
}
TEXTS: dict[Task, str | Promise] = {
    Task.DECIDE: gettext_lazy("On the real page: what is done, by whom, how urgently, in public or in private."),
    Task.ANSWER: gettext_lazy("Claim one, write an answer and send it. It goes to the practice channel only."),
    Task.NOTE: gettext_lazy("Read one as your colleagues would hear it, and write down what they should know."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``is_start`` is one that begins with posting something to practise on."""

    title: str
    text: str
    is_done: bool
    url: str
    label: str
    progress: str = ""
    is_start: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of one person in their order, and what they practised on."""

    steps: list[Step]
    practised: list[Feedback]
    can_start: bool

    @property
    def done_count(self) -> int:
        """How many steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_finished(self) -> bool:
        """Whether all are."""
        return all(step.is_done for step in self.steps)

    @property
    def next_step(self) -> Step | None:
        """What to do next."""
        return next((step for step in self.steps if not step.is_done), None)


def read_course(learner: User, *, at: datetime) -> Course:
    """Return the course of ``learner``: every step is ticked by what they did."""
    version = PolicyVersion.objects.in_force().first()
    if version is None:
        return Course([], [], can_start=False)
    pieces = pieces_of(learner)
    steps = [*_reading(learner, version, at), *(_practice(task, pieces) for task in tasks_of(learner.rights))]
    policy = reading.policy_in_force()
    practised = [read_feedback(piece, learner, policy=policy, at=at) for piece in reversed(pieces) if piece.is_done]
    is_waiting = any(piece.is_waiting for piece in pieces)
    return Course(steps, practised, can_start=bool(tasks_of(learner.rights)) and not is_waiting)


def _reading(learner: User, version: PolicyVersion, at: datetime) -> list[Step]:
    has_attested = attested(version, at=at).filter(user=learner).exists()
    has_tried = has_attested or QuizTry.objects.filter(user=learner, version=version).exists()
    clauses = version.clauses.count()
    asks = quizzes.questions_of(version).exists()
    return [
        Step(
            _("Read the policy"),
            ngettext("It has %(count)d clause.", "It has %(count)d clauses.", clauses) % {"count": clauses}
            + " "
            + (
                _("This is ticked with your first try at its questions.")
                if asks
                else _("This is ticked when you say that you have read it.")
            ),
            has_tried,
            reverse("policies:in_force"),
            _("Read the policy"),
        ),
        Step(
            _("Attest it"),
            _("Answer its questions and say that you have read it. You may try as often as you like.")
            if asks
            else _("Say that you have read it. It asks no questions."),
            has_attested,
            reverse("policies:attest"),
            _("Attest the policy"),
        ),
    ]


def _practice(task: Task, pieces: Sequence[Piece]) -> Step:
    mine = [piece for piece in pieces if piece.post.task == task]
    done, wanted = sum(piece.is_done for piece in mine), WANTED[task]
    waiting = next((piece for piece in mine if piece.is_waiting), None)
    url = reverse("triage:start_practising")
    if waiting is not None:
        url = reverse("triage:open", args=["practice", waiting.conversation.pk])
    return Step(
        str(TITLES[task]),
        str(TEXTS[task]),
        done >= wanted,
        url,
        _("Start practising") if waiting is None else _("Open a practice conversation"),
        _("%(done)d of %(wanted)d") % {"done": min(done, wanted), "wanted": wanted},
        is_start=waiting is None,
    )


def attested(version: PolicyVersion, *, at: datetime) -> QuerySet[Attestation]:
    """Return the attestations that are enough under a version; a grace only gives time."""
    after_grace = max(at, version.grace_until) if version.grace_until is not None else at
    return binding.attested_enough(version_id=version.pk, at=after_grace)
