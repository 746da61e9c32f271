from datetime import timedelta

import pytest

from policies.models import PolicyVersion
from teams.roles import Role
from tests.factories.back_tests import BackTestFactory
from tests.factories.listening import ChannelFactory
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, UserFactory
from tests.support.hearing import hear, said
from triage.models import BackTest, Conversation
from triage.services.back_tests import asking
from triage.services.back_tests import work as work

HTMX = {"HTTP_HX_REQUEST": "true"}
LATER = NOON + timedelta(days=3)


@pytest.fixture
def editor(portal):
    return AppointmentFactory(
        role=Role.POLICY_EDITOR, user=UserFactory(name="Eva Falk", time_zone="Europe/Copenhagen")
    ).user


@pytest.fixture
def administrator(portal):
    return AppointmentFactory(role=Role.ADMINISTRATOR).user


@pytest.fixture
def draft(portal):
    DepartmentFactory(slug="care", name="Customer care")
    draft = PolicyVersionFactory(number=7)
    outcome = {"department": "care", "disposition": "customer_service"}
    clause = ClauseFactory(version=draft)
    RuleFactory(clause=clause, name="Orders", condition={"words": ["order"]}, outcome=outcome)
    RuleFactory(clause=clause, position=2, name="Dragons", condition={"words": ["dragon"]}, outcome={"priority": 1})
    return draft


@pytest.fixture
def tried(draft, editor):
    """A trial that is done: of three conversations two would go to customer care."""
    channel = ChannelFactory()
    for number, text in enumerate(("An order", "Nothing", "The second order")):
        hear(channel, said(str(number), text, author=f"Customer {number}"), at=NOON + timedelta(hours=number))
    asked = asking.start_back_test(version_id=draft.pk, since=NOON, until=LATER, requester=editor, at=LATER)
    work.begin(back_test_id=asked.pk, at=LATER)
    work.run_bout(part_id=asked.parts.get().pk, at=LATER, rest=0)
    return BackTest.objects.get(pk=asked.pk)


def test_a_trial_is_asked_for_with_whole_days(client, editor, draft):
    client.force_login(editor)

    response = client.post("/policy/versions/7/trials/", {"first": "2025-12-01", "last": "2026-03-01"})

    asked = BackTest.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/policy/trials/{asked.pk}/")
    # Whole days by the clock of who asks.
    assert (asked.since.isoformat(), asked.until.isoformat()) == (
        "2025-11-30T23:00:00+00:00",
        "2026-03-01T23:00:00+00:00",
    )
    assert (asked.state, asked.requested_by) == ("queued", editor)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-03-02", "2026-03-01"), ("2126-01-01", "2126-02-01"), ("", ""), ("9999-12-31", "9999-12-31")],
)
def test_a_period_that_is_none_is_refused_beside_it(client, editor, draft, first, last):
    client.force_login(editor)

    response = client.post("/policy/versions/7/trials/", {"first": first, "last": last})

    assert response.status_code == 422
    assert not BackTest.objects.exists()


def test_a_second_trial_of_the_same_version_is_told_of_the_first(client, editor, draft):
    BackTestFactory(version=draft)
    client.force_login(editor)

    response = client.post("/policy/versions/7/trials/", {"first": "2025-12-01", "last": "2026-03-01"})

    assert response.status_code == 409
    assert BackTest.objects.count() == 1


def test_progress_is_shown_until_there_is_a_result(client, editor, draft):
    asked = BackTestFactory(version=draft, state="running", total_count=2000)
    asked.parts.create(next_id=1, end_id=9, done_count=500, moved_at=NOON)
    asked.parts.create(next_id=9, end_id=20, done_count=250, moved_at=NOON)
    client.force_login(editor)

    fragment = client.get(f"/policy/trials/{asked.pk}/progress/", **HTMX).content.decode()
    assert "750 of 2,000 conversations" in fragment
    assert 'value="37"' in fragment
    assert 'hx-trigger="every 2s"' in fragment

    BackTest.objects.filter(pk=asked.pk).update(state="cancelled", cancelled_by=editor, finished_at=NOON)
    response = client.get(f"/policy/trials/{asked.pk}/progress/", **HTMX)
    assert response["HX-Redirect"] == f"/policy/trials/{asked.pk}/"
    page = client.get(f"/policy/trials/{asked.pk}/").content.decode()
    assert "Eva Falk cancelled it." in page


