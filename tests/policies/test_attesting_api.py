from datetime import timedelta

import pytest

from policies.models import Attestation, PolicyVersion, QuizTry, Waiver
from tests.factories.policies import PolicyVersionFactory, QuestionFactory, WaiverFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, UserFactory
from tests.support.api import Program

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

SOON = NOON + timedelta(days=7)


@pytest.fixture
def at_noon(company, time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def quiz(company) -> PolicyVersion:
    version = PolicyVersionFactory(number=1, pass_mark=100)
    QuestionFactory(clause=version.clauses.create(number=1, label="1", level=1, title="Be kind", body="Always."))
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=NOON, binds_from=NOON)
    return PolicyVersion.objects.get(pk=version.pk)


def address(version: PolicyVersion) -> str:
    return f"policy/versions/{version.pk}/quiz/"


def answers(version: PolicyVersion, answer: int) -> dict[str, object]:
    question = version.clauses.get().questions.get()
    return {"answers": [{"question": question.pk, "answer": answer}]}


def test_the_questions_come_without_the_right_answers(quiz, reader, editor):
    told = Program(reader).get(address(quiz)).json()
    question = quiz.clauses.get().questions.get()

    assert (told["version"], told["pass_mark"]) == (quiz.pk, 100)
    assert told["questions"] == [
        {
            "id": question.pk,
            "clause_key": str(quiz.clauses.get().key),
            "clause_label": "1",
            "text": question.text,
            "answers": question.answers,
            "right": None,
        }
    ]
    assert Program(editor).get(address(quiz)).json()["questions"][0]["right"] == question.right


def test_the_quiz_of_a_draft_is_for_editors(quiz, reader, editor):
    draft = PolicyVersionFactory(number=2)

    assert Program(reader).get(address(draft)).status_code == 404
    assert Program(editor).get(address(draft)).status_code == 200
    refused = Program(editor).post(address(draft), {})
    assert (refused.status_code, refused.json()["code"]) == (409, "policy_not_in_force")
    assert not Attestation.objects.exists()


def test_a_program_attests_for_its_person(quiz, reader):
    right = quiz.clauses.get().questions.get().right

    answer = Program(reader).post(address(quiz), answers(quiz, right))

    assert answer.status_code == 201
    assert answer.json() == {
        "version": quiz.pk,
        "at": "2026-03-04T12:00:00Z",
        "right_count": 1,
        "question_count": 1,
        "try_count": 1,
    }
    again = Program(reader).post(address(quiz), {})
    assert again.status_code == 201
    assert Attestation.objects.get().user == reader


def test_too_few_right_answers_name_the_clauses(quiz, reader):
    right = quiz.clauses.get().questions.get().right

    refused = Program(reader).post(address(quiz), answers(quiz, 1 - right))

    assert refused.status_code == 400
    assert refused.json() == {
        "code": "quiz_not_passed",
        "detail": "Right: 0 of 1. Read the clauses named below, then try again.",
        "fields": {"answers": ["Read clause 1 Be kind."]},
    }
    assert QuizTry.objects.count() == 1
    assert not Attestation.objects.exists()


@pytest.mark.parametrize(
    "sent", [{"answers": 1}, {"answers": [{"question": 1}]}, {"answers": [{"question": 1, "answer": 9}]}]
)
def test_answers_that_are_none_are_refused(quiz, reader, sent):
    assert Program(reader).post(address(quiz), sent).status_code == 400
    assert not QuizTry.objects.exists()


def test_a_key_needs_the_scope_to_attest(quiz, reader):
    refused = Program(reader, scopes=["read", "answer"]).post(address(quiz), {})

    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert not Attestation.objects.exists()


def test_a_waiver_is_granted_listed_and_revoked(in_force, editor, reader):
    clause = in_force.clauses.get(number=2)
    person = UserFactory(name="Nia New")
    wanted = {"clause_key": str(clause.key), "person": person.pk, "reason": "She learns it.", "until": SOON.isoformat()}

    granted = Program(editor).post("policy/waivers/", wanted)

    assert granted.status_code == 201
    pk = granted.json()["id"]
    assert granted.json() == {
        "id": pk,
        "clause_key": str(clause.key),
        "clause_name": str(clause),
        "person": {"id": person.pk, "name": "Nia New"},
        "department": None,
        "reason": "She learns it.",
        "granted_by": {"id": editor.pk, "name": "Eva Falk"},
        "granted_at": "2026-03-04T12:00:00Z",
        "until": "2026-03-11T12:00:00Z",
        "revoked_by": None,
        "revoked_at": None,
        "is_standing": True,
    }
    assert [row["id"] for row in Program(reader).get("policy/waivers/").json()["results"]] == [pk]
    revoked = Program(editor).ask("DELETE", f"policy/waivers/{pk}/").json()
    assert (revoked["revoked_by"]["name"], revoked["is_standing"]) == ("Eva Falk", False)
    refused = Program(editor).ask("DELETE", f"policy/waivers/{pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "waiver_over")


def test_a_waiver_that_is_over_does_not_stand(in_force, reader):
    waiver = WaiverFactory(until=NOON - timedelta(hours=1), granted_at=NOON - timedelta(days=2))

    assert Program(reader).get(f"policy/waivers/{waiver.pk}/").json()["is_standing"] is False


def test_a_waiver_that_makes_no_sense_is_refused(in_force, editor):
    clause = in_force.clauses.get(number=2)
    care = DepartmentFactory(slug="care")
    good = {"clause_key": str(clause.key), "department": care.slug, "reason": "New.", "until": SOON.isoformat()}
    program = Program(editor)

    for bad, field in (
        ({"person": editor.pk}, "whole"),
        ({"department": "nowhere"}, "department"),
        ({"until": (NOON - timedelta(days=1)).isoformat()}, "until"),
        ({"until": (NOON + timedelta(days=400)).isoformat()}, "until"),
        ({"clause_key": "0b6f5c0a-3c1e-4f0e-9d0c-3f5f1f0f4a10"}, "clause"),
        ({"reason": " "}, "reason"),
    ):
        refused = program.post("policy/waivers/", {**good, **bad})
        assert (refused.status_code, list(refused.json()["fields"])) == (400, [field])
    assert not Waiver.objects.exists()


def test_who_may_not_publish_grants_and_revokes_nothing(in_force):
    member = MembershipFactory().user
    waiver = WaiverFactory(until=SOON)
    program = Program(member)

    assert program.post("policy/waivers/", {}).status_code == 403
    assert program.ask("DELETE", f"policy/waivers/{waiver.pk}/").status_code == 403
    waiver.refresh_from_db()
    assert waiver.revoked_at is None
