from copy import deepcopy

import pytest

from policies.models import PolicyVersion
from policies.parts import guide as part
from policies.services import drafting, guide_writing, publishing
from tests.factories.policies import WordListFactory
from tests.factories.teams import NOON, DepartmentFactory
from tests.policies.test_guide import GUIDE
from tests.support.visiting import browser, get

ADDRESS = "/policy/draft/guide/"
DANGER = f"{ADDRESS}questions/danger/"
NEEDS = f"{ADDRESS}questions/needs/"


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    version = drafting.start_draft(editor=editor, at=NOON)
    part.put(version, deepcopy(GUIDE))
    return version


def stored(version: PolicyVersion) -> list:
    version.refresh_from_db()
    return version.guide


def seen(version: PolicyVersion, key: str) -> str:
    return guide_writing.fingerprint_of_question(guide_writing.question_in(version, key))


def form(text: str, *answers: dict[str, object], **more: object) -> dict[str, object]:
    """What the page posts: each answer in a row."""
    rows = {
        f"a{number}-{name}": value
        for number, answer in enumerate(answers, start=1)
        for name, value in {"to": "=", "said": "So", **answer}.items()
    }
    return {"text": text, **rows, **more}


YES = {"key": "y", "said": "Yes", "disposition": "no_response", "reason": "spam"}
NO = {"key": "n", "said": "No", "to": "danger"}


def test_the_page_shows_questions_with_where_they_lead_and_the_paths(draft, editor):
    page = get(editor, ADDRESS)

    assert "Is somebody in danger?" in page
    assert "Priority urgent. Escalate now." in page
    assert "Filled in when it says “fire”." in page
    assert "2. Does a customer need something?" in page
    assert page.index("The paths") < page.rindex("Do not respond (an answer would add nothing)")


def test_an_empty_guide_says_so(draft, editor):
    part.put(draft, [])

    assert "No question yet" in get(editor, ADDRESS)


def test_troubles_are_told_at_their_question(draft, editor):
    guide = deepcopy(GUIDE)
    guide[0]["answers"][1] = {"key": "n", "text": "No", "then": {"department": "gone"}}
    part.put(draft, guide)

    page = get(editor, ADDRESS)

    assert "The answer “No” names a department that takes no conversations." in page
    assert "Nothing leads to this question." in page


def test_a_guide_that_cannot_be_read_is_told(draft, editor, reader):
    part.put(draft, [{"key": "a"}])

    assert "0: “text” is missing." in get(editor, ADDRESS)
    assert "0: “text” is missing." in get(editor, f"/policy/versions/{draft.number}/")
    assert get(editor, "/policy/draft/")


