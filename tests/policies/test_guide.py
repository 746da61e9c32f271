from copy import deepcopy

import pytest
from django.db import DatabaseError, transaction

from policies import comparing, starter
from policies.checking import obstacles
from policies.document import Document
from policies.engine.conditions import InvalidAt
from policies.engine.facts import Facts, names
from policies.engine.guide import Guide, read_guide, unreached
from policies.folder.problems import BadFolder
from policies.folder.reading import read_files
from policies.folder.writing import write_files
from policies.models import PolicyVersion
from policies.parts import guide as part
from policies.services import documents, drafting, guide_writing, importing, lists, publishing, reading
from socialhub.lib.errors import Invalid
from tests.factories.policies import ClauseFactory, WordListFactory
from tests.factories.teams import NOON, DepartmentFactory

GUIDE = [
    {
        "key": "danger",
        "text": "Is somebody in danger?",
        "help": "Rather too often.",
        "answers": [
            {"key": "y", "text": "Yes", "when": {"words": ["fire"]}, "then": {"priority": 1, "text": "Escalate now."}},
            {"key": "n", "text": "No", "to": "needs"},
        ],
    },
    {
        "key": "needs",
        "text": "Does a customer need something?",
        "answers": [
            {"key": "y", "text": "Yes", "then": {"disposition": "customer_service", "tags": ["help"]}},
            {"key": "n", "text": "No", "then": {"disposition": "no_response", "reason": "no_value_added"}},
        ],
    },
]
QUESTION = {
    "text": "Is it about us?",
    "answers": [{"key": "y", "text": "Yes", "to": "danger"}, {"key": "n", "text": "No", "then": {"text": "Leave it."}}],
}


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    version = drafting.start_draft(editor=editor, at=NOON)
    part.put(version, deepcopy(GUIDE))
    return version


def stored(version: PolicyVersion) -> list:
    version.refresh_from_db()
    return version.guide


def keys(version: PolicyVersion) -> list[str]:
    return [question["key"] for question in stored(version)]


def seen(version: PolicyVersion, key: str) -> str:
    return guide_writing.fingerprint_of_question(guide_writing.question_in(version, key))


def leading_to(key: str) -> dict:
    return {"text": "What now?", "answers": [{"key": "y", "text": "Yes", "to": key}, QUESTION["answers"][1]]}


def test_a_policy_is_walked_as_it_was_written(draft):
    walk = reading.read_policy(draft.pk).guide.walk(Facts(text="A fire"), {})

    assert [(step.question.key, step.answer.key) for step in walk.steps] == [("danger", "y")]
    assert walk.outcome.text == "Escalate now."


def test_what_is_published_keeps_its_guide(draft, editor):
    version = publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="It cannot wait.")

    for state in ("the guide of a version in force", "of one that is retired"):
        with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
            PolicyVersion.objects.filter(pk=version.pk).update(guide=[])
        assert stored(version) == GUIDE, state
        following = drafting.start_draft(editor=editor, at=NOON)
        publishing.publish_version(version_id=following.pk, publisher=editor, at=NOON, reason="Again.")


def test_what_is_reviewed_keeps_its_guide(draft):
    PolicyVersion.objects.filter(pk=draft.pk).update(state=PolicyVersion.State.IN_REVIEW)

    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        PolicyVersion.objects.filter(pk=draft.pk).update(guide=[])
    with pytest.raises(publishing.NotADraft):
        guide_writing.add_question(version_id=draft.pk, question=QUESTION)

    assert stored(draft) == GUIDE


def test_the_next_draft_begins_with_the_same_guide(draft, editor):
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="It cannot wait.")

    assert drafting.start_draft(editor=editor, at=NOON).guide == GUIDE


def test_a_guide_comes_back_from_its_folder_as_it_was(draft):
    clause = draft.clauses.first()
    guide = deepcopy(GUIDE)
    guide[0] = {**guide[0], "clause": str(clause.key)}
    guide[1]["answers"][0]["key"] = "1"
    part.put(draft, guide)

    files = write_files(documents.document_of(draft))
    part.put(draft, [])
    importing.replace_text(draft, read_files(files))

    assert stored(draft) == guide
    assert write_files(documents.document_of(draft)) == files


def test_a_guide_that_cannot_be_used_is_told_with_its_line(draft):
    files = write_files(documents.document_of(draft))
    files["policy.yaml"] = files["policy.yaml"].replace("to: needs", "to: gone")
    line = files["policy.yaml"].splitlines().index("    to: gone") + 1

    with pytest.raises(BadFolder) as refusal:
        read_files(files)

    assert [(one.line, one.text) for one in refusal.value.problems] == [(line, "There is no question “gone”.")]


def test_a_question_that_nothing_leads_to_does_not_come_from_a_folder(draft):
    with pytest.raises(InvalidAt, match="Nothing leads to this question") as refusal:
        part.PART.read([*GUIDE, {**QUESTION, "key": "lost"}], None)

    assert refusal.value.place == "2"


