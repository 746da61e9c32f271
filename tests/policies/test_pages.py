import pytest

from policies.models import Attestation, Clause, PolicyVersion, Rule
from policies.services import clauses, drafting, publishing
from teams.models import AuditEntry
from tests.factories.policies import ClauseFactory, RuleFactory
from tests.factories.teams import NOON, UserFactory
from tests.policies.test_targets_page import TARGETS


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


RULE = {
    "name": "Refund",
    "kind": "routing",
    "c.1.is": "all",
    "c.1.1.is": "words",
    "c.1.1.lines": "refund",
    "o-priority": "2",
}


def test_the_policy_in_force_is_shown_with_its_clauses(client, in_force, reader):
    client.force_login(reader)

    response = client.get("/policy/")

    page = response.content.decode()
    assert response.status_code == 200
    assert 'id="clause-2"' in page
    assert "Outage: when it says “outage”, then priority urgent." in page
    assert "Urgent: decide within 15 min, claim within 15 min, answer within 1 h, a claim rests at most 4 h." in page
    assert "Edit" not in page


def test_a_company_without_a_policy_is_told_so(client, company, reader, editor):
    client.force_login(reader)
    assert "A policy editor has to publish one" in client.get("/policy/").content.decode()

    client.force_login(editor)
    assert "Begin a draft" in client.get("/policy/").content.decode()


def test_people_attest_what_they_have_read(client, in_force, reader):
    client.force_login(reader)
    assert "I have read it" in client.get("/policy/").content.decode()

    response = client.post("/policy/attest/", {"version": in_force.pk})

    assert response.headers["Location"] == "/policy/"
    assert (Attestation.objects.get().user, Attestation.objects.get().version) == (reader, in_force)
    page = client.get("/policy/").content.decode()
    assert "You attested it on" in page
    assert "I have read it" not in page


@pytest.mark.parametrize("version", ["", "x", "0", "9" * 30])
def test_attesting_nothing_attests_nothing(client, in_force, reader, version):
    client.force_login(reader)

    assert client.post("/policy/attest/", {"version": version}).status_code == 302
    assert not Attestation.objects.exists()


def test_attesting_a_replaced_version_conflicts(client, in_force, draft, editor, reader):
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="A test.")
    client.force_login(reader)

    response = client.post("/policy/attest/", {"version": in_force.pk})

    assert response.status_code == 409
    assert "Another version came in force a moment ago. Read that one." in response.content.decode()
    assert not Attestation.objects.exists()


def test_a_draft_exists_only_for_editors(client, draft, reader, editor):
    client.force_login(reader)
    assert client.get("/policy/versions/2/").status_code == 404
    assert client.get("/policy/versions/1/compare/2/").status_code == 404
    assert "Draft" not in client.get("/policy/versions/").content.decode()

    client.force_login(editor)
    assert client.get("/policy/versions/2/").status_code == 200
    assert client.get("/policy/versions/1/compare/2/").status_code == 200
    assert "Changes since 1" in client.get("/policy/versions/").content.decode()


def test_unknown_versions_are_not_found(client, in_force, editor):
    client.force_login(editor)

    for address in ("versions/9/", f"versions/{10**30}/", "versions/1/compare/9/", "draft/about/"):
        assert client.get(f"/policy/{address}").status_code == 404
    assert client.post("/policy/draft/discard/").status_code == 404
    assert client.post("/policy/versions/2/publish/").status_code == 404


def test_a_draft_is_begun_once(client, in_force, editor):
    client.force_login(editor)

    assert client.post("/policy/draft/start/").headers["Location"] == "/policy/draft/"
    assert client.get("/policy/draft/").status_code == 200
    assert client.post("/policy/draft/start/").status_code == 409
    assert PolicyVersion.objects.count() == 2


def test_a_draft_is_described_on_its_page(client, draft, editor):
    client.force_login(editor)
    seen = client.get("/policy/draft/about/").context["form"]["seen"].value()

    response = client.post("/policy/draft/about/", {"title": "New", "summary": "a\r\nb", "seen": seen})

    draft.refresh_from_db()
    assert response.headers["Location"] == "/policy/draft/"
    assert (draft.title, draft.summary) == ("New", "a\nb")
    stale = client.post("/policy/draft/about/", {"title": "Mine", "summary": "", "seen": seen})
    assert stale.status_code == 409
    assert "<del>New</del>" in stale.content.decode()
    assert client.post("/policy/draft/about/", {"title": "", "seen": seen}).status_code == 422
    draft.refresh_from_db()
    assert draft.title == "New"


