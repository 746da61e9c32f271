import io
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from policies.models import Attestation, PolicyVersion, Question, QuizTry
from policies.parts.quiz import WrittenQuestion
from policies.services import attesting, drafting, publishing, quizzes
from policies.services.clauses import Gone
from socialhub.lib.errors import Invalid
from teams.models import User
from tests.factories.policies import QuestionFactory
from tests.factories.teams import NOON
from tests.support.api import Program
from tests.support.visiting import browser

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)
FIRST = WrittenQuestion("What comes first?", ("Outages", "Praise", "Spam"), 0)


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


@pytest.fixture
def quiz(draft) -> list[Question]:
    PolicyVersion.objects.filter(pk=draft.pk).update(pass_mark=100)
    clause = draft.clauses.first()
    return [
        quizzes.add_question(version_id=draft.pk, clause_id=clause.pk, question=question)
        for question in (FIRST, WrittenQuestion("May we be rude?", ("Yes", "No"), 1))
    ]


@pytest.fixture
def asked(draft, quiz, editor) -> PolicyVersion:
    return publishing.publish_version(version_id=draft.pk, publisher=editor, at=LATER, reason="It cannot wait.")


def answer(user: User, version: PolicyVersion, *places: int) -> None:
    questions = quizzes.questions_of(version)
    chosen = {question.pk: place for question, place in zip(questions, places, strict=True)}
    attesting.attest(user=user, version_id=version.pk, at=LATER, answers=chosen)


def test_who_answers_right_attests(asked, reader):
    answer(reader, asked, 0, 1)

    kept = Attestation.objects.get(version=asked)
    assert (kept.user, kept.right_count, kept.question_count, kept.try_count) == (reader, 2, 2, 1)


def test_wrong_answers_are_named_and_may_be_tried_again(asked, reader):
    for places, wrong in (((1, 1), ["What comes first?"]), ((1, 0), ["What comes first?", "May we be rude?"])):
        with pytest.raises(attesting.QuizNotPassed) as refusal:
            answer(reader, asked, *places)
        assert [question.text for question in refusal.value.result.wrong] == wrong
    assert not Attestation.objects.filter(version=asked).exists()
    assert list(QuizTry.objects.order_by("pk").values_list("right_count", "question_count")) == [(1, 2), (0, 2)]

    answer(reader, asked, 0, 1)

    assert Attestation.objects.get(version=asked).try_count == 3


def test_nobody_attests_without_an_answer(asked, reader):
    with pytest.raises(attesting.QuizNotPassed, match="Answer the questions first"):
        attesting.attest(user=reader, version_id=asked.pk, at=LATER)

    assert not Attestation.objects.filter(version=asked).exists()
    assert not QuizTry.objects.exists()


@pytest.mark.parametrize(("pass_mark", "passes"), [(1, True), (50, True), (51, False), (100, False)])
def test_the_pass_mark_says_how_many_are_enough(draft, quiz, pass_mark, passes):
    chosen = {quiz[0].pk: 0, quiz[1].pk: 0}

    assert quizzes.mark(quizzes.questions_of(draft), chosen).passes(pass_mark) is passes


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (WrittenQuestion(" ", ("Yes", "No"), 0), "A question has 1 to 300 characters."),
        (WrittenQuestion("x" * 301, ("Yes", "No"), 0), "A question has 1 to 300 characters."),
        (WrittenQuestion("Why?", ("Yes",), 0), "Give two to five answers."),
        (WrittenQuestion("Why?", ("1", "2", "3", "4", "5", "6"), 0), "Give two to five answers."),
        (WrittenQuestion("Why?", ("Yes", " "), 0), "An answer has 1 to 200 characters."),
        (WrittenQuestion("Why?", ("Yes", "x" * 201), 0), "An answer has 1 to 200 characters."),
        (WrittenQuestion("Why?", ("Yes", "Yes"), 0), "Give each answer once."),
        (WrittenQuestion("Why?", ("Yes", "No"), 2), "Say which answer is right."),
        (WrittenQuestion("Why?", ("Yes", "No"), -1), "Say which answer is right."),
    ],
)
def test_a_question_that_nobody_could_answer_is_refused(draft, question, message):
    with pytest.raises(Invalid) as refusal:
        quizzes.add_question(version_id=draft.pk, clause_id=draft.clauses.first().pk, question=question)

    assert str(refusal.value) == message
    assert not Question.objects.exists()


def test_a_quiz_is_short(draft):
    QuestionFactory.create_batch(30, clause=draft.clauses.first())

    with pytest.raises(Invalid, match="at most 30 questions"):
        quizzes.add_question(version_id=draft.pk, clause_id=draft.clauses.first().pk, question=FIRST)

    assert Question.objects.count() == 30


def test_of_two_editors_the_second_is_refused(draft, quiz):
    named = {"version_id": draft.pk, "question_id": quiz[0].pk, "clause_id": quiz[0].clause_id, "question": FIRST}

    with pytest.raises(drafting.ChangedMeanwhile):
        quizzes.change_question(**named, seen="of another")

    quizzes.delete_question(version_id=draft.pk, question_id=quiz[0].pk)
    with pytest.raises(Gone):
        quizzes.change_question(**named, seen=quizzes.fingerprint_of_question(quiz[0]))


