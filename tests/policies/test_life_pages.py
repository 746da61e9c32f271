import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from policies.folder import packing
from policies.folder.writing import write_files
from policies.models import Comment, PolicyVersion, Upload
from policies.services import clauses, documents, drafting, reviewing, scheduling
from teams.roles import Role
from tests.factories.policies import ClauseFactory, CommentFactory, RuleFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


@pytest.fixture
def reviewer(draft):
    person = AppointmentFactory(user=UserFactory(name="Ada Holm"), role=Role.MANAGER).user
    reviewing.name_reviewer(version_id=draft.pk, person_id=person.pk, department_id=None, at=NOON)
    return person


@pytest.fixture
def in_review(draft, editor, reviewer):
    clause = draft.clauses.get(number=2)
    clauses.change_clause(
        clause_id=clause.pk,
        version_id=draft.pk,
        title="Be kinder",
        body="Thank all people.",
        seen=clauses.fingerprint_of_clause(clause),
    )
    reviewing.send_to_review(version_id=draft.pk, editor=editor, at=NOON)
    draft.refresh_from_db()
    return draft


def approve(version, reviewer):
    seen = documents.fingerprint_of_text(version)
    reviewing.say(version_id=version.pk, reviewer=reviewer, verdict="approved", note="", seen=seen, at=NOON)


def body(response):
    return response.content.decode()


def packed(files):
    return SimpleUploadedFile("policy.zip", packing.write_zip(files, name="ours"))


def test_a_draft_is_sent_to_proposed_reviewers_and_approved(client, draft, editor):
    care = DepartmentFactory(slug="care", name="Customer care")
    lead = MembershipFactory(department=care, role=Role.LEAD, user=UserFactory(name="Lea Berg")).user
    RuleFactory(clause=draft.clauses.get(number=2), outcome={"department": "care"})
    client.force_login(editor)
    assert "Lea Berg: the changes touch Customer care." in body(client.get("/policy/draft/"))

    client.post("/policy/versions/2/reviewers/", {"person": lead.pk, "department": care.pk})
    response = client.post("/policy/draft/send/", follow=True)
    assert response.redirect_chain == [("/policy/versions/2/review/", 302)]
    assert "is before its reviewers" in body(response)
    assert client.get("/policy/draft/").headers["Location"] == "/policy/versions/2/review/"

    client.force_login(lead)
    page = client.get("/policy/versions/2/review/")
    form = page.context["verdict"]
    response = client.post(
        "/policy/versions/2/review/say/",
        {"verdict": "approved", "note": "", "seen": form["seen"].value()},
        follow=True,
    )
    assert "is approved by all its reviewers" in body(response)
    assert PolicyVersion.objects.get(number=2).state == "approved"


def test_what_is_agreed_on_and_waits_is_shown_where_the_policy_is(client, in_review, reviewer, editor, reader):
    approve(in_review, reviewer)
    client.force_login(editor)
    for address in ("/policy/", "/policy/draft/"):
        assert "Version 2 is approved, and waits to be put in force." in body(client.get(address))
    client.force_login(reader)
    assert "Version 2" not in body(client.get("/policy/"))

    PolicyVersion.objects.filter(number=2).update(state="scheduled", scheduled_for=NOON + timedelta(days=9))

    assert "Version 2 comes in force on" in body(client.get("/policy/"))


def test_a_draft_without_a_reviewer_is_not_sent(client, draft, editor):
    client.force_login(editor)

    response = client.post("/policy/draft/send/", follow=True)

    assert "Name at least one person who reviews it." in body(response)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_version_in_review_is_seen_by_its_reviewers_alone(client, in_review, reviewer, reader):
    client.force_login(reviewer)
    for address in ("", "review/", "print/", "folder/"):
        assert client.get(f"/policy/versions/2/{address}").status_code == 200

    client.force_login(reader)
    for address in ("", "review/", "print/", "folder/"):
        assert client.get(f"/policy/versions/2/{address}").status_code == 404
    assert "In review" not in body(client.get("/policy/versions/"))
    assert client.post("/policy/versions/2/review/say/", {"verdict": "approved", "seen": "x"}).status_code == 404


