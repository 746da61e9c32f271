"""The guide: the questions that lead from a mention to what is done with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from policies.engine.conditions import Condition, read_condition_at, terms_in
from policies.engine.facts import Facts
from policies.engine.index import Evidence, Index
from policies.engine.outcomes import Kind, Routing, read_outcome
from policies.engine.paths import levels_of, ring_in, unreached_in
from policies.engine.plain import only, refuse, text
from policies.engine.terms import TERMS
from socialhub.lib.errors import Invalid
from socialhub.lib.labels import quoted

MOST_QUESTIONS = 50
# Questions that one person answers at most, one after the other.
MOST_LEVELS = 20
LEAST_ANSWERS, MOST_ANSWERS = 2, 6
LONGEST_QUESTION, LONGEST_HELP, LONGEST_ANSWER, LONGEST_ADVICE = 200, 600, 120, 300
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_PRESSED = re.compile(r"[a-z0-9]\Z")
_OUTCOME = ("disposition", "department", "person", "visibility", "priority", "reason", "tags", "text")


@dataclass(frozen=True, slots=True)
class GuideOutcome:
    """Where a path ends; what it leaves open is empty. ``text`` is advice, shown with it."""

    disposition: str = ""
    department: str = ""
    person: str = ""
    visibility: str = ""
    priority: int | None = None
    reason: str = ""
    tags: tuple[str, ...] = ()
    text: str = ""

    def routing(self) -> Routing:
        """Return what a rule would say that suggests the same."""
        return Routing(
            priority=self.priority,
            disposition=self.disposition,
            department=self.department,
            person=self.person,
            visibility=self.visibility,
            tags=self.tags,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True)
class GuideAnswer:
    """One answer: the key to press for it, and the question or the outcome it leads to.

    Where ``when`` holds, the machine fills it in.
    """

    key: str
    text: str
    to: str = ""
    outcome: GuideOutcome | None = None
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class GuideQuestion:
    """One question; ``clause`` is the key of the clause that it stands on, or empty."""

    key: str
    text: str
    help: str
    answers: tuple[GuideAnswer, ...]
    clause: str = ""

    def answer(self, key: str) -> GuideAnswer | None:
        """Return the answer with a key."""
        return next((answer for answer in self.answers if answer.key == key), None)


@dataclass(frozen=True, slots=True)
class Step:
    """A question that is answered: by a person, or by the machine with its evidence."""

    question: GuideQuestion
    answer: GuideAnswer
    evidence: Evidence | None
    is_given: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """How far one comes: what is answered, then the question to ask now or the outcome. An empty guide has neither."""

    steps: tuple[Step, ...] = ()
    question: GuideQuestion | None = None
    outcome: GuideOutcome | None = None


@dataclass(frozen=True)
class Guide:
    """The questions of a version; the first is the start. ``lists`` are the words of each named list."""

    questions: tuple[GuideQuestion, ...] = ()
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _index: Index[tuple[str, str]] = field(init=False, repr=False, compare=False)
    _by_key: Mapping[str, GuideQuestion] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        answers = (
            (answer.when, (question.key, answer.key))
            for question in self.questions
            for answer in question.answers
            if answer.when is not None
        )
        object.__setattr__(self, "_index", Index(answers, self.lists))
        object.__setattr__(self, "_by_key", {question.key: question for question in self.questions})

    def __bool__(self) -> bool:
        return bool(self.questions)

    def walk(self, facts: Facts, given: Mapping[str, str]) -> Walk:
        """Go from the first question as far as the answers lead.

        ``given`` are keys of answers by keys of questions: what a person answered wins
        over what the machine sees, and what is not known here is passed over. Of several
        answers that the machine could give, the first counts.
        """
        if not self.questions:
            return Walk()
        seen: dict[str, tuple[str, Evidence]] = {}
        for (asked, answered), evidence in self._index.matches(facts):
            seen.setdefault(asked, (answered, evidence))
        steps: list[Step] = []
        question = self.questions[0]
        while True:
            step = _step(question, given, seen)
            if step is None:
                return Walk(tuple(steps), question)
            steps.append(step)
            if step.answer.outcome is not None:
                return Walk(tuple(steps), outcome=step.answer.outcome)
            question = self._by_key[step.answer.to]


def _step(question: GuideQuestion, given: Mapping[str, str], seen: Mapping[str, tuple[str, Evidence]]) -> Step | None:
    said = question.answer(given.get(question.key, ""))
    if said is not None:
        return Step(question, said, None, True)
    if question.key not in seen:
        return None
    key, evidence = seen[question.key]
    found = question.answer(key)
    return None if found is None else Step(question, found, evidence, False)


def read_guide(data: Any, *, about: str = "") -> tuple[GuideQuestion, ...]:
    """Read the questions as they are written and stored, and check where they lead.

    Questions that nothing leads to are taken: a draft is written one question at a time; see ``unreached``.
    ``about`` is the key of the question that was changed: a circle is told there.

    :raises InvalidAt: they cannot be used; ``place`` leads there, like ``2.answers.0.to``, counting from 0.
    """
    if not isinstance(data, list | tuple):
        raise refuse(_("Give a list of questions."))
    if len(data) > MOST_QUESTIONS:
        raise refuse(_("A guide has at most %(count)d questions.") % {"count": MOST_QUESTIONS})
    questions = tuple(read_question(entry, place) for place, entry in enumerate(data))
    check(questions, about=about)
    return questions


def check(questions: Sequence[GuideQuestion], *, about: str = "") -> None:
    """Refuse questions that one could not walk through.

    :raises InvalidAt: a key is there twice, an answer leads to no question, a path comes back or is too long.
    """
    texts: dict[str, str] = {}
    for place, question in enumerate(questions):
        if question.key in texts:
            raise refuse(_("Another question has the key “%(key)s”.") % {"key": question.key}, place, "key")
        texts[question.key] = question.text
    places = {key: place for place, key in enumerate(texts)}
    for place, question in enumerate(questions):
        for number, answer in enumerate(question.answers):
            if answer.to and answer.to not in places:
                told = {"key": answer.to}
                raise refuse(_("There is no question “%(key)s”.") % told, place, "answers", number, "to")
    ways = {question.key: [answer.to for answer in question.answers if answer.to] for question in questions}
    ring = ring_in(ways)
    if ring:
        if about in ring:
            after = ring.index(about) + 1
            ring = ring[after:] + ring[:after]
        last = questions[places[ring[-1]]]
        number = next(n for n, answer in enumerate(last.answers) if answer.to == ring[0])
        told = {"questions": " → ".join(quoted(texts[key]) for key in (*ring, ring[0]))}
        sentence = _("This goes round in a circle: %(questions)s.") % told
        raise refuse(sentence, places[last.key], "answers", number, "to")
    if questions and levels_of(ways) > MOST_LEVELS:
        raise refuse(_("At most %(count)d questions can follow one another.") % {"count": MOST_LEVELS})


def unreached(questions: Sequence[GuideQuestion]) -> list[GuideQuestion]:
    """Return the questions that nothing leads to from the first."""
    ways = {question.key: [answer.to for answer in question.answers if answer.to] for question in questions}
    missed = unreached_in(ways, questions[0].key) if questions else frozenset()
    return [question for question in questions if question.key in missed]


def read_question(data: Any, *place: int) -> GuideQuestion:
    """Read one question by itself; where its answers lead is for ``check``.

    :raises InvalidAt: it cannot be used.
    """
    row = only(data, ("key", "text", "help", "clause", "answers"), *place)
    key = text(row, "key", *place, most=60)
    if not _SLUG.match(key):
        raise refuse(_("The key of a question has small letters, digits and hyphens."), *place, "key")
    asked = text(row, "text", *place, most=LONGEST_QUESTION)
    helped = text(row, "help", *place, most=LONGEST_HELP, fallback="")
    clause = row.get("clause") or ""
    if clause:
        try:
            clause = str(UUID(clause))
        except (ValueError, AttributeError, TypeError):
            raise refuse(_("Give the key of the clause that it stands on."), *place, "clause") from None
    answers = row.get("answers")
    if not isinstance(answers, list | tuple) or not LEAST_ANSWERS <= len(answers) <= MOST_ANSWERS:
        told = {"least": LEAST_ANSWERS, "most": MOST_ANSWERS}
        raise refuse(_("A question has %(least)d to %(most)d answers.") % told, *place, "answers")
    read = tuple(_read_answer(answer, *place, "answers", number) for number, answer in enumerate(answers))
    pressed: set[str] = set()
    for number, answer in enumerate(read):
        if answer.key in pressed:
            told_key = {"key": answer.key}
            raise refuse(_("Another answer has the key “%(key)s”.") % told_key, *place, "answers", number, "key")
        pressed.add(answer.key)
    return GuideQuestion(key, asked, helped, read, clause)


def _read_answer(data: Any, *place: str | int) -> GuideAnswer:
    row = only(data, ("key", "text", "to", "then", "when"), *place)
    # A digit in a file is a number.
    key = str(row.get("key", "")) if not isinstance(row.get("key"), bool) else ""
    if not _PRESSED.match(key):
        raise refuse(_("The key to press is one small letter or digit."), *place, "key")
    said = text(row, "text", *place, most=LONGEST_ANSWER)
    to, then, when = row.get("to") or "", row.get("then"), row.get("when")
    if not isinstance(to, str):
        raise refuse(_("Give the key of the next question."), *place, "to")
    if bool(to) == (then is not None):
        raise refuse(_("An answer leads either to a question or to an outcome."), *place)
    outcome = None if then is None else _read_outcome(then, *place, "then")
    if when is None:
        return GuideAnswer(key, said, to, outcome)
    condition = read_condition_at(".".join(map(str, (*place, "when"))), when)
    if any(TERMS[term.name].is_about_answer for term in terms_in(condition)):
        raise refuse(_("While the guide is walked there is no answer of ours to look at."), *place, "when")
    return GuideAnswer(key, said, to, outcome, condition)


def _read_outcome(data: Any, *place: str | int) -> GuideOutcome:
    row = only(data, _OUTCOME, *place)
    advice = text(row, "text", *place, most=LONGEST_ADVICE, fallback="")
    said = {name: value for name, value in row.items() if name != "text" and value}
    try:
        routing = read_outcome(Kind.ROUTING, said) if said else Routing()
    except Invalid as refusal:
        raise refuse(str(refusal), *place) from None
    assert isinstance(routing, Routing)  # noqa: S101 - what a rule of routing says
    outcome = GuideOutcome(
        disposition=routing.disposition,
        department=routing.department,
        person=routing.person,
        visibility=routing.visibility,
        priority=routing.priority,
        reason=routing.reason,
        tags=routing.tags,
        text=advice,
    )
    if outcome == GuideOutcome():
        raise refuse(_("Say what the outcome is, or give advice."), *place)
    return outcome
