import pytest

from policies import comparing
from policies.folder.problems import BadFolder
from policies.folder.reading import read_files
from policies.folder.writing import write_files
from policies.models import Clause, PolicyVersion, Question, Rule, Upload, WordList
from policies.services import clauses, documents, drafting, importing, publishing, quizzes, trials
from teams.models import AuditEntry
from tests.factories.policies import ClauseFactory, CommentFactory, QuestionFactory, RuleFactory
from tests.factories.teams import NOON, UserFactory


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


def files_of(version):
    return write_files(documents.document_of(version))


def bring(draft, editor, files):
    importing.bring(version_id=draft.pk, files=files, editor=editor, at=NOON)


def take(draft, editor, seen=None):
    seen = documents.fingerprint_of_text(draft) if seen is None else seen
    importing.take_brought(version_id=draft.pk, editor=editor, seen=seen, at=NOON)


def test_a_version_comes_back_from_its_folder_as_it_was(draft, editor):
    WordList.objects.create(version=draft, slug="outages", name="Outages", words=["dark, cold", "blackout"])
    RuleFactory(clause=draft.clauses.get(number=2), name="Listed", condition={"list": ["outages"]})
    before = documents.document_of(draft)
    files = files_of(draft)
    for clause in draft.clauses.all():
        clauses.delete_clause(clause_id=clause.pk, version_id=draft.pk)
    draft.word_lists.all().delete()
    draft.targets.all().delete()

    bring(draft, editor, files)
    take(draft, editor)

    draft.refresh_from_db()
    assert documents.document_of(draft) == before
    assert AuditEntry.objects.latest("pk").verb == "policy.imported"
    assert not Upload.objects.exists()


def test_a_quiz_comes_back_from_its_folder_as_it_was(draft, editor):
    first, second = draft.clauses.order_by("number")
    QuestionFactory(clause=second, position=1, text="Rude?", answers=["Yes", "No"], right=1)
    question = QuestionFactory(clause=first, position=2, text="First?", answers=["Outages", "08", "no"], right=0)
    PolicyVersion.objects.filter(pk=draft.pk).update(pass_mark=50)
    draft.refresh_from_db()
    files = files_of(draft)
    bring(draft, editor, files)
    take(draft, editor)
    assert Question.objects.get(text="First?") == question
    Question.objects.filter(clause__version=draft).delete()
    PolicyVersion.objects.filter(pk=draft.pk).update(pass_mark=80)
    draft.refresh_from_db()

    bring(draft, editor, files)
    take(draft, editor)

    draft.refresh_from_db()
    assert draft.pass_mark == 50
    assert [(row.clause, row.text, row.answers, row.right) for row in quizzes.questions_of(draft)] == [
        (first, "First?", ["Outages", "08", "no"], 0),
        (second, "Rude?", ["Yes", "No"], 1),
    ]


def test_a_draft_whose_quiz_changed_meanwhile_is_looked_at_again(draft, editor):
    seen = documents.fingerprint_of_text(draft)
    bring(draft, editor, files_of(draft))
    question = QuestionFactory(clause=draft.clauses.first())

    with pytest.raises(drafting.ChangedMeanwhile):
        take(draft, editor, seen)

    assert Question.objects.get() == question


def test_a_quiz_does_not_void_a_trial(draft):
    before = trials.content_fingerprint(draft)

    QuestionFactory(clause=draft.clauses.first())

    assert trials.content_fingerprint(draft) == before


def test_what_keeps_its_key_keeps_its_row_and_its_comments(draft, editor):
    first, second = draft.clauses.order_by("number")
    rule = first.rules.get()
    comment = CommentFactory(version=draft, clause_key=second.key)
    files = files_of(draft)
    files["policy.yaml"] = files["policy.yaml"].replace("name: Outage", "name: Blackout")
    files["clauses/02-be-kind.md"] = "# Be kinder\n\nThank people twice.\n"

    bring(draft, editor, files)
    take(draft, editor)

    assert list(draft.clauses.order_by("number").values_list("pk", "title")) == [
        (first.pk, "Answer outages first"),
        (second.pk, "Be kinder"),
    ]
    assert list(Rule.objects.filter(clause=first).values_list("pk", "key", "name")) == [(rule.pk, rule.key, "Blackout")]
    assert draft.comments.get() == comment


def test_clauses_change_places_come_and_go(draft, editor):
    document = documents.document_of(draft)
    swapped = {**files_of(draft)}
    text = swapped["policy.yaml"]
    begin, middle, end = (text.index(mark) for mark in ("- file: clauses/01", "- file: clauses/02", "targets:"))
    new = "- file: clauses/new.md\n  level: 2\n"
    swapped["policy.yaml"] = text[:begin] + text[middle:end] + new + text[begin:middle] + text[end:]
    swapped["clauses/new.md"] = "# New\n\nText.\n"

    bring(draft, editor, swapped)
    take(draft, editor)

    assert list(draft.clauses.order_by("number").values_list("label", "title")) == [
        ("1", "Be kind"),
        ("1.1", "New"),
        ("2", "Answer outages first"),
    ]
    changes = comparing.compare_documents(document, documents.document_of(draft), {})
    assert [change.change for change in changes.clauses] == ["same", "added", "same"]


def test_a_text_that_was_changed_meanwhile_is_looked_at_again(draft, editor):
    bring(draft, editor, files_of(draft))
    seen = documents.fingerprint_of_text(draft)
    ClauseFactory(version=draft, number=3, title="Theirs")

    with pytest.raises(drafting.ChangedMeanwhile):
        take(draft, editor, seen)

    assert draft.clauses.filter(title="Theirs").exists()
    assert Upload.objects.count() == 1


def test_what_nobody_took_goes_when_the_version_comes_in_force(draft, editor):
    bring(draft, editor, files_of(draft))

    publishing.publish_version(version_id=draft.pk, publisher=editor, reason="Now.", at=NOON)

    assert not Upload.objects.exists()


def test_a_bad_folder_changes_nothing(draft, editor):
    files = files_of(draft)
    files["policy.yaml"] = files["policy.yaml"].replace("priority: 1", "priority: 11")

    with pytest.raises(BadFolder):
        bring(draft, editor, files)

    assert not Upload.objects.exists()


def test_only_a_draft_takes_a_text_and_only_from_who_brought_it(draft, editor, in_force):
    files = files_of(draft)
    with pytest.raises(publishing.NotADraft):
        bring(in_force, editor, files)
    bring(draft, editor, files)

    with pytest.raises(importing.NothingBrought):
        take(draft, UserFactory())

    assert Clause.objects.filter(version=draft).count() == 2


def test_a_folder_written_by_hand_is_given_keys_once(draft, editor):
    files = {
        "policy.yaml": "format: 1\ntitle: Ours\nclauses:\n- file: clauses/one.md\n",
        "clauses/one.md": "# One\n\nText.",
    }
    bring(draft, editor, files)
    first, second = (importing.brought(version=draft, editor=editor) for _ in range(2))

    take(draft, editor)

    assert first.clauses[0].key == second.clauses[0].key == draft.clauses.get().key
    assert read_files(files_of(draft)) == documents.document_of(draft)
