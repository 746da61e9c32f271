"""The guide of a draft: its questions written, moved and deleted, one at a time."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.guide import read_guide
from policies.fingerprints import fingerprint
from policies.models import PolicyVersion
from policies.parts.guide import Question, plain
from policies.services.drafting import ChangedMeanwhile, lock_draft
from socialhub.lib.errors import Conflict

LONGEST_KEY = 40


class QuestionGone(Conflict):
    """Somebody has deleted the question meanwhile."""

    code = "question_gone"


class QuestionLedTo(Conflict):
    """An answer leads to the question."""

    code = "question_led_to"


def question_in(version: PolicyVersion, key: str) -> Question | None:
    """Return a question of a version as it is stored."""
    return next((question for question in version.guide if question["key"] == key), None)


def add_question(*, version_id: int, question: Mapping[str, Any]) -> str:
    """Add a question at the end of the guide; return the key that it is given for good.

    :raises InvalidAt: it cannot be used; the place begins with that of the question.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        draft = lock_draft(version_id)
        key = _new_key(str(question.get("text", "")), {stored["key"] for stored in draft.guide})
        _store(draft, [*draft.guide, {**question, "key": key}])
    return key


def change_question(*, version_id: int, key: str, question: Mapping[str, Any], seen: str) -> None:
    """Write a question anew; it keeps its key and its place.

    :raises InvalidAt: it cannot be used; the place begins with that of the question.
    :raises ChangedMeanwhile: somebody else changed it since ``seen`` was taken.
    :raises QuestionGone: somebody has deleted it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """

    def anew(questions: Sequence[Question], place: int) -> list[Question]:
        if fingerprint_of_question(questions[place]) != seen:
            raise ChangedMeanwhile(_("Somebody else changed this question a moment ago."))
        return [*questions[:place], {**question, "key": key}, *questions[place + 1 :]]

    _change(version_id, key, anew)


def change_condition(*, version_id: int, key: str, answer: str, condition: Mapping[str, Any] | None, seen: str) -> None:
    """Say when the machine gives an answer by itself; None: never.

    :raises InvalidAt: it cannot be used.
    :raises ChangedMeanwhile: somebody else changed the question since ``seen`` was taken.
    :raises QuestionGone: somebody has deleted it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """

    def anew(questions: Sequence[Question], place: int) -> list[Question]:
        found = questions[place]
        if fingerprint_of_question(found) != seen:
            raise ChangedMeanwhile(_("Somebody else changed this question a moment ago."))
        answers = [
            {**row, "when": None if condition is None else dict(condition)} if row["key"] == answer else row
            for row in found["answers"]
        ]
        return [*questions[:place], {**found, "answers": answers}, *questions[place + 1 :]]

    _change(version_id, key, anew)


def move_question(*, version_id: int, key: str, by: int) -> None:
    """Move a question one place up (-1) or down (1); the first is where everybody begins.

    :raises QuestionGone: somebody has deleted it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """

    def moved(questions: Sequence[Question], place: int) -> list[Question]:
        order = list(questions)
        there = min(max(place + by, 0), len(order) - 1)
        order.insert(there, order.pop(place))
        return order

    _change(version_id, key, moved)


def delete_question(*, version_id: int, key: str) -> None:
    """Take a question out of the guide.

    :raises QuestionLedTo: an answer leads to it.
    :raises QuestionGone: somebody has deleted it already.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """

    def without(questions: Sequence[Question], place: int) -> list[Question]:
        for question in questions:
            if any(answer.get("to") == key for answer in question["answers"]):
                told = {"question": question["text"]}
                sentence = _("An answer to “%(question)s” leads to this question. Let it lead elsewhere first.")
                raise QuestionLedTo(sentence % told)
        return [*questions[:place], *questions[place + 1 :]]

    _change(version_id, key, without)


def fingerprint_of_question(question: Mapping[str, Any]) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(question)


def _change(version_id: int, key: str, change: Callable[[Sequence[Question], int], list[Question]]) -> None:
    with transaction.atomic():
        draft = lock_draft(version_id)
        place = next((place for place, question in enumerate(draft.guide) if question["key"] == key), None)
        if place is None:
            raise QuestionGone(_("Somebody has deleted this question meanwhile."))
        _store(draft, change(draft.guide, place), about=key)


def _store(draft: PolicyVersion, data: Sequence[Mapping[str, Any]], *, about: str = "") -> None:
    questions = read_guide(data, about=about)
    draft.guide = [plain(question, written) for question, written in zip(questions, data, strict=True)]
    draft.save(update_fields=["guide"])


def _new_key(text: str, taken: set[str]) -> str:
    plain_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain_text.lower()).strip("-")[:LONGEST_KEY].strip("-") or "question"
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    return key
