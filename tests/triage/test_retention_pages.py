from datetime import timedelta

import pytest

from policies.models import Rule
from policies.services import drafting
from teams.roles import Role
from tests.factories.retention import SECRET, LegalHoldFactory, RetentionRunFactory, full_conversation
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory
from tests.support.ruling import put_in_force
from triage.models import LegalHold, RetentionRun
from triage.services.keeping import retention

EVERYTHING = {"any": [{"private": True}, {"private": False}]}

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(time_machine):
    time_machine.move_to(NOON, tick=False)
    OrganisationFactory()
    return put_in_force(("retention", EVERYTHING, {"what": "content", "keep_days": 30}))


@pytest.fixture
def admin(portal):
    return AppointmentFactory(role=Role.ADMINISTRATOR, user__name="Ada Admin").user


def page(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_hold_is_placed_from_a_conversation_and_shown_on_it(client, admin):
    conversation = ConversationFactory(closed=True)
    client.force_login(admin)
    assert f"/conversations/{conversation.pk}/hold/" in page(client, f"/inbox/everything/{conversation.pk}/")

    response = client.post(
        f"/conversations/{conversation.pk}/hold/", {"on": "author", "reason": "Case 4711", "review_on": "2030-01-31"}
    )

    assert response.status_code == 302
    hold = LegalHold.objects.get()
    assert (hold.profile, hold.conversation, hold.placed_by) == (conversation.profile, None, admin)
    shown = page(client, f"/inbox/everything/{conversation.pk}/")
    assert "Legal hold on everything of this author" in shown
    assert "Ada Admin placed a legal hold on everything of the author (Case 4711)." in shown
    assert "Case 4711" in page(client, "/holds/")


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"on": "all"}, {"review_on": "2020-01-01"}, {"reason": "x" * 501}])
def test_a_hold_that_cannot_be_is_refused_at_its_field(client, admin, wrong):
    conversation = ConversationFactory(closed=True)
    client.force_login(admin)

    response = client.post(
        f"/conversations/{conversation.pk}/hold/", {"on": "conversation", "reason": "Case", "review_on": "", **wrong}
    )

    assert response.status_code == 422
    assert not LegalHold.objects.exists()


def test_a_hold_is_lifted_with_a_reason_only(client, admin):
    hold = LegalHoldFactory()
    client.force_login(admin)

    client.post(f"/holds/{hold.pk}/lift/", {"because": ""})
    hold.refresh_from_db()
    assert hold.lifted_at is None
    client.post(f"/holds/{hold.pk}/lift/", {"because": "The case is settled."})

    hold.refresh_from_db()
    assert (hold.lifted_by, hold.lifted_because) == (admin, "The case is settled.")
    assert client.post(f"/holds/{hold.pk}/lift/", {"because": "Again"}).status_code == 409
    assert "The case is settled." in page(client, "/holds/")


def test_an_erased_conversation_says_so_and_nothing_else(client, admin):
    conversation = full_conversation(closed_at=NOON - timedelta(days=40))
    client.force_login(admin)
    run = retention.begin(at=NOON)
    retention.run_bout(run_id=run.pk, at=NOON, rest=0)

    shown = page(client, f"/inbox/everything/{conversation.pk}/")

    assert SECRET not in shown
    assert "under clause 7.1" in shown
    assert shown.count("Erased on ") == 2
    assert "/hold/" not in shown
    assert SECRET not in page(client, "/inbox/everything/")
    assert (
        f"/inbox/everything/{conversation.pk}/" not in page(client, f"/inbox/everything/?q={SECRET}").split("<main")[1]
    )


def test_the_page_tells_what_will_be_erased_and_what_was(client, admin):
    ripe = ConversationFactory(closed=True, closed_at=NOON - timedelta(days=40))
    ConversationFactory(closed=True, closed_at=NOON - timedelta(days=10))
    client.force_login(admin)

    before = page(client, "/policy/retention/")
    assert "7.1 rule-1" in before
    assert f"/conversations/{ripe.pk}/" in before
    assert "Nothing was erased yet." in before
    run = retention.begin(at=NOON)
    assert "Stop erasing" in page(client, "/policy/retention/")
    retention.run_bout(run_id=run.pk, at=NOON, rest=0)

    assert "Looked at 1 under version" in page(client, "/policy/retention/")


def test_another_version_can_be_asked_what_it_would_erase(client, admin, portal):
    ConversationFactory(closed=True, closed_at=NOON - timedelta(days=40))
    client.force_login(admin)

    assert f"What version {portal.number} would erase" in page(client, f"/policy/retention/?version={portal.number}")
    for wrong in ("9999999", "x", "1" * 30):
        assert client.get(f"/policy/retention/?version={wrong}").status_code == 404


def test_managers_read_what_will_be_erased_and_stop_nothing(client, portal):
    run = RetentionRunFactory(version=portal)
    draft = drafting.start_draft(editor=None, at=NOON)
    client.force_login(AppointmentFactory(role=Role.MANAGER).user)

    shown = page(client, "/policy/retention/")

    assert 'href="/holds/"' in shown
    assert "Stop erasing" not in shown
    assert "?version=" not in shown
    assert client.get(f"/policy/retention/?version={draft.number}").status_code == 404
    assert client.post(f"/policy/retention/runs/{run.pk}/cancel/").status_code == 403
    run.refresh_from_db()
    assert run.state == RetentionRun.State.RUNNING


def test_editors_are_led_to_what_their_draft_would_erase(client, admin, portal):
    draft = drafting.start_draft(editor=admin, at=NOON)
    (rule,) = Rule.objects.filter(clause__version=draft)
    client.force_login(admin)

    assert f'href="/policy/retention/?version={draft.number}"' in page(client, f"/policy/draft/rules/{rule.pk}/")
    assert f'href="?version={draft.number}"' in page(client, "/policy/retention/")
    assert 'href="/policy/retention/">By the version in force' in page(
        client, f"/policy/retention/?version={draft.number}"
    )


def test_a_run_is_stopped_once(client, admin, portal):
    run = RetentionRunFactory(version=portal)
    client.force_login(admin)

    assert client.post(f"/policy/retention/runs/{run.pk}/cancel/").status_code == 302
    assert client.post(f"/policy/retention/runs/{run.pk}/cancel/").status_code == 409

    run.refresh_from_db()
    assert (run.state, run.cancelled_by) == (RetentionRun.State.CANCELLED, admin)
    assert "Stopped by Ada Admin." in page(client, "/policy/retention/")


def test_a_policy_that_lets_nothing_go_says_so(client, admin):
    client.force_login(admin)
    assert "Everything is kept" not in page(client, "/policy/retention/")

    put_in_force()

    assert "Everything is kept" in page(client, "/policy/retention/")
