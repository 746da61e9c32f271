from datetime import timedelta

import pytest
from django.utils import timezone

from policies.models import PolicyVersion
from policies.services import clauses, documents, drafting, publishing, reviewing, scheduling
from teams.roles import Role
from tests.factories.policies import RuleFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


@pytest.fixture
def reviewer(draft):
    person = AppointmentFactory(user=UserFactory(name="Ada Holm"), role=Role.MANAGER).user
    reviewing.name_reviewer(version_id=draft.pk, person_id=person.pk, department_id=None, at=NOON)
    return person


def agree_on(version, editor, reviewer):
    reviewing.send_to_review(version_id=version.pk, editor=editor, at=NOON)
    seen = documents.fingerprint_of_text(version)
    reviewing.say(version_id=version.pk, reviewer=reviewer, verdict="approved", note="", seen=seen, at=NOON)


def page_for(person, client, address):
    client.force_login(person)
    return client.get(address)


def test_what_is_written_after_a_scheduled_version_is_held_against_that_one(client, draft, editor, reviewer):
    MembershipFactory(department=DepartmentFactory(slug="care"), role=Role.LEAD)
    RuleFactory(clause=draft.clauses.get(number=2), outcome={"department": "care"})
    agree_on(draft, editor, reviewer)
    moment, now = timezone.now() + timedelta(days=1), timezone.now()
    scheduling.schedule_version(version_id=draft.pk, publisher=editor, moment=moment, at=now, reason="A test.")
    third = drafting.start_draft(editor=editor, at=now)
    drafted = page_for(editor, client, "/policy/draft/")
    reviewing.name_reviewer(version_id=third.pk, person_id=reviewer.pk, department_id=None, at=now)
    reviewing.send_to_review(version_id=third.pk, editor=editor, at=now)

    reviewed = page_for(reviewer, client, "/policy/versions/3/review/")

    for page in (drafted, reviewed):
        assert page.context["former"] == draft
        assert [row["change"].change for row in page.context["clauses"]] == ["same", "same"]
        assert page.context["proposals"] == []


def test_the_review_of_what_is_past_is_held_against_what_it_replaced(client, in_force, draft, editor, reviewer):
    clause = draft.clauses.get(number=2)
    seen = clauses.fingerprint_of_clause(clause)
    clauses.change_clause(clause_id=clause.pk, version_id=draft.pk, title="Be kinder", body=clause.body, seen=seen)
    agree_on(draft, editor, reviewer)
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=timezone.now(), reason="A test.")

    page = page_for(editor, client, "/policy/versions/2/review/")

    assert page.context["former"] == in_force
    assert [row["change"].change for row in page.context["clauses"]] == ["same", "changed"]
