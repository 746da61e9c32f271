from datetime import timedelta

import pytest
import time_machine

from listening.models import Stream, StreamDay
from teams.roles import Role
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory
from tests.support.api import Program

TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _at_noon(db):
    OrganisationFactory()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def owner():
    return AppointmentFactory(role=Role.TRIAGE_OWNER).user


def wanted(person, **changes):
    return {
        "name": "Our name",
        "purpose": "name",
        "any_terms": ["Tavolund", "tavolund", "#lamps"],
        "owner": person.pk,
        "reason": "To answer.",
        "review_on": "2026-08-01",
        **changes,
    }


def test_a_program_adds_reads_changes_and_deletes_a_stream(owner):
    channel = ChannelFactory()
    program = Program(owner)

    made = program.post("streams/", wanted(owner, channels=[channel.pk], languages=["en-GB"], daily_limit=5))
    stream = Stream.objects.get()
    StreamDay.objects.create(stream=stream, day=TODAY, count=4)
    StreamDay.objects.create(stream=stream, day=TODAY - timedelta(days=6), count=3)
    StreamDay.objects.create(stream=stream, day=TODAY - timedelta(days=7), count=9)

    expected = {
        **wanted(owner),
        "id": stream.pk,
        "any_terms": ["Tavolund", "#lamps"],
        "all_terms": [],
        "no_terms": [],
        "languages": ["en"],
        "channels": [channel.pk],
        "daily_limit": 5,
        "is_paused": False,
        "today": 0,
        "last_7_days": 0,
        "created_at": "2026-03-04T12:00:00Z",
    }
    assert (made.status_code, made.json()) == (201, expected)
    assert program.get(f"streams/{stream.pk}/").json() == {**expected, "today": 4, "last_7_days": 7}
    changed = program.ask(
        "PUT", f"streams/{stream.pk}/", wanted(owner, name="New", any_terms=["tavo"], all_terms=["lamp"])
    )
    assert (changed.status_code, changed.json()["name"], changed.json()["channels"]) == (200, "New", [])
    assert (changed.json()["any_terms"], changed.json()["all_terms"]) == (["tavo"], ["lamp"])
    assert program.ask("DELETE", f"streams/{stream.pk}/").status_code == 204
    assert not Stream.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"any_terms": []}, "any_terms", "This list may not be empty."),
        ({"any_terms": ["!"]}, "any_terms", "In “!” there is nothing to look for."),
        ({"languages": ["german"]}, "languages", "Codes of languages are like en or de."),
        ({"owner": 7_000}, "owner", "Nobody who sees streams has this id."),
        ({"review_on": "2026-03-04"}, "review_on", "Choose a day after today and within a year."),
        ({"reason": ""}, "reason", "This field may not be blank."),
    ],
)
def test_what_cannot_be_a_stream_is_refused(owner, change, field, sentence):
    answer = Program(owner).post("streams/", wanted(owner, **change))

    assert (answer.status_code, answer.json()["fields"]) == (400, {field: [sentence]})
    assert not Stream.objects.exists()


def test_a_taken_name_is_a_conflict(owner):
    StreamFactory(name="our name")

    answer = Program(owner).post("streams/", wanted(owner))

    assert (answer.status_code, answer.json()["code"]) == (409, "stream_name_taken")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_many_streams(owner, count, django_assert_num_queries):
    for stream in StreamFactory.create_batch(count):
        StreamDay.objects.create(stream=stream, day=TODAY, count=4)
    program = Program(owner)
    program.get("me/")

    with django_assert_num_queries(6):
        results = program.get("streams/").json()["results"]

    assert [one["today"] for one in results] == [4] * count