def test_a_clause_is_added(client, draft, editor):
    client.force_login(editor)

    response = client.post("/policy/draft/clauses/add/", {"title": "Third", "body": "Text."})

    assert response.headers["Location"] == "/policy/draft/#clause-3"
    assert Clause.objects.get(version=draft, number=3).title == "Third"
    for given in (
        {},
        {"title": "x" * 121, "body": "x"},
        {"title": "x", "body": "x" * 20_001},
        {"title": "\x00", "body": "x"},
    ):
        assert client.post("/policy/draft/clauses/add/", given).status_code == 422
    assert draft.clauses.count() == 3


def test_a_clause_that_is_sent_twice_is_one_and_another_text_another(client, draft, editor):
    client.force_login(editor)
    key = client.get("/policy/draft/clauses/add/").context["form"]["key"].value()
    form = {"title": "Thank people", "body": "They took the time.", "key": key}
    count = draft.clauses.count()

    for _click in range(2):
        assert client.post("/policy/draft/clauses/add/", form).status_code == 302
    assert draft.clauses.count() == count + 1
    client.post("/policy/draft/clauses/add/", {**form, "body": "Always."})

    assert draft.clauses.count() == count + 2
    assert str(draft.clauses.get(body="They took the time.").key) == str(key)


def test_two_editors_of_a_clause_see_each_other(client, draft, editor):
    clause = draft.clauses.get(number=2)
    address = f"/policy/draft/clauses/{clause.pk}/"
    client.force_login(editor)
    seen = client.get(address).context["form"]["seen"].value()
    clauses.change_clause(
        clause_id=clause.pk, version_id=draft.pk, title="Be kind", body="Thank people warmly.", seen=seen
    )

    response = client.post(address, {"title": "Be kind", "body": "Thank people briefly.", "seen": seen})

    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else wrote this clause a moment ago." in page
    assert "<del> warmly.</del><ins> briefly.</ins>" in page
    assert "Thank people briefly.</textarea>" in page
    clause.refresh_from_db()
    assert clause.body == "Thank people warmly."

    again = response.context["form"]["seen"].value()
    client.post(address, {"title": "Be kind", "body": "Thank people briefly.", "seen": again})
    clause.refresh_from_db()
    assert clause.body == "Thank people briefly."


def test_an_editor_who_comes_after_the_publishing_loses_no_text(client, draft, editor):
    clause = draft.clauses.get(number=2)
    seen = clauses.fingerprint_of_clause(clause)
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="A test.")
    client.force_login(editor)

    response = client.post(
        f"/policy/draft/clauses/{clause.pk}/", {"title": "Be kind", "body": "My long text.", "seen": seen}
    )

    assert response.status_code == 409
    assert "My long text." in response.content.decode()
    clause.refresh_from_db()
    assert clause.body == "Thank people."


def test_editing_what_is_published_leads_to_where_it_stands(client, in_force, editor):
    clause = in_force.clauses.get(number=1)
    rule = clause.rules.get()
    client.force_login(editor)

    for address in (f"clauses/{clause.pk}/", f"clauses/{clause.pk}/rules/add/", f"rules/{rule.pk}/"):
        assert client.get(f"/policy/draft/{address}").headers["Location"] == "/policy/versions/1/#clause-1"
    for address in (f"clauses/{clause.pk}/delete/", f"rules/{rule.pk}/delete/"):
        assert client.post(f"/policy/draft/{address}").status_code == 409
    assert client.post(f"/policy/draft/clauses/{clause.pk}/move/", {"direction": "down"}).status_code == 409
    assert client.post(f"/policy/draft/clauses/{clause.pk}/rules/add/", RULE).status_code == 409
    assert client.post(f"/policy/draft/rules/{rule.pk}/", RULE).status_code == 409
    assert (Clause.objects.count(), Rule.objects.count()) == (2, 1)


def test_clauses_are_moved_and_deleted_on_the_page(client, draft, editor):
    first = draft.clauses.get(number=1)
    client.force_login(editor)

    response = client.post(f"/policy/draft/clauses/{first.pk}/move/", {"direction": "down"})
    assert response.headers["Location"] == "/policy/draft/#clause-2"
    client.post(f"/policy/draft/clauses/{first.pk}/move/", {"direction": "sideways"})
    first.refresh_from_db()
    assert first.number == 2

    client.post(f"/policy/draft/clauses/{first.pk}/delete/")
    assert [clause.title for clause in draft.clauses.all()] == ["Be kind"]
    assert client.post(f"/policy/draft/clauses/{first.pk}/delete/").status_code == 404


