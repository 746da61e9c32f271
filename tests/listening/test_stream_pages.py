from datetime import timedelta

import pytest
import time_machine

from listening.models import Coverage, Stream, StreamDay, StreamMatch
from listening.services import ingest
from teams.models import AuditEntry, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory, MentionFactory, StreamFactory
from tests.factories.teams import (
    NOON,
    AppointmentFactory,
    DepartmentFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.factories.triage import ConcernFactory, ConversationFactory, last_heard
from tests.support.hearing import said

pytestmark = pytest.mark.usefixtures("noon")
TODAY = NOON.date()


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def triage_owner(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(user=UserFactory(name="Olga Berg"), role=Role.TRIAGE_OWNER).user


@pytest.fixture
def manager(triage_owner) -> User:
    return AppointmentFactory(role=Role.MANAGER).user


def entered(person: User, **changes) -> dict:
    return {
        "name": "Our name",
        "purpose": "name",
        "any_terms": "Tavolund\n#tavolund\n tavolund ",
        "all_terms": "",
        "no_terms": "",
        "languages": "",
        "owner": person.pk,
        "reason": "To answer.",
        "review_on": "2026-08-01",
        "daily_limit": "",
        **changes,
    }


def test_a_stream_is_added(client, triage_owner):
    channel = ChannelFactory()
    client.force_login(triage_owner)

    response = client.post(
        "/streams/add/",
        entered(
            triage_owner,
            all_terms="lamp",
            no_terms="job offer",
            languages="de, en-GB",
            channels=[channel.pk],
            daily_limit="50",
        ),
    )

    stream = Stream.objects.get()
    assert response.headers["Location"] == f"/streams/{stream.pk}/"
    assert (stream.any_terms, stream.all_terms, stream.no_terms, stream.languages, stream.daily_limit) == (
        ["Tavolund", "#tavolund"],
        ["lamp"],
        ["job offer"],
        ["de", "en"],
        50,
    )
    assert (list(stream.channels.all()), stream.owner, stream.reason) == ([channel], triage_owner, "To answer.")
    assert AuditEntry.objects.get().verb == "stream.added"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"any_terms": ""}, "Enter what to listen for."),
        ({"any_terms": "&!"}, "In “&amp;!” there is nothing to look for."),
        ({"any_terms": "#power outage"}, "“#power outage” is more than one word; a hashtag is one."),
        ({"any_terms": "x" * 201}, "is too long."),
        ({"any_terms": "\n".join(f"word{n}" for n in range(101))}, "There are at most 100 words or phrases."),
        ({"any_terms": "a\x00b"}, "Null characters are not allowed."),
        ({"languages": "german"}, "“german” is no code of a language"),
        ({"reason": ""}, "This field is required."),
        ({"owner": ""}, "This field is required."),
        ({"review_on": ""}, "This field is required."),
        ({"review_on": "2026-03-04"}, "Choose a day after today and within a year."),
        ({"review_on": "2028-03-04"}, "Choose a day after today and within a year."),
        ({"daily_limit": "0"}, "greater than or equal to 1"),
        ({"channels": ["7"]}, "7 is not one of the available choices"),
        ({"name": "TAKEN"}, "Another stream has this name."),
    ],
)
def test_what_cannot_be_a_stream_is_refused(client, triage_owner, change, sentence):
    StreamFactory(name="Taken")
    client.force_login(triage_owner)

    response = client.post("/streams/add/", entered(triage_owner, **change))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Stream.objects.count() == 1


def test_somebody_who_sees_no_streams_cannot_own_one(client, triage_owner):
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user
    client.force_login(triage_owner)

    response = client.post("/streams/add/", entered(editor))

    assert response.status_code == 422
    assert not Stream.objects.exists()


