from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from policies.models import PolicyVersion
from teams.services import hours
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, TargetFactory
from tests.factories.teams import OrganisationFactory
from tests.factories.triage import ConversationFactory
from triage.showing.clocks import ShownClock, read_clocks
from triage.states import DueFor

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


@pytest.fixture
def office() -> PolicyVersion:
    OrganisationFactory(week={day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
    hours.forget()
    version = PolicyVersionFactory()
    ClauseFactory(version=version)
    TargetFactory(version=version, hours="business")
    version.state, version.in_force_from = PolicyVersion.State.IN_FORCE, FRIDAY
    version.save(update_fields=["state", "in_force_from"])
    return version


def shown(conversation, at=FRIDAY):
    return [(clock.label, clock.text, clock.tone, clock.moment) for clock in read_clocks(conversation, at=at)]


def test_a_deadline_says_how_much_of_the_opening_hours_is_left(office):
    conversation = ConversationFactory(due_at=MONDAY, due_under=office.pk)

    assert shown(conversation) == [("Decide", "in 30 business minutes", "warn", "Mon 09:15")]
    assert shown(conversation, FRIDAY - timedelta(hours=2)) == [
        ("Decide", "in 2 business hours", "neutral", "Mon 09:15")
    ]
    assert shown(conversation, MONDAY + timedelta(hours=3)) == [
        ("Decide", "late by 3 business hours", "urgent", "Mon 09:15")
    ]


def test_the_moment_is_told_in_the_time_of_the_reader(office):
    conversation = ConversationFactory(due_at=MONDAY, due_under=office.pk)

    with timezone.override("Asia/Tokyo"):
        assert shown(conversation)[0][3] == "Mon 18:15"


def test_around_the_clock_is_told_by_the_clock(policy):
    conversation = ConversationFactory(due_at=MONDAY)

    assert shown(conversation) == [("Decide", "in 2 d", "neutral", "Mon 09:15")]
    assert shown(conversation, MONDAY + timedelta(days=9)) == [
        ("Decide", "late by 9 d", "urgent", "23 Nov 2026, 09:15")
    ]


def test_the_step_and_the_end_have_a_clock_each(office):
    conversation = ConversationFactory(
        claimed=True,
        due_at=FRIDAY + timedelta(minutes=10),
        due_for=DueFor.RESOLVE,
        step_due_at=MONDAY,
        resolve_due_at=FRIDAY + timedelta(minutes=10),
        due_under=office.pk,
        resolve_under=office.pk,
    )

    assert shown(conversation) == [
        ("Answer", "in 30 business minutes", "warn", "Mon 09:15"),
        ("Resolve", "in 10 business minutes", "warn", "Fri 16:55"),
    ]


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (None, "We wait for the customer."),
        (440, "We wait for the customer; 7 h are left to resolve."),
        (-5, "We wait for the customer; it was late by 5 min to resolve."),
    ],
)
def test_clocks_that_stand_still_say_so(policy, left, text):
    conversation = ConversationFactory(waiting=True, resolve_left=left)

    assert read_clocks(conversation, at=FRIDAY) == [ShownClock("Clocks", "Paused", "info", detail=text)]


def test_a_closed_conversation_has_no_clock(policy):
    assert read_clocks(ConversationFactory(closed=True), at=FRIDAY) == []
