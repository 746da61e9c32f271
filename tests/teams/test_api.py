from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from teams.models import ApiKey
from teams.roles import Role
from teams.services import api_keys
from tests.factories.teams import (
    AppointmentFactory,
    DepartmentFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.factories.triage import ConversationFactory
from tests.support.api import Program
from triage.models import Event
from triage.states import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation():
    OrganisationFactory(time_zone="Europe/Copenhagen")


def test_me_says_who_asks_and_what_they_may_do():
    care = DepartmentFactory(slug="care", name="Customer care")
    person = MembershipFactory(department=care, role=Role.LISTENER).user
    AppointmentFactory(user=person, role=Role.POLICY_EDITOR)

    answer = Program(person, scopes=["read", "listen"]).get("me/").json()

    assert answer == {
        "id": person.pk,
        "name": person.name,
        "email": person.email,
        "time_zone": "",
        "roles": ["policy_editor"],
        "may": [
            "attachment.view",
            "attestation.view",
            "deciding.stop",
            "incident.declare",
            "policy.edit",
            "policy.publish",
            "policy.view",
            "reply.approve",
            "retention.manage",
            "retention.view",
            "saved_answer.edit",
            "saved_answer.view",
            "team.view",
        ],
        "departments": [
            {
                "department": {"id": care.pk, "slug": "care", "name": "Customer care"},
                "role": "listener",
                "may": [
                    "attachment.view",
                    "conversation.view",
                    "mention.write",
                    "note.write",
                    "policy.view",
                    "stream.view",
                    "takeaway.write",
                    "team.view",
                ],
            }
        ],
        "scopes": ["read", "listen"],
    }


def test_a_key_is_noted_as_used():
    program = Program(UserFactory())

    program.get("me/")

    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer shub_abcdefghjk_wrong", "Basic YTpi", "Bearer \xff"])
def test_without_a_key_that_opens_the_answer_says_how_to_sign_in(given):
    headers = {} if given is None else {"Authorization": given}

    answer = Client().get("/api/me/", headers=headers)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="Socialhub"'
    assert sorted(answer.json()) == ["code", "detail"]


def test_a_key_opens_nothing_once_it_is_revoked():
    program = Program(UserFactory())
    api_keys.revoke_api_key(key_id=program.key.pk, actor=program.key.user, at=timezone.now())

    assert program.get("me/").status_code == 401


def test_a_key_opens_nothing_once_it_has_expired():
    program = Program(UserFactory())
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert program.get("me/").status_code == 401


def test_a_key_opens_nothing_once_its_person_may_not_sign_in():
    person = UserFactory()
    program = Program(person)
    person.is_active = False
    person.save(update_fields=["is_active"])

    assert program.get("me/").status_code == 401


def test_a_key_does_no_more_than_its_scopes():
    responder = MembershipFactory(role=Role.RESPONDER)
    conversation = ConversationFactory(assigned=True, department=responder.department)
    program = Program(responder.user, scopes=["read", "decide", "listen"])

    answer = program.post(f"conversations/{conversation.pk}/claim/")

    assert answer.status_code == 403
    assert answer.json() == {"code": "scope_missing", "detail": "This key lacks the scope “answer”."}
    conversation.refresh_from_db()
    assert conversation.stage == Stage.ASSIGNED
    assert not Event.objects.exists()


def test_a_key_without_read_does_not_read():
    answer = Program(UserFactory(), scopes=["answer"]).get("me/")

    assert answer.status_code == 403
    assert answer.json()["code"] == "scope_missing"


def test_a_session_changes_nothing_without_the_token_of_its_page():
    responder = MembershipFactory(role=Role.RESPONDER)
    conversation = ConversationFactory(assigned=True, department=responder.department)
    client = Client(enforce_csrf_checks=True)
    client.force_login(responder.user)

    answer = client.post(f"/api/conversations/{conversation.pk}/claim/")

    assert answer.status_code == 403
    conversation.refresh_from_db()
    assert conversation.stage == Stage.ASSIGNED


def test_times_are_utc_whatever_zone_the_company_reads():
    responder = MembershipFactory(role=Role.RESPONDER)
    conversation = ConversationFactory(assigned=True, department=responder.department)

    answer = Program(responder.user).get(f"conversations/{conversation.pk}/").json()

    assert answer["opened_at"] == "2026-03-04T12:00:00Z"


def test_an_address_that_is_none_is_refused_in_the_shape_of_the_api():
    answer = Client().get("/api/conversation")

    assert answer.status_code == 404
    assert answer.json() == {"code": "not_found", "detail": "There is nothing at this address that you may see."}


@pytest.mark.parametrize(
    ("method", "kind", "body", "status", "code"),
    [
        ("PATCH", "application/json", "{}", 405, "method_not_allowed"),
        ("PUT", "text/plain", "hello", 415, "unsupported_media_type"),
        ("PUT", "application/json", '{"body":', 400, "parse_error"),
        ("PUT", "application/json", "[" * 100_000, 400, "parse_error"),
        ("PUT", "application/json", '{"body": "' + "x" * 2_700_000 + '"}', 413, "too_large"),
    ],
)
def test_every_refusal_has_one_shape(method, kind, body, status, code):
    responder = MembershipFactory(role=Role.RESPONDER)
    conversation = ConversationFactory(claimed=True, department=responder.department, holder=responder.user)
    client = Client()
    client.force_login(responder.user)

    answer = client.generic(method, f"/api/conversations/{conversation.pk}/draft/", body, content_type=kind)

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert sorted(answer.json()) == ["code", "detail"]


def test_departments_are_listed_newest_first():
    person = MembershipFactory(department=DepartmentFactory(slug="care")).user
    DepartmentFactory(slug="press", offering="in_turn")

    answer = Program(person).get("departments/").json()

    assert [(one["slug"], one["offering"]) for one in answer["results"]] == [("press", "in_turn"), ("care", "")]