def test_a_stream_is_changed(client, triage_owner):
    stream = StreamFactory(name="Old", no_terms=["job"], owner=triage_owner)
    client.force_login(triage_owner)
    page = client.get(f"/streams/{stream.pk}/change/").content.decode()

    response = client.post(f"/streams/{stream.pk}/change/", entered(triage_owner, name="New"))

    stream.refresh_from_db()
    assert (stream.name, stream.any_terms, stream.no_terms) == ("New", ["Tavolund", "#tavolund"], [])
    assert response.headers["Location"] == f"/streams/{stream.pk}/"
    assert [word in page for word in ("Old", "tavolund", "job")] == [True] * 3


def test_a_stream_that_is_gone_is_told(client, triage_owner, monkeypatch):
    stream = StreamFactory()
    client.force_login(triage_owner)
    monkeypatch.setattr(
        "listening.services.streams.Stream.objects.select_for_update", lambda **_: Stream.objects.none()
    )

    pages = ("change", "pause", "resume", "needed")
    statuses = [client.post(f"/streams/{stream.pk}/{page}/", entered(triage_owner)).status_code for page in pages]

    assert statuses == [409] * 4


def test_a_stream_is_paused_and_resumed(client, triage_owner):
    stream = StreamFactory()
    client.force_login(triage_owner)

    client.post(f"/streams/{stream.pk}/pause/")
    paused = client.get(f"/streams/{stream.pk}/").content.decode()
    client.post(f"/streams/{stream.pk}/resume/")

    assert "Nobody listens for this now" in paused
    assert not Stream.objects.get().is_paused


def test_an_overdue_stream_is_flagged_until_somebody_confirms_the_need(client, triage_owner):
    stream = StreamFactory(review_on=TODAY)
    client.force_login(triage_owner)
    before = client.get("/streams/").content.decode()

    response = client.post(f"/streams/{stream.pk}/needed/", follow=True)

    stream.refresh_from_db()
    assert "1 stream is to be reviewed" in before
    assert "It is asked again on 31 Aug 2026." in response.content.decode()
    assert (stream.review_on, AuditEntry.objects.get().verb) == (TODAY + timedelta(days=180), "stream.reviewed")
    assert "to be reviewed:" not in client.get("/streams/").content.decode()


def test_deleting_asks_first(client, triage_owner):
    stream = StreamFactory()
    client.force_login(triage_owner)

    page = client.get(f"/streams/{stream.pk}/delete/")
    assert (page.status_code, Stream.objects.count()) == (200, 1)
    response = client.post(f"/streams/{stream.pk}/delete/")

    assert (response.headers["Location"], Stream.objects.count()) == ("/streams/", 0)


@pytest.mark.parametrize("stream_count", [1, 3])
def test_the_list_costs_the_same_however_many_streams(client, manager, stream_count, django_assert_num_queries):
    streams = StreamFactory.create_batch(stream_count, daily_limit=9)
    for stream in streams:
        StreamDay.objects.create(stream=stream, day=TODAY, count=4)
        StreamDay.objects.create(stream=stream, day=TODAY - timedelta(days=6), count=7)
        StreamDay.objects.create(stream=stream, day=TODAY - timedelta(days=7), count=100)
    client.force_login(manager)

    with django_assert_num_queries(5):
        page = client.get("/streams/").content.decode()

    assert [stream.name in page for stream in streams] == [True] * stream_count
    assert page.count('data-label="Last 7 days">11<') == stream_count
    assert "/streams/add/" not in page


def test_the_page_of_a_full_stream_says_so(client, manager):
    stream = StreamFactory(daily_limit=2)
    StreamDay.objects.create(stream=stream, day=TODAY, count=2)
    client.force_login(manager)

    page = client.get(f"/streams/{stream.pk}/").content.decode()

    assert "Channels do not search for it until tomorrow" in page
    assert "Today 2 of at most 2." in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_shows_what_a_stream_heard(client, manager, count, django_assert_num_queries):
    stream = StreamFactory()
    conversations = ConversationFactory.create_batch(count, claimed=True)
    for conversation in conversations:
        StreamMatch.objects.create(stream=stream, mention=last_heard(conversation))
    StreamMatch.objects.create(stream=stream, mention=MentionFactory(text="Heard just now"))
    client.force_login(manager)

    with django_assert_num_queries(10):
        page = client.get(f"/streams/{stream.pk}/").content.decode()

    assert [f"/conversations/{one.pk}/" in page for one in conversations] == [True] * count
    assert "Heard just now" in page
    assert f"/streams/{stream.pk}/change/" not in page


