from datetime import timedelta
from unittest import mock
from urllib.parse import quote

import pytest
from django.http import UnreadablePostError
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from listening.models import Channel, WebSubscription
from listening.websub.signatures import is_signed
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory
from tests.support.hubs import CALLBACK_ID, SECRET, TOPIC, asks, delivers, next_look, row, signed, subscription
from tests.support.race import race

pytestmark = pytest.mark.django_db

UNKNOWN = (404, b"There is no such address.\n", "text/plain; charset=utf-8")
LATER = NOON + timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _today(time_machine, db):
    time_machine.move_to(NOON, tick=False)
    OrganisationFactory()


@pytest.fixture(autouse=True)
def _no_worker(fetch_task):
    """Wake nobody."""


def answered(response):
    return response.status_code, response.content, response.headers["Content-Type"]


def test_a_hub_that_we_asked_reads_its_challenge():
    one = subscription(state="asked", try_count=3)

    response = asks(challenge="a&b <script> é")

    assert answered(response) == (200, "a&b <script> é".encode(), "text/plain; charset=utf-8")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    changed = row(one)
    assert (changed["state"], changed["lease_until"], changed["ask_next_at"], changed["try_count"]) == (
        "active",
        NOON + timedelta(days=10),
        NOON + timedelta(days=7.5),
        0,
    )


@pytest.mark.parametrize(
    ("told", "lease", "renewed_after"),
    [
        ("3600", timedelta(hours=1), timedelta(minutes=45)),
        ("60", timedelta(minutes=1), timedelta(minutes=1)),
        ("0", timedelta(0), timedelta(minutes=1)),
        ("99999999999", timedelta(days=30), timedelta(days=22.5)),
        (None, timedelta(days=1), timedelta(hours=18)),
        ("-5", timedelta(days=1), timedelta(hours=18)),
        ("٣٠", timedelta(days=1), timedelta(hours=18)),
    ],
)
def test_the_hub_says_how_long(told, lease, renewed_after):
    one = subscription(state="asked")

    asks(lease_seconds=told)

    assert (row(one)["lease_until"], row(one)["ask_next_at"]) == (NOON + lease, NOON + renewed_after)


def test_a_hub_may_ask_again_when_our_answer_got_lost(time_machine):
    subscription(state="asked")
    asks()
    time_machine.move_to(NOON + timedelta(minutes=59), tick=False)

    assert asks(challenge="again").content == b"again"


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ({}, {"topic": "https://news.example/other"}),
        ({}, {"topic": None}),
        ({}, {"mode": None}),
        ({}, {"mode": "publish"}),
        ({}, {"mode": "unsubscribe"}),
        ({}, {"challenge": None}),
        ({}, {"challenge": ""}),
        ({}, {"challenge": "x" * 2001}),
        ({}, {"challenge": "a\r\nb"}),
        ({"state": "active"}, {"mode": "unsubscribe"}),
        ({"asked_at": None}, {}),
        ({"asked_at": NOON - timedelta(hours=1)}, {}),
        ({"state": "refused"}, {}),
        ({"state": "leaving"}, {}),
        ({"state": "leaving", "asked_at": NOON - timedelta(hours=1)}, {"mode": "unsubscribe"}),
        ({}, {"mode": "denied", "topic": "https://news.example/other"}),
    ],
)
def test_what_we_did_not_ask_for_is_unknown_to_us(stored, asked):
    one = subscription(**{"state": "asked", **stored})
    before = row(one)

    response = asks(**asked)

    assert answered(response) == UNKNOWN
    assert row(one) == before


def test_a_hub_confirms_the_end():
    subscription(state="leaving")

    assert asks(mode="unsubscribe", lease_seconds=None).content == b"echo me"
    assert not WebSubscription.objects.exists()
    assert answered(asks(mode="unsubscribe", lease_seconds=None)) == UNKNOWN