def test_a_question_is_added_with_its_answers(draft, editor):
    DepartmentFactory(slug="care", name="Care")
    clause = draft.clauses.first()
    asked = {
        "department": "care",
        "visibility": "public",
        "priority": "2",
        "tags": "Help, please",
        "advice": "Be kind.",
    }

    response = browser(editor).post(
        f"{ADDRESS}add/",
        form("Is it new?", {**YES, **asked}, NO, help="Look\r\ntwice.", clause=str(clause.key)),
    )

    assert (response.status_code, response["Location"]) == (302, f"{ADDRESS}#question-is-it-new")
    assert stored(draft)[2] == {
        "key": "is-it-new",
        "text": "Is it new?",
        "help": "Look\ntwice.",
        "clause": str(clause.key),
        "answers": [
            {
                "key": "y",
                "text": "Yes",
                "then": {
                    "disposition": "no_response",
                    "department": "care",
                    "visibility": "public",
                    "priority": 2,
                    "reason": "spam",
                    "tags": ["help", "please"],
                    "text": "Be kind.",
                },
            },
            {"key": "n", "text": "No", "to": "danger"},
        ],
    }


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([{**YES, "key": "yes"}, NO], "Ensure this value has at most 1 character"),
        ([{**YES, "key": "Y"}, NO], "One small letter or digit."),
        ([YES, {**NO, "key": "y"}], "Another answer has the key “y”."),
        ([YES], "A question has 2 to 6 answers."),
        ([YES, {**NO, "said": ""}], "This field is required."),
        ([{"key": "y", "said": "Yes"}, NO], "Say what the outcome is, or give advice."),
        ([{**YES, "disposition": "public_response"}, NO], "A reason is only for conversations that nobody answers."),
        ([YES, {**NO, "to": "gone"}], "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_told_at_its_place_and_nothing_is_lost(draft, editor, answers, message):
    response = browser(editor).post(f"{ADDRESS}add/", form("Is it new?", *answers, help="Look twice."))

    assert response.status_code == 422
    assert message in response.content.decode()
    assert "Look twice." in response.content.decode()
    assert stored(draft) == GUIDE


def test_a_circle_is_told_at_the_answer_that_closes_it(draft, editor):
    answers = [YES, {"key": "x", "said": "Round", "to": "danger"}]

    response = browser(editor).post(NEEDS, form("Round?", *answers, seen=seen(draft, "needs")))

    assert response.status_code == 422
    assert "This goes round in a circle" in response.context["editor"].rows[1].errors["to"][0]
    assert stored(draft) == GUIDE


def test_an_answer_keeps_what_the_machine_looks_at_when_its_row_moves(draft, editor):
    rows = [{"key": "n", "said": "No", "to": "needs", "was": "n"}, {**YES, "was": "y", "key": "j"}]

    browser(editor).post(DANGER, form("Danger?", *rows, seen=seen(draft, "danger")))

    assert stored(draft)[0] == {
        "key": "danger",
        "text": "Danger?",
        "answers": [
            {"key": "n", "text": "No", "to": "needs"},
            {
                "key": "j",
                "text": "Yes",
                "when": {"words": ["fire"]},
                "then": {"disposition": "no_response", "reason": "spam"},
            },
        ],
    }


def test_the_second_of_two_editors_sees_what_the_first_wrote(draft, editor):
    before = seen(draft, "needs")
    guide_writing.change_question(
        version_id=draft.pk, key="needs", question={**GUIDE[1], "text": "Theirs?"}, seen=before
    )
    mine = form("Mine?", {**YES, "was": "y"}, {**YES, "key": "n", "said": "No", "was": "n"})

    response = browser(editor).post(NEEDS, {**mine, "seen": before})

    page = response.content.decode()
    assert response.status_code == 409
    assert "Theirs?" in page
    assert 'value="Mine?"' in page
    assert stored(draft)[1]["text"] == "Theirs?"
    assert browser(editor).post(NEEDS, {**mine, "seen": seen(draft, "needs")}).status_code == 302
    assert stored(draft)[1]["text"] == "Mine?"


def test_buttons_add_remove_and_move_rows_without_saving(draft, editor):
    visit = browser(editor)
    posted = form("Danger?", {**YES, "key": "a"}, {**YES, "key": "b"}, {**YES, "key": "c"})

    def keys(act: str) -> list[str]:
        context = visit.post(DANGER, {**posted, "act": act}).context
        return [row["key"].value() for row in context["editor"].rows]

    assert keys("more") == ["a", "b", "c", ""]
    assert keys("remove:1") == ["b", "c"]
    assert keys("up:3") == ["a", "c", "b"]
    assert keys("up:1") == keys("remove:9") == keys("remove:x") == keys("nothing") == ["a", "b", "c"]
    posted = form("Danger?", *[{**YES, "key": key} for key in "abcdef"])
    assert keys("more") == list("abcdef")
    posted = form("Danger?", *[{**YES, "key": key} for key in "ab"])
    assert keys("remove:1") == list("ab")
    assert stored(draft) == GUIDE


def test_a_new_question_begins_with_yes_and_no(draft, editor):
    page = get(editor, f"{ADDRESS}add/")

    assert 'value="Yes"' in page
    assert 'value="No"' in page
    assert "1. Is somebody in danger?" in page
    response = browser(editor).post(f"{ADDRESS}add/", {**form("New?", YES, NO), "act": "more"})
    assert len(response.context["editor"].rows) == 3


def test_what_the_machine_looks_at_is_edited_with_menus(draft, editor):
    WordListFactory(version=draft, slug="fires", name="Fires")
    address = f"{NEEDS}answers/y/"
    assert "It fills this answer in when" in get(editor, address)
    posted = {"seen": seen(draft, "needs"), "c.1.is": "any", "c.1.1.is": "list", "c.1.1.names": ["fires"]}

    added = browser(editor).post(address, {**posted, "act": "add:1", "c.1.new": "words"})
    assert (added.status_code, "Words or phrases" in added.content.decode()) == (200, True)
    assert stored(draft) == GUIDE
    assert browser(editor).post(address, posted).status_code == 302

    assert stored(draft)[1]["answers"][0]["when"] == {"any": [{"list": ["fires"]}]}
    assert "checked" in get(editor, address)
    assert browser(editor).post(address, {"seen": seen(draft, "needs"), "act": "never"}).status_code == 302
    assert stored(draft) == GUIDE


@pytest.mark.parametrize(
    ("posted", "message"),
    [
        ({"c.1.is": "all"}, "Add at least one condition."),
        ({"c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": ""}, "Nothing is entered or chosen yet."),
        (
            {"c.1.is": "all", "c.1.1.is": "answer_words", "c.1.1.lines": "sorry"},
            "While the guide is walked there is no answer of ours to look at.",
        ),
        ({"view": "text", "text": "wrods: [a]"}, "A rule does not understand “wrods”."),
    ],
)
def test_a_condition_that_cannot_be_used_is_told(draft, editor, posted, message):
    response = browser(editor).post(f"{NEEDS}answers/y/", {"seen": seen(draft, "needs"), **posted})

    assert response.status_code == 422
    assert message in response.content.decode()
    assert stored(draft) == GUIDE


def test_of_two_who_set_a_condition_the_second_is_told(draft, editor):
    before = seen(draft, "danger")
    guide_writing.change_condition(
        version_id=draft.pk, key="danger", answer="y", condition={"words": ["smoke"]}, seen=before
    )
    posted = {"c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": "flame"}

    response = browser(editor).post(f"{DANGER}answers/y/", {**posted, "seen": before})

    assert response.status_code == 409
    assert "Filled in when it says “smoke”." in response.content.decode()
    assert "flame" in response.content.decode()
    assert stored(draft)[0]["answers"][0]["when"] == {"words": ["smoke"]}


def test_a_question_is_moved_and_deleted_from_its_page(draft, editor):
    visit = browser(editor)

    assert visit.post(f"{NEEDS}delete/").status_code == 409
    assert visit.post(f"{NEEDS}move/", {"direction": "up"}).status_code == 302
    assert visit.post(f"{NEEDS}move/", {"direction": "sideways"}).status_code == 302
    assert [question["key"] for question in stored(draft)] == ["needs", "danger"]
    assert visit.post(f"{DANGER}delete/").status_code == 302
    assert visit.post(f"{DANGER}delete/").status_code == 302
    assert visit.post(f"{DANGER}move/", {"direction": "up"}).status_code == 409

    assert stored(draft) == [GUIDE[1]]


def test_what_is_not_there_is_not_found(draft, editor):
    for address in (f"{ADDRESS}questions/gone/", f"{ADDRESS}questions/gone/answers/y/", f"{DANGER}answers/z/"):
        get(editor, address, status=404)


def test_a_version_in_review_is_shown_and_not_written(draft, editor):
    before = seen(draft, "needs")
    PolicyVersion.objects.filter(pk=draft.pk).update(state=PolicyVersion.State.IN_REVIEW)
    visit = browser(editor)

    for address in (ADDRESS, f"{ADDRESS}add/", NEEDS, f"{NEEDS}answers/y/"):
        assert visit.get(address)["Location"] == f"/policy/versions/{draft.number}/#guide"
    mine = form("Mine?", YES, NO)
    condition = {"seen": before, "c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": "flame"}
    for address, posted in (
        (f"{ADDRESS}add/", mine),
        (NEEDS, {**form("Mine?", YES, {**YES, "key": "n"}), "seen": before}),
        (f"{NEEDS}answers/y/", condition),
        (f"{NEEDS}move/", {"direction": "up"}),
        (f"{NEEDS}delete/", {}),
    ):
        assert visit.post(address, posted).status_code == 409
    assert stored(draft) == GUIDE


def test_everybody_reads_the_guide_with_its_version(draft, editor, reader):
    version = publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="It cannot wait.")

    for page in ("", "print/"):
        told = get(reader, f"/policy/versions/{version.number}/{page}")
        assert "Is somebody in danger?" in told
        assert "Escalate now." in told
        assert "What the machine looks at" not in told
    assert "Escalate now." in get(reader, f"/policy/versions/1/compare/{version.number}/")