def test_two_editors_of_a_rule_see_each_other(client, draft, editor):
    rule = draft.clauses.get(number=1).rules.get()
    client.force_login(editor)

    response = client.post(f"/policy/draft/rules/{rule.pk}/", {**RULE, "seen": "what was there before"})

    assert response.status_code == 409
    assert "Outage: when it says “outage”, then priority urgent." in response.content.decode()
    rule.refresh_from_db()
    assert rule.name == "Outage"


def test_a_rule_is_deleted_on_its_page(client, draft, editor):
    rule = RuleFactory(clause=draft.clauses.get(number=2))
    client.force_login(editor)

    assert client.post(f"/policy/draft/rules/{rule.pk}/delete/").headers["Location"] == "/policy/draft/#clause-2"
    assert client.post(f"/policy/draft/rules/{rule.pk}/delete/").status_code == 404


def test_a_draft_is_published_on_its_page(client, in_force, draft, editor):
    client.force_login(editor)
    assert "What changes from version 1" in client.get("/policy/versions/2/publish/").content.decode()

    refused = client.post("/policy/versions/2/publish/")
    assert refused.status_code == 422
    assert "Say why it comes in force without a review and without having been tried on the past." in (
        refused.content.decode()
    )
    page = client.post("/policy/versions/2/publish/", {"reason": "We are two."}, follow=True).content.decode()

    assert "Version 2 is in force. Everybody who answers reads and attests it first." in page
    draft.refresh_from_db()
    assert (draft.state, draft.reason) == ("in_force", "We are two.")
    assert client.post("/policy/versions/2/publish/", {"reason": "Again."}).status_code == 409


def test_a_draft_that_cannot_come_in_force_says_why(client, in_force, draft, editor):
    for clause in draft.clauses.all():
        clauses.delete_clause(clause_id=clause.pk, version_id=draft.pk)
    client.force_login(editor)

    response = client.post("/policy/versions/2/publish/", {"reason": "A test."})

    assert response.status_code == 422
    assert "A policy needs at least one clause before it can be published." in response.content.decode()
    in_force.refresh_from_db()
    assert in_force.state == "in_force"


def test_a_draft_is_discarded_on_its_page(client, draft, editor):
    client.force_login(editor)

    assert client.post("/policy/draft/discard/").headers["Location"] == "/policy/versions/"
    assert not PolicyVersion.objects.filter(state="draft").exists()


def test_only_editors_edit(client, draft, reader):
    clause = draft.clauses.get(number=1)
    rule = clause.rules.get()
    client.force_login(reader)
    gets = (
        "draft/",
        "draft/about/",
        "draft/targets/",
        "draft/folder/",
        "draft/clauses/add/",
        f"draft/rules/{rule.pk}/",
    )
    posts = (
        *("draft/start/", "draft/about/", "draft/targets/", "draft/send/", "draft/discard/", "draft/clauses/add/"),
        *(f"draft/clauses/{clause.pk}/{act}" for act in ("", "move/", "delete/", "rules/add/")),
        *(f"draft/rules/{rule.pk}/{act}" for act in ("", "delete/")),
    )
    given = {**RULE, **TARGETS, "title": "x", "body": "x", "seen": "x", "direction": "down"}
    before = list(Clause.objects.values()), list(Rule.objects.values()), list(PolicyVersion.objects.values())

    assert {client.get(f"/policy/{address}").status_code for address in gets} == {403}
    assert {client.post(f"/policy/{address}", given).status_code for address in posts} == {403}

    assert before == (list(Clause.objects.values()), list(Rule.objects.values()), list(PolicyVersion.objects.values()))
    assert AuditEntry.objects.count() == 1


def test_people_without_a_role_see_no_policy(client, in_force):
    client.force_login(UserFactory())

    assert client.get("/policy/").status_code == 403
    assert client.post("/policy/attest/", {"version": in_force.pk}).status_code == 403
    assert not Attestation.objects.exists()


@pytest.mark.parametrize("count", [1, 6])
def test_the_policy_costs_the_same_however_many_clauses(client, draft, editor, count, django_assert_num_queries):
    for number in range(count):
        RuleFactory(clause=ClauseFactory(version=draft, number=number + 10))
    client.force_login(editor)

    # Person, rights, version, departments, clauses, rules, targets, attestations three ways, people, reviews.
    with django_assert_num_queries(13):
        client.get("/policy/versions/2/")


def test_a_published_version_cannot_be_changed_in_the_admin(client, in_force, editor):
    type(editor).objects.filter(pk=editor.pk).update(is_staff=True, is_superuser=True)
    client.force_login(editor)

    address = f"/admin/policies/policyversion/{in_force.pk}/change/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"title": "x"}).status_code == 403
    in_force.refresh_from_db()
    assert in_force.title == "How we answer in public"
