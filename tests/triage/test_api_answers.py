from uuid import uuid4

import pytest

from tests.factories.pen import SavedAnswerFactory
from tests.factories.teams import NOON, UserFactory
from tests.support.api import Program
from triage.models import SavedAnswer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def new(agent, **change):
    return {"title": "Hours", "body": "From nine to five.", "owner": agent.pk, **change}


def test_a_program_keeps_an_answer(agent, policy):
    clause = policy.clauses.get(number=2)

    told = Program(agent).post("answers/", new(agent, language="de-AT", clause_key=str(clause.key))).json()

    made = SavedAnswer.objects.get()
    assert (told["id"], told["language"], told["clause_key"]) == (made.pk, "de", str(clause.key))
    assert (told["use_count"], told["is_retired"]) == (0, False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"owner": 999_999}, "owner"),
        ({"clause_key": str(uuid4())}, "clause_key"),
        ({"language": "Danish"}, "language"),
        ({"title": " "}, "title"),
        ({"body": "x" * 5_001}, "body"),
        ({"expires_on": "soon"}, "expires_on"),
    ],
)
def test_what_cannot_be_kept_is_named(agent, change, field):
    answer = Program(agent).post("answers/", new(agent, **change))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert not SavedAnswer.objects.exists()


def test_a_title_is_taken_once(agent):
    SavedAnswerFactory(title="hours")

    assert Program(agent).post("answers/", new(agent)).status_code == 409
    assert SavedAnswer.objects.count() == 1


def test_what_was_changed_meanwhile_is_not_overwritten(agent):
    answer = SavedAnswerFactory(title="Theirs", changed_at=NOON)
    program = Program(agent)

    late = program.ask("PUT", f"answers/{answer.pk}/", new(agent, changed_at="2020-01-01T00:00:00Z"))
    in_time = program.ask("PUT", f"answers/{answer.pk}/", new(agent, changed_at=NOON.isoformat()))

    assert (late.status_code, late.json()["code"]) == (409, "answer_changed")
    assert (in_time.status_code, in_time.json()["title"]) == (200, "Hours")


def test_deleting_retires(agent):
    answer = SavedAnswerFactory()

    assert Program(agent).ask("DELETE", f"answers/{answer.pk}/").status_code == 204
    assert SavedAnswer.objects.get().is_retired


def test_a_key_that_may_only_read_changes_nothing(agent):
    answer = SavedAnswerFactory()
    program = Program(agent, scopes=["read"])

    assert program.get("answers/").status_code == 200
    assert program.post("answers/", new(agent)).status_code == 403
    assert program.ask("DELETE", f"answers/{answer.pk}/").status_code == 403
    assert not SavedAnswer.objects.get().is_retired


def test_answers_are_suggested_filled_in(agent, held):
    answer = SavedAnswerFactory(title=held.snippet, body="Hello {customer}.", owner=UserFactory())

    told = Program(agent).get(f"conversations/{held.pk}/answers/").json()

    assert told == [{"id": answer.pk, "title": held.snippet[:120], "text": "Hello Cy Client."}]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_many_answers(agent, count, django_assert_num_queries):
    program = Program(agent)
    SavedAnswerFactory.create_batch(count)
    program.get("answers/")

    with django_assert_num_queries(4):  # key, note of its use, rights, answers
        told = program.get("answers/").json()

    assert len(told["results"]) == count