def test_asking_for_changes_needs_a_note(client, in_review, reviewer):
    client.force_login(reviewer)
    seen = documents.fingerprint_of_text(in_review)

    response = client.post("/policy/versions/2/review/say/", {"verdict": "changes", "note": " ", "seen": seen})

    assert response.status_code == 422
    assert "Say what should change." in body(response)
    assert client.post("/policy/versions/2/review/say/", {"verdict": "sing"}).status_code == 422
    assert not in_review.reviews.exclude(verdict="waiting").exists()


def test_a_reviewer_of_an_older_text_is_told(client, in_review, reviewer):
    client.force_login(reviewer)

    response = client.post("/policy/versions/2/review/say/", {"verdict": "approved", "note": "", "seen": "x"})

    assert response.status_code == 409
    assert "written anew since you opened it" in body(response)


def test_clauses_are_commented_answered_and_settled(client, in_review, reviewer, editor):
    key = in_review.clauses.get(number=2).key
    client.force_login(reviewer)
    response = client.post("/policy/versions/2/comments/", {"clause": key, "body": "All <b>of</b> them?"})
    assert response.headers["Location"] == f"/policy/versions/2/review/#comments-{key}"
    comment = Comment.objects.get()

    client.force_login(editor)
    assert "All &lt;b&gt;of&lt;/b&gt; them?" in body(client.get("/policy/versions/2/review/"))
    client.post("/policy/versions/2/comments/", {"clause": key, "answers": comment.pk, "body": "Yes."})
    client.post(f"/policy/versions/2/comments/{comment.pk}/resolve/")
    comment.refresh_from_db()
    assert comment.resolved_by == editor
    client.post(f"/policy/versions/2/comments/{comment.pk}/resolve/", {"reopen": "1"})
    comment.refresh_from_db()
    assert comment.resolved_by is None
    client.post("/policy/versions/2/comments/", {"clause": key, "body": "x" * 2001})
    client.post("/policy/versions/2/comments/", {"clause": "nonsense", "body": "x"})
    assert Comment.objects.count() == 2


def test_an_editor_who_writes_while_it_is_reviewed_keeps_the_text(client, in_review, editor):
    clause = in_review.clauses.get(number=1)
    client.force_login(editor)

    response = client.post(
        f"/policy/draft/clauses/{clause.pk}/",
        {"title": "First", "body": "My long text.", "seen": clauses.fingerprint_of_clause(clause)},
    )

    assert response.status_code == 409
    assert "My long text." in body(response)
    assert "Take it back first to write on it." in body(response)


def test_a_clause_that_is_gone_takes_no_text_with_it(client, draft, editor):
    clause = draft.clauses.get(number=1)
    clauses.delete_clause(clause_id=clause.pk, version_id=draft.pk)
    client.force_login(editor)

    response = client.post(f"/policy/draft/clauses/{clause.pk}/", {"title": "First", "body": "My text.", "seen": "x"})

    assert response.status_code == 409
    assert "My text." in body(response)
    assert client.get(f"/policy/draft/clauses/{clause.pk}/").status_code == 404


def test_an_approved_version_is_scheduled_on_its_page(client, in_review, editor, reviewer, reader):
    approve(in_review, reviewer)
    client.force_login(editor)
    moment = timezone.localtime() + timedelta(days=2)
    given = {"moment": moment.strftime("%Y-%m-%dT%H:%M"), "reason": "No time."}

    past = client.post("/policy/versions/2/schedule/", {**given, "moment": "2020-01-01T09:00"})
    assert past.status_code == 422
    assert "That moment is past." in body(past)
    assert "Say why" in body(client.post("/policy/versions/2/schedule/", {**given, "reason": ""}))
    assert client.post("/policy/versions/2/schedule/", {**given, "moment": "soon"}).status_code == 422

    response = client.post("/policy/versions/2/schedule/", given, follow=True)
    assert "Version 2 comes in force on" in body(response)
    client.force_login(reader)
    assert "which comes in force on" in body(client.get("/policy/versions/2/"))

    client.force_login(editor)
    assert "It is off the schedule" in body(client.post("/policy/versions/2/unschedule/", follow=True))
    assert client.post("/policy/versions/2/unschedule/").status_code == 409
    assert PolicyVersion.objects.get(number=2).state == "approved"