def test_a_comparison_tells_what_changes_in_the_guide(draft, in_force):
    changed = {**GUIDE[1], "answers": [GUIDE[1]["answers"][0], {**GUIDE[1]["answers"][1], "text": "Not at all"}]}
    before = documents.document_of(draft)
    part.put(draft, [GUIDE[0], changed])

    comparison = comparing.compare_documents(before, documents.document_of(draft), {})

    lines = next(change.lines for change in comparison.parts if change.name == "guide")
    assert [(str(piece.change), piece.text) for piece in lines if piece.change != "same"] == [
        ("removed", "Does a customer need something? No (n): do not respond (an answer would add nothing)."),
        ("added", "Does a customer need something? Not at all (n): do not respond (an answer would add nothing)."),
    ]
    assert "Is somebody in danger? No (n): on to “Does a customer need something?”." in [one.text for one in lines]


def test_a_guide_tells_itself_line_by_line():
    assert part.PART.lines([]) == ["There is no guide."]
    assert part.PART.lines([{}]) == ["The guide cannot be read: 0: “key” is missing."]
    assert part.PART.lines(GUIDE)[:2] == [
        "Is somebody in danger? Rather too often.",
        "Is somebody in danger? Yes (y): priority urgent. Escalate now. Filled in when it says “fire”.",
    ]


def test_what_the_guide_names_and_is_gone_keeps_a_version_from_coming_in_force(draft, editor):
    DepartmentFactory(slug="care")
    guide = deepcopy(GUIDE)
    guide[0]["clause"] = "7d9c0e52-6d5a-4a58-9a2f-2b8f0c1d3e4f"
    guide[0]["answers"][0] |= {"when": {"list": ["lost"]}, "then": {"department": "gone"}}
    guide[1]["answers"][0]["then"]["department"] = "care"
    guide.append({**QUESTION, "key": "about-us"})
    part.put(draft, guide)

    found = [one.text for one in obstacles(documents.document_of(draft), departments={"care"})]

    assert found == [
        "Nothing in the guide leads to “Is it about us?”.",
        "The guide asks “Is somebody in danger?”: It stands on a clause that is not there.",
        "The guide asks “Is somebody in danger?”: The answer “Yes” names a department that takes no conversations.",
        "The guide asks “Is somebody in danger?”: The answer “Yes” looks into the list “lost”, which is not there.",
    ]
    with pytest.raises(Invalid, match="Nothing in the guide leads to"):
        publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="It cannot wait.")
    draft.refresh_from_db()
    assert draft.state == PolicyVersion.State.DRAFT


def test_a_guide_that_a_later_engine_does_not_understand_is_an_obstacle():
    document = Document("Policy", "", parts={"guide": [{"key": "a"}]})

    assert "The guide cannot be read: 0: “text” is missing." in [one.text for one in obstacles(document)]


def test_a_question_is_added_at_the_end_with_a_key_of_its_own(draft):
    first = guide_writing.add_question(version_id=draft.pk, question=QUESTION)
    second = guide_writing.add_question(version_id=draft.pk, question={**QUESTION, "text": "Is it about us…"})
    third = guide_writing.add_question(version_id=draft.pk, question={**QUESTION, "text": "是吗？"})

    assert (first, second, third) == ("is-it-about-us", "is-it-about-us-2", "question")
    assert keys(draft) == ["danger", "needs", first, second, third]
    assert draft.guide[2] == {"key": first, **QUESTION}


def test_a_question_is_written_anew_in_its_place(draft):
    guide_writing.change_question(
        version_id=draft.pk, key="needs", question={**GUIDE[1], "text": "And now?"}, seen=seen(draft, "needs")
    )

    assert stored(draft) == [GUIDE[0], {**GUIDE[1], "text": "And now?"}]


def test_of_two_editors_the_second_is_told(draft):
    before = seen(draft, "needs")
    guide_writing.change_question(version_id=draft.pk, key="needs", question={**GUIDE[1], "text": "A?"}, seen=before)
    # Another question is nobody's business.
    guide_writing.change_question(
        version_id=draft.pk, key="danger", question={**GUIDE[0], "text": "B?"}, seen=seen(draft, "danger")
    )

    with pytest.raises(drafting.ChangedMeanwhile):
        guide_writing.change_question(version_id=draft.pk, key="needs", question=GUIDE[1], seen=before)
    with pytest.raises(drafting.ChangedMeanwhile):
        guide_writing.change_condition(version_id=draft.pk, key="needs", answer="y", condition=None, seen=before)

    assert [question["text"] for question in stored(draft)] == ["B?", "A?"]