def test_the_terms_are_set_on_what_was_seen(draft):
    seen = quizzes.fingerprint_of_terms(draft)
    quizzes.set_terms(version_id=draft.pk, grace_days=7, pass_mark=60, seen=seen)

    with pytest.raises(drafting.ChangedMeanwhile):
        quizzes.set_terms(version_id=draft.pk, grace_days=9, pass_mark=10, seen=seen)

    draft.refresh_from_db()
    assert (draft.grace_days, draft.pass_mark) == (7, 60)


def test_the_next_draft_begins_with_the_same_quiz(asked, editor):
    draft = drafting.start_draft(editor=editor, at=LATER)

    assert [question.text for question in quizzes.questions_of(draft)] == ["What comes first?", "May we be rude?"]
    assert draft.pass_mark == 100
    assert quizzes.questions_of(asked).count() == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda question: Question.objects.filter(pk=question.pk).update(right=1),
        lambda question: Question.objects.filter(pk=question.pk).delete(),
        lambda question: QuestionFactory(clause=question.clause),
    ],
)
def test_the_database_keeps_the_quiz_of_a_version_in_force(asked, quiz, write):
    with pytest.raises(IntegrityError, match="published and immutable"), transaction.atomic():
        write(quiz[0])


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"answers": ["Yes"]}, "policies_question_has_two_to_five_answers"),
        ({"answers": ["1", "2", "3", "4", "5", "6"]}, "policies_question_has_two_to_five_answers"),
        ({"right": 2}, "policies_question_has_its_right_answer"),
    ],
)
def test_the_database_refuses_a_question_without_its_answers(draft, wrong, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        QuestionFactory(clause=draft.clauses.first(), **wrong)


def test_the_database_keeps_each_try(asked, reader):
    with pytest.raises(attesting.QuizNotPassed):
        answer(reader, asked, 1, 1)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        QuizTry.objects.update(right_count=2)


def test_an_editor_writes_the_quiz_on_its_pages(draft, editor):
    client, clause = browser(editor), draft.clauses.first()
    form = {"clause": clause.pk, "text": "What comes first?", "answer_1": "Outages", "answer_3": "Praise", "right": 3}

    refused = client.post("/policy/draft/quiz/add/", form)
    assert refused.status_code == 422
    added = client.post("/policy/draft/quiz/add/", form | {"answer_2": "Spam"})
    assert added["Location"] == "/policy/draft/quiz/"
    question = Question.objects.get()
    assert (question.answers, question.right) == (["Outages", "Spam", "Praise"], 2)

    page = client.get("/policy/draft/quiz/").content.decode()
    assert "What comes first?" in page
    assert "Praise" in page
    seen = quizzes.fingerprint_of_question(question)
    changed = {**form, "answer_2": "Spam", "text": "And first?", "seen": seen}
    assert client.post(f"/policy/draft/quiz/{question.pk}/", changed).status_code == 302
    assert client.post(f"/policy/draft/quiz/{question.pk}/", changed).status_code == 409
    client.post(f"/policy/draft/quiz/{question.pk}/delete/")
    assert not Question.objects.exists()


def test_terms_are_edited_on_a_page(draft, editor):
    client = browser(editor)
    form = {"grace_days": 14, "pass_mark": 70, "seen": quizzes.fingerprint_of_terms(draft)}

    assert client.post("/policy/draft/quiz/terms/", form | {"grace_days": 91}).status_code == 422
    assert client.post("/policy/draft/quiz/terms/", form).status_code == 302
    assert client.post("/policy/draft/quiz/terms/", form).status_code == 409

    draft.refresh_from_db()
    assert (draft.grace_days, draft.pass_mark) == (14, 70)


def test_the_page_asks_and_leads_to_the_clause_of_a_wrong_answer(asked, quiz, reader):
    client = browser(reader)
    page = client.get("/policy/attest/").content.decode()
    assert "What comes first?" in page
    fields = {f"question_{question.pk}": 1 for question in quizzes.questions_of(asked)}

    wrong = client.post("/policy/attest/", {"version": asked.pk, **fields})
    assert wrong.status_code == 422
    assert "Right: 1 of 2." in wrong.content.decode()
    assert 'href="/policy/#clause-1"' in wrong.content.decode()

    fields[f"question_{quiz[0].pk}"] = 0
    assert client.post("/policy/attest/", {"version": asked.pk, **fields})["Location"] == "/policy/"
    assert Attestation.objects.get(version=asked).try_count == 2


def test_an_open_question_is_asked_again(asked, quiz, reader):
    response = browser(reader).post("/policy/attest/", {"version": asked.pk, f"question_{quiz[0].pk}": 0})

    assert response.status_code == 422
    assert not Attestation.objects.filter(version=asked).exists()
    assert not QuizTry.objects.exists()


def test_only_who_may_edit_is_told_which_answers_are_right(in_force, asked, reader, editor):
    for person, tells in ((editor, True), (reader, False)):
        client = browser(person)
        page = client.get("/policy/versions/1/compare/2/").content.decode()
        assert ("Right: Outages." in page, "Quiz" in page) == (tells, tells)
        with zipfile.ZipFile(io.BytesIO(client.get("/policy/versions/2/folder/").content)) as folder:
            text = folder.read("policy-2/policy.yaml").decode()
        assert ("\nquiz:\n" in text) is tells
        assert "Right:" not in client.get("/policy/versions/2/print/").content.decode()
        changes = Program(person).get(f"policy/versions/{asked.pk}/changes/{in_force.pk}/").json()
        assert ("Right: Outages." in str(changes)) is tells