def test_a_version_is_taken_back_on_its_page(client, in_review, editor):
    client.force_login(editor)

    response = client.post("/policy/versions/2/review/pull-back/", follow=True)

    assert response.redirect_chain == [("/policy/draft/", 302)]
    assert client.post("/policy/versions/2/review/pull-back/").status_code == 409


def test_two_versions_are_chosen_and_compared(client, in_review, editor):
    client.force_login(editor)

    response = client.get("/policy/compare/?old=1&new=2", follow=True)

    assert response.redirect_chain == [("/policy/versions/1/compare/2/", 302)]
    page = body(response)
    assert "Thank<del>" not in page
    assert "Thank<ins> all</ins> people." in page
    assert "Version 2, In review" in page
    assert client.get("/policy/compare/?old=x").headers["Location"] == "/policy/versions/"
    assert client.get("/policy/compare/?old=1&new=77", follow=True).status_code == 404


def test_the_printed_version_has_contents_and_who_attested(client, in_force, reader):
    client.force_login(reader)

    page = body(client.get("/policy/versions/1/print/"))

    assert 'href="#clause-2"' in page
    assert "0 of 2 people" in page or "0 of 3 people" in page
    assert "Urgent: decide within 15 min" in page


def test_a_folder_is_taken_away_brought_looked_at_and_taken(client, draft, editor):
    client.force_login(editor)
    response = client.get("/policy/versions/2/folder/")
    assert response.headers["Content-Disposition"] == 'attachment; filename="policy-2.zip"'
    names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
    assert names == [
        "policy-2/policy.yaml",
        "policy-2/clauses/01-answer-outages-first.md",
        "policy-2/clauses/02-be-kind.md",
    ]
    files = write_files(documents.document_of(draft))
    files["clauses/02-be-kind.md"] = "# Be kind\n\nThank all people.\n"

    response = client.post("/policy/draft/folder/", {"folder": packed(files)}, follow=True)
    assert response.redirect_chain == [("/policy/draft/folder/look/", 302)]
    assert "Thank<ins> all</ins> people." in body(response)
    assert draft.clauses.get(number=2).body == "Thank people."

    seen = response.context["form"]["seen"].value()
    client.post("/policy/draft/folder/take/", {"seen": seen})
    assert draft.clauses.get(number=2).body == "Thank all people."
    assert client.get("/policy/draft/folder/look/").headers["Location"] == "/policy/draft/folder/"


def test_a_bad_folder_is_told_with_its_places(client, draft, editor):
    client.force_login(editor)
    files = write_files(documents.document_of(draft))
    files["policy.yaml"] = files["policy.yaml"].replace("format: 1", "format: 2")

    response = client.post("/policy/draft/folder/", {"folder": packed(files)})

    assert response.status_code == 422
    assert "<code>policy.yaml:2</code>" in body(response)
    assert client.post("/policy/draft/folder/", {"folder": SimpleUploadedFile("x.zip", b"x")}).status_code == 422
    assert client.post("/policy/draft/folder/", {}).status_code == 422
    assert not Upload.objects.exists()


def test_a_folder_is_looked_at_again_when_the_draft_changed(client, draft, editor):
    client.force_login(editor)
    client.post("/policy/draft/folder/", {"folder": packed(write_files(documents.document_of(draft)))})
    ClauseFactory(version=draft, number=3, title="Theirs")

    response = client.post("/policy/draft/folder/take/", {"seen": "x"})

    assert response.status_code == 409
    assert "Somebody changed the draft meanwhile." in body(response)
    assert draft.clauses.filter(title="Theirs").exists()