@pytest.mark.parametrize("state", ["asked", "active"])
def test_a_hub_may_decline_at_any_time(state):
    one = subscription(state=state, asked_at=NOON - timedelta(days=3))

    response = asks(mode="denied", challenge=None, reason="Too many.\x00")

    assert (response.status_code, response.content) == (200, b"")
    changed = row(one)
    assert (changed["state"], changed["lease_until"], changed["ask_next_at"]) == (
        "refused",
        None,
        NOON + timedelta(days=1),
    )


def test_a_hub_that_declines_while_we_leave_is_left():
    subscription(state="leaving")

    assert asks(mode="denied").status_code == 200
    assert not WebSubscription.objects.exists()


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signed_news_have_the_channel_looked_at_now(method, fetch_task, django_capture_on_commit_callbacks):
    one = subscription()
    body = b"<feed>\xff</feed>"

    with django_capture_on_commit_callbacks(execute=True):
        response = delivers(body, signature=signed(body, method))

    channel = Channel.objects.get()
    assert (response.status_code, response.content) == (202, b"")
    assert (channel.next_fetch_at, channel.news_at, row(one)["told_at"]) == (NOON, NOON, NOON)
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256",
        "sha256=",
        "sha256=" + "0" * 64,
        signed(b"<feed/>", secret="another"),
        signed(b"<feed></feed>"),
        signed(b"<feed/>").replace("sha256", "sha512"),
        signed(b"<feed/>")[:-1],
        signed(b"<feed/>") + "0",
        signed(b"<feed/>", "md5"),
        signed(b"<feed/>").replace("=", "=="),
        "sha256=é" + "0" * 63,
    ],
)
def test_news_with_a_wrong_signature_are_accepted_and_do_nothing(signature):
    one = subscription()
    before = row(one)

    response = delivers(signature=signature)

    assert (response.status_code, response.content) == (202, b"")
    assert (row(one), next_look(one)) == (before, LATER)


def test_a_signature_in_capitals_is_right():
    body = b"news"

    assert is_signed(signature=signed(body).upper(), secret=SECRET, body=body)


def test_news_are_not_believed_when_the_secret_cannot_be_opened():
    one = subscription(sealed="broken")

    assert delivers().status_code == 202
    assert next_look(one) == LATER


@pytest.mark.parametrize(
    "stored",
    [
        {"lease_until": NOON},
        {"lease_until": NOON - timedelta(days=1)},
        {"state": "asked"},
        {"state": "refused"},
        {"state": "leaving"},
    ],
)
def test_who_is_not_to_call_any_more_is_told_so_and_does_nothing(stored):
    one = subscription(**stored)
    before = row(one)

    assert answered(delivers()) == (410, b"This subscription has ended.\n", "text/plain; charset=utf-8")
    assert delivers(signature="").status_code == 202
    assert (row(one), next_look(one)) == (before, LATER)


def test_replays_cost_one_look_in_five_seconds(time_machine):
    one = subscription()
    looks = []
    for second in range(12):
        time_machine.move_to(NOON + second * SECOND, tick=False)
        Channel.objects.update(next_fetch_at=LATER, news_at=None)
        assert delivers().status_code == 202
        if (at := next_look(one)) != LATER:
            looks.append((second, (at - NOON).total_seconds()))

    assert looks == [(0, 0), (1, 5), (5, 10), (10, 15)]


def test_of_many_deliveries_at_once_each_is_followed_by_a_look():
    one = subscription()

    for _ in range(3):
        delivers()

    assert (next_look(one), row(one)["told_at"]) == (NOON, NOON + 5 * SECOND)


@pytest.mark.parametrize("change", [{"is_paused": True}, {"failure_count": 2}])
def test_a_channel_that_is_paused_or_fails_keeps_its_time(change):
    one = subscription()
    Channel.objects.update(**change)

    assert delivers().status_code == 202
    assert next_look(one) == LATER


def test_more_than_five_megabytes_are_not_read():
    one = subscription()
    most = b"x" * 5_000_000

    assert answered(delivers(most + b"x"))[0] == 413
    assert next_look(one) == LATER
    assert delivers(most).status_code == 202
    assert next_look(one) == NOON