def test_days_on_which_a_channel_was_not_heard_are_marked(client, manager):
    deaf, heard = (
        ChannelFactory(name=name, kind="feed", created_at=NOON - timedelta(days=60)) for name in ("Deaf", "Heard")
    )
    Coverage.objects.create(channel=heard, heard_from=NOON - timedelta(days=60), heard_until=NOON)
    Coverage.objects.create(channel=deaf, heard_from=NOON - timedelta(days=60), heard_until=NOON - timedelta(days=3))
    Coverage.objects.create(channel=deaf, heard_from=NOON - timedelta(days=2), heard_until=NOON)
    everywhere, there = StreamFactory(), StreamFactory()
    there.channels.add(heard)
    client.force_login(manager)

    page = client.get(f"/streams/{everywhere.pk}/").content.decode()

    assert page.count("is-unheard") == 2
    assert page.count("<td>Deaf</td>") == 2
    assert "is-unheard" not in client.get(f"/streams/{there.pk}/").content.decode()


def test_who_works_in_a_department_sees_what_concerns_it(client, manager):
    stream, department = StreamFactory(), DepartmentFactory()
    theirs, others, fresh = ConversationFactory(), ConversationFactory(), MentionFactory()
    ConcernFactory(conversation=theirs, department=department)
    for mention in (last_heard(theirs), last_heard(others), fresh):
        StreamMatch.objects.create(stream=stream, mention=mention)
    client.force_login(MembershipFactory(department=department, role=Role.LISTENER).user)

    page = client.get(f"/streams/{stream.pk}/").content.decode()

    assert [text in page for text in (last_heard(theirs).text, last_heard(others).text, fresh.text)] == [
        True,
        False,
        False,
    ]


def test_older_matches_are_on_the_next_page(client, manager):
    stream = StreamFactory()
    mentions = MentionFactory.create_batch(31)
    for mention in mentions:
        StreamMatch.objects.create(stream=stream, mention=mention)
    client.force_login(manager)

    first = client.get(f"/streams/{stream.pk}/").content.decode()
    second = client.get(f"/streams/{stream.pk}/?before={mentions[1].pk}").content.decode()

    assert first.count('class="card heard"') == 30
    assert f"?before={mentions[1].pk}" in first
    assert second.count('class="card heard"') == 1
    assert client.get(f"/streams/{stream.pk}/?before=x").status_code == 404


def test_a_preview_is_tried_on_what_is_stored(client, triage_owner):
    ingest.store_items(channel=ChannelFactory(), items=[said("1", "My Tavolund"), said("2", "Other")], at=NOON)
    client.force_login(triage_owner)

    part = client.post("/streams/preview/", entered(triage_owner, reason=""), headers={"HX-Request": "true"})
    page = client.post("/streams/add/", entered(triage_owner, reason="", name="Unsaved", preview="1"))

    for answer in (part, page):
        assert answer.status_code == 200
        assert "<strong>1 match</strong> among the last 2 things heard." in answer.content.decode()
        assert "My Tavolund" in answer.content.decode()
    assert "Unsaved" in page.content.decode()
    assert "This field is required." not in page.content.decode()
    assert not Stream.objects.exists()


def test_a_preview_says_what_is_missing(client, triage_owner):
    client.force_login(triage_owner)

    part = client.post("/streams/preview/", {"any_terms": "", "languages": "xxxxx"})

    assert "Enter what to listen for." in part.content.decode()
    assert "is no code of a language" in part.content.decode()