def test_a_circle_is_refused_where_it_is_made(draft):
    for key, place in (("needs", "1.answers.0.to"), ("danger", "0.answers.0.to")):
        with pytest.raises(InvalidAt, match="This goes round in a circle") as refusal:
            guide_writing.change_question(
                version_id=draft.pk, key=key, question=leading_to("danger"), seen=seen(draft, key)
            )
        assert refusal.value.place == place

    assert stored(draft) == GUIDE


def test_a_question_that_an_answer_leads_to_stays(draft):
    with pytest.raises(guide_writing.QuestionLedTo, match="Is somebody in danger"):
        guide_writing.delete_question(version_id=draft.pk, key="needs")
    assert keys(draft) == ["danger", "needs"]

    guide_writing.delete_question(version_id=draft.pk, key="danger")

    assert keys(draft) == ["needs"]
    with pytest.raises(guide_writing.QuestionGone):
        guide_writing.delete_question(version_id=draft.pk, key="danger")


def test_questions_move_up_and_down_and_no_further(draft):
    guide_writing.move_question(version_id=draft.pk, key="danger", by=-1)
    assert keys(draft) == ["danger", "needs"]
    guide_writing.move_question(version_id=draft.pk, key="danger", by=1)
    assert keys(draft) == ["needs", "danger"]
    guide_writing.move_question(version_id=draft.pk, key="danger", by=1)
    assert keys(draft) == ["needs", "danger"]


def test_what_the_machine_looks_at_is_set_and_taken_away(draft):
    guide_writing.change_condition(
        version_id=draft.pk, key="needs", answer="y", condition={"words": ["help"]}, seen=seen(draft, "needs")
    )
    assert stored(draft)[1]["answers"][0]["when"] == {"words": ["help"]}

    draft.refresh_from_db()
    guide_writing.change_condition(
        version_id=draft.pk, key="needs", answer="y", condition=None, seen=seen(draft, "needs")
    )
    assert stored(draft) == GUIDE


def test_a_list_that_the_guide_looks_into_stays(draft):
    ClauseFactory(version=draft, number=9)
    words = WordListFactory(version=draft, slug="fires")
    guide = deepcopy(GUIDE)
    guide[0]["answers"][0]["when"] = {"list": ["fires"]}
    part.put(draft, guide)

    with pytest.raises(lists.ListInUse, match="The guide looks into this list for “Is somebody in danger"):
        lists.delete_list(list_id=words.pk, version_id=draft.pk)

    assert draft.word_lists.filter(pk=words.pk).exists()


def shipped() -> Guide:
    document = starter.starter_document()
    listed = {slug: entry["words"] for slug, entry in document.parts["lists"].items()}
    return Guide(read_guide(document.parts["guide"]), listed)


@pytest.mark.parametrize(
    ("facts", "given", "asked"),
    [
        (Facts(text="I want to kill myself"), {}, [("open", "n"), ("danger", "d")]),
        (Facts(text="My lawyer will be in touch", earlier=3), {"open": "n"}, [("open", "n"), ("danger", "l")]),
        (Facts(text="Hello", author=names("press")), {}, [("open", "n"), ("danger", "p")]),
        (Facts(text="Much is said", is_spike=True), {"danger": "n"}, [("open", "n"), ("danger", "n"), ("spike", "m")]),
        (
            Facts(text="My order is late", language="en"),
            {"danger": "n", "spike": "n", "about-us": "y"},
            [("open", "n"), ("danger", "n"), ("spike", "n"), ("about-us", "y"), ("needs", "p")],
        ),
        (
            Facts(text="こんにちは", language="ja"),
            {"danger": "n", "spike": "n"},
            [("open", "n"), ("danger", "n"), ("spike", "n"), ("about-us", "l")],
        ),
    ],
)
def test_the_guide_that_ships_fills_in_what_the_machine_sees(facts, given, asked):
    walk = shipped().walk(facts, given)

    assert [(step.question.key, step.answer.key) for step in walk.steps] == asked
    assert all(step.evidence for step in walk.steps if not step.is_given)


def test_the_guide_that_ships_reaches_every_question_and_stands_on_clauses():
    document = starter.starter_document()
    questions = read_guide(document.parts["guide"])
    clauses = {str(clause.key) for clause in document.clauses}

    assert unreached(questions) == []
    assert [question.key for question in questions if question.clause not in clauses] == []
    assert [question.key for question in questions] == [
        "open",
        "danger",
        "spike",
        "about-us",
        "needs",
        "facts",
        "worthwhile",
        "who",
    ]


def test_the_guide_that_ships_fits_the_departments_that_there_are():
    fitted = starter.fitted(starter.starter_document(), {"customer_service": "care"})

    then = {
        (question["key"], answer["key"]): answer["then"]
        for question in fitted.parts["guide"]
        for answer in question["answers"]
        if "then" in answer
    }
    assert then["danger", "d"]["department"] == "care"
    assert "department" not in then["danger", "l"]
    assert list(obstacles(fitted, departments={"care"})) == []