def test_a_result_is_shown_with_its_pictures(client, administrator, tried):
    client.force_login(administrator)

    page = client.get(f"/policy/trials/{tried.pk}/").content.decode()

    assert "2 of 3 would move." in page
    assert "From No suggestion to Respond as customer service: 2 (66.7 %)." in page
    assert "Never applies." in page
    assert "2 for Customer care, most of them on Wed at 12:00." in page
    assert page.count('class="picture"') == 5
    # On a narrow page names have room beside the bands, and each rule is a card.
    assert '<div class="table-scroll" tabindex="0" role="group" aria-label="Department"><svg class="picture"' in page
    assert '<td class="numeric" data-label="Applies">' in page


def test_examples_are_shown_to_those_who_may_open_them_only(client, administrator, editor, tried):
    first = Conversation.objects.order_by("pk").first()
    link = f'href="/conversations/{first.pk}/"'

    client.force_login(administrator)
    assert link in client.get(f"/policy/trials/{tried.pk}/").content.decode()

    client.force_login(editor)
    page = client.get(f"/policy/trials/{tried.pk}/").content.decode()
    assert "/conversations/" not in page
    assert "Customer 0" not in page
    assert "your roles do not let you open them" in page


def test_trials_cost_the_same_queries_however_many_examples(
    client, administrator, tried, django_assert_max_num_queries
):
    client.force_login(administrator)

    with django_assert_max_num_queries(16):
        client.get(f"/policy/trials/{tried.pk}/")


def test_two_results_are_compared(client, administrator, editor, tried):
    other = asking.start_back_test(
        version_id=PolicyVersion.objects.in_force().get().pk, since=NOON, until=LATER, requester=editor, at=LATER
    )
    work.begin(back_test_id=other.pk, at=LATER)
    work.run_bout(part_id=other.parts.get().pk, at=LATER, rest=0)
    client.force_login(administrator)

    page = client.get(f"/policy/trials/{tried.pk}/compare/?with={other.pk}").content.decode()

    assert "2 (66.7 %)" in page
    assert "Orders" in page
    assert "Outage" in page
    assert client.get(f"/policy/trials/{tried.pk}/compare/?with=x").status_code == 302
    assert client.get(f"/policy/trials/{tried.pk}/compare/?with=99999").status_code == 404


def test_a_reviewer_reads_trials_and_begins_none(client, draft, manager):
    draft.reviews.create(reviewer=manager)
    PolicyVersion.objects.filter(pk=draft.pk).update(state="in_review")
    asked = BackTestFactory(version=draft, done=True)
    client.force_login(manager)

    assert client.get("/policy/versions/7/trials/").status_code == 200
    assert client.get(f"/policy/trials/{asked.pk}/").status_code == 200
    assert client.post("/policy/versions/7/trials/", {"first": "2026-01-01", "last": "2026-03-01"}).status_code == 403
    assert BackTest.objects.count() == 1


def test_programs_try_read_and_cancel(client, administrator, draft, tried):
    client.force_login(administrator)

    whole = client.get(f"/api/policy/trials/{tried.pk}/").json()
    assert (whole["state"], whole["done_count"]) == ("done", 3)
    assert whole["result"]["moves"]["department"] == {">": 1, ">care": 2}
    assert "examples" not in whole["result"]

    begun = client.post(f"/api/policy/versions/{draft.pk}/trials/", {}, content_type="application/json")
    assert begun.status_code == 201
    asked = BackTest.objects.get(pk=begun.json()["id"])
    assert asked.until - asked.since == timedelta(days=90)

    assert client.delete(f"/api/policy/trials/{asked.pk}/").status_code == 204
    assert client.delete(f"/api/policy/trials/{asked.pk}/").status_code == 409
    listed = client.get(f"/api/policy/versions/{draft.pk}/trials/").json()["results"]
    assert [(one["id"], one["state"]) for one in listed] == [(asked.pk, "cancelled"), (tried.pk, "done")]