def test_clauses_go_below_others_and_may_decide(client, draft, editor):
    client.force_login(editor)
    first, second = draft.clauses.order_by("number")
    client.post(f"/policy/draft/clauses/{second.pk}/move/", {"direction": "in"})
    second.refresh_from_db()
    assert (second.label, second.level) == ("1.1", 2)
    client.post(f"/policy/draft/clauses/{second.pk}/move/", {"direction": "out"})
    second.refresh_from_db()
    assert (second.label, second.level) == ("2", 1)

    client.post(
        "/policy/draft/clauses/add/",
        {"title": "Spam", "body": "Leave it.", "after": first.pk, "level": 2, "may_decide": ["no_response"]},
    )

    added = draft.clauses.get(title="Spam")
    assert (added.label, added.may_decide, added.is_substantial) == ("1.1", ["no_response"], False)


def test_a_changed_clause_counts_as_one_of_substance_until_its_author_says_otherwise(client, draft, editor):
    client.force_login(editor)
    clause = draft.clauses.get(number=2)
    assert clause.is_substantial is False
    form = client.get(f"/policy/draft/clauses/{clause.pk}/").context["form"]
    assert form["is_substantial"].value() is True
    given = {"title": "Be kind", "body": "Thank everybody.", "seen": form["seen"].value()}

    client.post(f"/policy/draft/clauses/{clause.pk}/", given)

    clause.refresh_from_db()
    assert clause.is_substantial is False
    form = client.get(f"/policy/draft/clauses/{clause.pk}/").context["form"]
    assert form["is_substantial"].value() is False
    RuleFactory(clause=clause)
    other = draft.clauses.get(number=1)
    clauses.delete_rule(rule_id=other.rules.get().pk, version_id=draft.pk)
    other.refresh_from_db()
    assert other.is_substantial is True


@pytest.mark.parametrize("count", [1, 8])
def test_the_draft_costs_the_same_however_many_clauses(client, draft, editor, count, django_assert_max_num_queries):
    for number in range(count):
        clause = ClauseFactory(version=draft, number=number + 10)
        RuleFactory(clause=clause)
        CommentFactory(version=draft, clause_key=clause.key)
    client.force_login(editor)
    client.get("/policy/draft/")

    with django_assert_max_num_queries(45):
        client.get("/policy/draft/")


def test_versions_that_wait_are_told_apart_in_the_list(client, in_review, editor, reviewer):
    approve(in_review, reviewer)
    scheduling.schedule_version(
        version_id=in_review.pk,
        publisher=editor,
        moment=timezone.now() + timedelta(days=1),
        at=timezone.now(),
        reason="A test.",
    )
    client.force_login(editor)

    page = body(client.get("/policy/versions/"))

    assert "Scheduled" in page
    assert "Begin a draft" in page


def test_reading_the_review_reads_what_led_there(client, in_review, reviewer):
    client.force_login(reviewer)
    assert reviewer.notifications.unread().in_page().count() == 1

    client.get("/policy/versions/2/review/")

    assert not reviewer.notifications.unread().in_page().exists()


def test_a_reviewer_of_a_department_that_is_not_there_is_refused(client, draft, editor, reader):
    client.force_login(editor)

    response = client.post("/policy/versions/2/reviewers/", {"person": reader.pk, "department": 77}, follow=True)

    assert "The department that they speak for is not there any more." in body(response)
    assert not draft.reviews.exists()


def test_a_summary_written_while_it_is_reviewed_is_not_lost(client, in_review, editor):
    client.force_login(editor)

    response = client.post("/policy/draft/about/", {"title": "New", "summary": "My long reason.", "seen": "x"})

    assert response.status_code == 409
    assert "My long reason." in body(response)