def test_a_call_that_breaks_off_does_nothing():
    one = subscription()
    with mock.patch("django.http.request.HttpRequest.read", side_effect=UnreadablePostError):
        response = delivers()

    assert (response.status_code, response.content) == (400, b"The call broke off.\n")
    assert next_look(one) == LATER


@pytest.mark.parametrize("method", ["head", "put", "delete", "patch", "options"])
def test_only_two_methods_are_known_and_neither_method_tells_what_exists(method):
    one = subscription(state="asked")
    before = row(one)
    query = f"?hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge=x"

    answers = {getattr(Client(), method)(f"/hooks/websub/{name}/{query}").status_code for name in (CALLBACK_ID, "no")}

    assert answers == {405}
    assert row(one) == before


STRANGE = st.one_of(st.text(max_size=30), st.sampled_from(["subscribe", "unsubscribe", "denied", TOPIC, "x" * 3000]))
HEADER = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=90)


@settings(max_examples=120, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    state=st.sampled_from(["asked", "active", "leaving", "refused"]),
    query=st.dictionaries(
        st.sampled_from(["mode", "topic", "challenge", "lease_seconds", "reason", "verify_token"]), STRANGE, max_size=6
    ),
    signature=st.one_of(HEADER, st.from_regex(r"sha(1|256|384|512)=[0-9a-fA-F]{0,130}", fullmatch=True)),
    body=st.binary(max_size=200),
    name=st.one_of(st.just(CALLBACK_ID), st.text(max_size=70).filter(lambda text: "/" not in text and text)),
)
@example(state="active", query={}, signature="", body=b"", name="\x00")
@example(state="active", query={"mode": "denied", "topic": TOPIC, "reason": "\ud800"}, signature="", body=b"", name="é")
def test_whatever_is_sent_has_an_answer_and_what_is_unknown_looks_the_same(state, query, signature, body, name):
    WebSubscription.objects.all().delete()
    Channel.objects.all().delete()
    one = subscription(state=state)
    wanted = next_look(one)
    query = {key: value.encode("utf-8", "replace").decode() for key, value in query.items()}

    given_back = Client().get(f"/hooks/websub/{_quoted(name)}/", {f"hub.{key}": text for key, text in query.items()})
    posted = Client().generic(
        "POST", f"/hooks/websub/{_quoted(name)}/", body, headers={"X-Hub-Signature": signature}, content_type="a/b"
    )

    if name != CALLBACK_ID:
        assert [answered(given_back), answered(posted)] == [UNKNOWN, UNKNOWN]
    assert given_back.status_code in (200, 404)
    assert posted.status_code in (202, 404)
    if given_back.status_code == 200:
        assert query["topic"] == TOPIC
    assert next_look(one) == wanted


def _quoted(name: str) -> str:
    return quote(name.encode("utf-8", "replace"), safe="")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_calls_at_once_none_is_lost():
    one = subscription()

    outcomes = race(*[lambda: delivers().status_code] * 6)

    assert outcomes == [202] * 6
    assert (next_look(one), row(one)["told_at"]) == (NOON, NOON + 5 * SECOND)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ({}, "The publisher tells us at once (WebSub) until 14 Mar."),
        ({"state": "asked"}, "The publisher was asked to tell us at once (WebSub)."),
        ({"state": "refused"}, "and declined, so we look from time to time."),
    ],
)
def test_the_page_of_the_channel_says_who_tells_us(client, stored, told):
    one = subscription(**stored)
    client.force_login(AppointmentFactory(role=Role.MANAGER).user)

    assert told in client.get(f"/channels/{one.channel_id}/").content.decode()


def test_the_page_of_the_channel_says_nothing_where_there_is_nothing(client):
    channel = ChannelFactory(kind="feed", next_fetch_at=LATER)
    client.force_login(AppointmentFactory(role=Role.MANAGER).user)

    assert "WebSub" not in client.get(f"/channels/{channel.pk}/").content.decode()
