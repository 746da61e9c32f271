import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis import Redis

from socialhub.lib import live
from socialhub.lib.redis_client import redis_client
from teams.models import Notification
from teams.roles import Role
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConcernFactory
from triage import presence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture(autouse=True)
def _nobody_here():
    client = redis_client()
    client.delete(*[key for kind in ("here", "writing") for key in client.keys(f"live:{kind}:*")], "none")


@pytest.fixture
def told(monkeypatch):
    said = []
    monkeypatch.setattr(live, "here_changed", lambda *told: said.append((told[0], list(told[1]), list(told[2]))))
    return said


@pytest.fixture
def care():
    return DepartmentFactory()


@pytest.fixture
def conversation(care):
    return ConcernFactory(department=care).conversation


def member(department, name):
    return MembershipFactory(department=department, user=UserFactory(name=name)).user


def beat(client, person, conversation, **told):
    client.force_login(person)
    return client.post(f"/conversations/{conversation.pk}/here/", {"tab": "one", **told})


def words(answer):
    return " ".join(part for part in answer.content.decode().replace(">", "<").split("<")[::2] if part.strip())


def test_people_on_one_conversation_see_each_other_and_who_writes(client, care, conversation, told):
    ana, ben = member(care, "Ana Alba"), member(care, "Ben Bold")

    assert words(beat(client, ana, conversation)) == ""
    assert words(beat(client, ben, conversation)) == "Ana Alba is here"
    assert words(beat(client, ana, conversation)) == "Ben Bold is here"
    assert words(beat(client, ana, conversation, writing="1")) == "Ben Bold is here"
    assert words(beat(client, ben, conversation)) == "Ana Alba is writing an answer"

    assert told == [(conversation.pk, [care.pk], [ana.pk]), (conversation.pk, [care.pk], [ben.pk])]


def test_whoever_leaves_is_gone_at_once_but_not_from_their_other_tab(client, care, conversation, told):
    ana, ben = member(care, "Ana Alba"), member(care, "Ben Bold")
    for tab in ("one", "two"):
        beat(client, ana, conversation, tab=tab)
    beat(client, ben, conversation)
    told.clear()

    assert beat(client, ana, conversation, tab="one", left="1").status_code == 204
    assert told == []
    assert words(beat(client, ben, conversation)) == "Ana Alba is here"
    beat(client, ana, conversation, tab="two", left="1")

    assert told == [(conversation.pk, [care.pk], [ben.pk])]
    assert words(beat(client, ben, conversation)) == ""


def test_whoever_says_nothing_more_is_forgotten(client, care, conversation):
    ana, ben = member(care, "Ana Alba"), member(care, "Ben Bold")
    with time_machine.travel("2026-03-04 12:00:00+00:00", tick=False) as clock:
        beat(client, ana, conversation, writing="1")
        clock.shift(presence.WRITING_SECONDS + 1)
        assert words(beat(client, ben, conversation)) == "Ana Alba is here"
        clock.shift(presence.HERE_SECONDS)
        assert words(beat(client, ben, conversation)) == ""


def test_an_empty_redis_and_a_dead_one_only_forget(client, care, conversation, monkeypatch):
    ana, ben = member(care, "Ana Alba"), member(care, "Ben Bold")
    beat(client, ana, conversation)
    redis_client().delete(f"live:here:{conversation.pk}")
    assert words(beat(client, ben, conversation)) == ""

    monkeypatch.setattr(presence, "redis_client", lambda: Redis.from_url("unix:///nowhere.sock"))
    answer = beat(client, ana, conversation, writing="1")

    assert (answer.status_code, words(answer)) == (200, "")


def test_presence_is_for_those_who_may_see_the_conversation(client, care, conversation, told):
    beat(client, member(care, "Ana Alba"), conversation)
    stranger = MembershipFactory().user
    manager = AppointmentFactory(role=Role.MANAGER).user

    assert beat(client, stranger, conversation).status_code == 404
    assert words(beat(client, manager, conversation)) == "Ana Alba is here"
    assert len(told) == 1
    assert redis_client().zcard(f"live:here:{conversation.pk}") == 2


def test_whoever_looks_has_read_what_they_were_told_of_it(client, care, conversation, monkeypatch):
    ana, ben = member(care, "Ana Alba"), member(care, "Ben Bold")
    page = {"kind": "claim_idle", "medium": "page", "created_at": NOON, "not_before_at": NOON}
    other = ConcernFactory(department=care).conversation
    for person, about in ((ana, conversation), (ana, other), (ben, conversation)):
        Notification.objects.create(user=person, conversation_id=about.pk, **page)
    told = []
    monkeypatch.setattr(live, "people_told", told.append)

    for _time in range(2):
        beat(client, ana, conversation)

    assert [each.read_at is not None for each in Notification.objects.order_by("pk")] == [True, False, False]
    assert told == [[ana.pk]]


def test_a_sign_of_life_writes_nothing_to_the_database(client, care, conversation):
    ana, ben = member(care, "Ana Alba"), member(care, "Ben Bold")
    beat(client, ben, conversation)
    beat(client, ana, conversation)
    sessions = list(Session.objects.values_list("expire_date", flat=True).order_by("pk"))

    with CaptureQueriesContext(connection) as captured:
        client.post(f"/conversations/{conversation.pk}/here/", {"tab": "one", "writing": "1"})

    assert [query["sql"] for query in captured if not query["sql"].startswith(("SELECT", "\nSELECT"))] == []
    assert list(Session.objects.values_list("expire_date", flat=True).order_by("pk")) == sessions


@pytest.mark.parametrize("tab", ["", "a b", "ä", "<b>", "\x00"])
def test_a_tab_without_a_name_is_refused(client, care, conversation, tab):
    answer = beat(client, member(care, "Ana Alba"), conversation, tab=tab)

    assert answer.status_code == 422
    assert redis_client().zcard(f"live:here:{conversation.pk}") == 0


def test_no_more_tabs_are_kept_than_make_sense(client, care, conversation, monkeypatch):
    monkeypatch.setattr(presence, "MOST_TABS", 3)
    ana = member(care, "Ana Alba")

    for number in range(6):
        beat(client, ana, conversation, tab=f"t{number}")

    assert redis_client().zcard(f"live:here:{conversation.pk}") == 3
