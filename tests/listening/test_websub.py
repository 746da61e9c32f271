from datetime import timedelta
from unittest import mock

import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, transaction

from listening.models import Channel, WebSubscription
from listening.services import channels, secrets, websub
from socialhub.lib.sealing import seal
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, OrganisationFactory, UserFactory
from tests.listening.hub_server import hub_server
from tests.support.hubs import SECRET, TOPIC, URL, asks, offering, row, secret_of, subscription

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def hub(socket_enabled, settings):
    with hub_server() as server:
        settings.ALLOWED_INTERNAL_HOSTS = [server.host]
        yield server


@pytest.fixture(autouse=True)
def _on_the_internet(settings, time_machine):
    settings.PUBLICLY_REACHABLE = True
    settings.SITE_URL = "https://socialhub.example"
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def woken():
    with mock.patch("celery.Celery.send_task") as send_task:
        yield send_task


def kept(at=NOON):
    """Run the sweep and what it wakes."""
    with mock.patch("listening.services.websub.wake") as wake:
        websub.keep_subscriptions(at=at)
    for call in wake.call_args_list:
        websub.ask_hub(channel_id=call.kwargs["channel_id"], at=at)


def test_what_a_feed_offers_is_asked_for(hub, woken, django_capture_on_commit_callbacks):
    channel = offering(hub.url)

    with django_capture_on_commit_callbacks(execute=True):
        websub.keep_subscriptions(at=NOON)
    woken.assert_called_once_with("listening.ask_hub", kwargs={"channel_id": channel.pk}, retry=False)
    websub.ask_hub(channel_id=channel.pk, at=NOON)

    made = WebSubscription.objects.get()
    assert hub.asked == [
        (
            "/hub",
            {
                "hub.mode": "subscribe",
                "hub.topic": TOPIC,
                "hub.callback": f"https://socialhub.example/hooks/websub/{made.callback_id}/",
                "hub.secret": secret_of(made),
                "hub.lease_seconds": "864000",
            },
        )
    ]
    assert (made.channel, made.hub, made.state, made.lease_until, made.asked_at) == (
        channel,
        hub.url,
        "asked",
        None,
        NOON,
    )
    assert len(made.callback_id) == 32
    assert len(secret_of(made)) == 43
    assert secret_of(made) not in made.sealed


def test_nobody_is_asked_twice_meanwhile(hub):
    channel = offering(hub.url)
    kept()

    kept(NOON + MINUTE)
    websub.ask_hub(channel_id=channel.pk, at=NOON + MINUTE)

    assert len(hub.asked) == 1


def test_a_hub_that_does_not_confirm_is_asked_ever_less_often(hub):
    offering(hub.url)
    pauses = []
    at = NOON
    for _ in range(10):
        kept(at)
        next_at = WebSubscription.objects.get().ask_next_at
        pauses.append((next_at - at) / MINUTE)
        at = next_at

    assert pauses == [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]
    assert len(hub.asked) == 10
    assert len({form["hub.callback"] for _path, form in hub.asked}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"is_paused": True},
        {"kind": "webhook"},
        {"cursor": {"url": URL}},
        {"cursor": {}},
        {"options": {"url": "https://elsewhere.example/feed"}},
    ],
)
def test_what_is_not_offered_or_not_listened_to_is_not_asked_for(hub, change):
    offering(hub.url, **change)

    kept()

    assert hub.asked == []
    assert not WebSubscription.objects.exists()


def test_where_nobody_reaches_us_nothing_is_asked_and_nothing_remembered(hub, settings):
    settings.PUBLICLY_REACHABLE = False
    offering(hub.url)
    subscription(hub.url)

    kept()

    assert hub.asked == []
    assert not WebSubscription.objects.exists()


@pytest.mark.parametrize(
    "address", ["http://hub.example/", "http://hub.example:x/", "https://[hub/", "ftp://hub.example"]
)
def test_a_secret_is_not_told_where_others_may_read_it(address):
    offering(address)

    websub.keep_subscriptions(at=NOON)

    assert not WebSubscription.objects.exists()


def test_a_hub_inside_the_network_is_not_asked(hub, settings):
    settings.ALLOWED_INTERNAL_HOSTS = []
    offering(hub.url.replace("http:", "https:"))

    kept()

    assert WebSubscription.objects.get().state == "refused"
    assert hub.asked == []


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_hub_that_refuses_is_asked_again_another_day(hub, status):
    offering(hub.url)
    hub.answers = [(status, {})]

    kept()
    assert WebSubscription.objects.get().state == "refused"
    kept(NOON + DAY - MINUTE)
    assert len(hub.asked) == 1
    kept(NOON + DAY)

    assert WebSubscription.objects.get().state == "asked"
    assert len(hub.asked) == 2


@pytest.mark.parametrize(
    "answer", [(408, {}), (429, {}), (500, {}), (503, {"Retry-After": "5"}), (302, {"Location": "/new"})]
)
def test_a_hub_in_trouble_is_asked_again_soon(hub, answer):
    offering(hub.url)
    hub.answers = [answer]

    kept()
    made = WebSubscription.objects.get()

    assert (made.state, made.ask_next_at) == ("asked", NOON + 10 * MINUTE)


def test_a_hub_that_is_not_there_is_asked_again_soon(hub, settings):
    settings.ALLOWED_INTERNAL_HOSTS = ["127.0.0.1:9"]
    offering("http://127.0.0.1:9/")

    kept()

    made = WebSubscription.objects.get()
    assert (made.state, made.ask_next_at) == ("asked", NOON + 10 * MINUTE)


def test_a_lease_is_renewed_before_it_ends(hub):
    OrganisationFactory()
    one = subscription(hub.url)

    kept(NOON + 7 * DAY)
    assert hub.asked == []
    at = NOON + 7.5 * DAY
    kept(at)

    renewed = row(one)
    assert [form["hub.mode"] for _path, form in hub.asked] == ["subscribe"]
    assert hub.asked[0][1]["hub.callback"] == one.callback
    assert (renewed["state"], renewed["lease_until"], renewed["asked_at"]) == ("active", one.lease_until, at)


def test_a_renewal_that_is_refused_leaves_what_was_promised(hub):
    one = subscription(hub.url)
    hub.answers = [(400, {})]

    kept(NOON + 7.5 * DAY)

    assert (row(one)["state"], row(one)["lease_until"]) == ("active", one.lease_until)


def test_a_lease_that_ended_is_asked_for_anew(hub):
    one = subscription(hub.url)

    kept(NOON + 10 * DAY)

    assert (row(one)["state"], row(one)["lease_until"]) == ("asked", None)
    assert [form["hub.mode"] for _path, form in hub.asked] == ["subscribe"]


def test_a_paused_channel_is_told_of_no_more_and_a_resumed_one_again(hub):
    OrganisationFactory()
    one = subscription(hub.url)
    person = UserFactory()
    channels.pause_channel(channel_id=one.channel_id, actor=person, at=NOON)

    kept()
    leaving = row(one)

    assert hub.asked == [
        ("/hub", {"hub.mode": "unsubscribe", "hub.topic": TOPIC, "hub.callback": one.callback}),
    ]
    assert (leaving["state"], leaving["lease_until"]) == ("leaving", one.lease_until)

    asks(mode="unsubscribe", lease_seconds=None)
    assert not WebSubscription.objects.exists()

    channels.resume_channel(channel_id=one.channel_id, actor=person, at=NOON + MINUTE)
    kept(NOON + MINUTE)
    again = WebSubscription.objects.get()
    assert (again.state, again.callback_id == one.callback_id, secret_of(again) == secret_of(one)) == (
        "asked",
        False,
        False,
    )


def test_what_was_never_confirmed_is_simply_forgotten(hub):
    one = subscription(hub.url, state="asked")
    Channel.objects.update(is_paused=True)

    kept()

    assert hub.asked == []
    assert not WebSubscription.objects.filter(pk=one.pk).exists()


def test_a_hub_that_does_not_confirm_the_end_is_asked_three_times(hub):
    subscription(hub.url)
    Channel.objects.update(is_paused=True)

    for minutes in (0, 10, 30):
        kept(NOON + minutes * MINUTE)
    assert WebSubscription.objects.exists()
    kept(NOON + 70 * MINUTE)

    assert [form["hub.mode"] for _path, form in hub.asked] == ["unsubscribe"] * 3
    assert not WebSubscription.objects.exists()


def test_a_hub_that_knows_of_no_subscription_has_ended_it(hub):
    subscription(hub.url)
    Channel.objects.update(is_paused=True)
    hub.answers = [(404, {})]

    kept()

    assert not WebSubscription.objects.exists()


def test_an_ended_lease_needs_no_end(hub):
    subscription(hub.url)
    Channel.objects.update(is_paused=True)

    kept(NOON + 10 * DAY)

    assert hub.asked == []
    assert not WebSubscription.objects.exists()


def test_a_feed_that_names_another_hub_changes_to_it(hub):
    OrganisationFactory()
    one = subscription(hub.url)
    channel = Channel.objects.get()
    channel.cursor["hub"] = hub.url + "/new"
    channel.save(update_fields=["cursor"])

    kept()
    asks(mode="unsubscribe")
    kept(NOON + MINUTE)

    assert [(path, form["hub.mode"]) for path, form in hub.asked] == [
        ("/hub", "unsubscribe"),
        ("/hub/new", "subscribe"),
    ]
    assert WebSubscription.objects.get().pk != one.pk


def test_a_new_public_address_is_told_to_the_hub(hub, settings):
    one = subscription(hub.url)
    settings.SITE_URL = "https://elsewhere.example"

    kept()

    assert [form["hub.callback"] for _path, form in hub.asked] == [
        f"https://elsewhere.example/hooks/websub/{one.callback_id}/"
    ]
    assert row(one)["state"] == "asked"


def test_a_deleted_channel_takes_its_subscription_along(hub):
    OrganisationFactory()
    subscription(hub.url)

    Channel.objects.all().delete()
    kept()

    assert not WebSubscription.objects.exists()
    assert asks().status_code == 404


def test_a_secret_is_sealed_with_the_new_key(hub, settings):
    one = subscription(hub.url)
    new = Fernet.generate_key().decode()
    settings.SECRETS_KEYS = [new, *settings.SECRETS_KEYS]

    secrets.seal_all_anew()

    settings.SECRETS_KEYS = [new]
    assert secret_of(WebSubscription.objects.get(pk=one.pk)) == SECRET


def test_a_secret_whose_key_is_lost_is_replaced_when_the_hub_is_asked(hub, settings):
    one = subscription(hub.url, state="asked", ask_next_at=NOON)
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]
    secrets.seal_all_anew()
    assert row(one)["sealed"] == one.sealed

    kept()

    assert hub.asked[0][1]["hub.secret"] == secret_of(WebSubscription.objects.get())


def test_many_channels_are_kept_apart(hub):
    made = [offering(hub.url) for _ in range(3)]

    kept()

    assert len({form["hub.callback"] for _path, form in hub.asked}) == 3
    assert len({form["hub.secret"] for _path, form in hub.asked}) == 3
    assert sorted(WebSubscription.objects.values_list("channel", flat=True)) == [channel.pk for channel in made]


@pytest.mark.parametrize("count", [1, 3])
def test_the_sweep_costs_the_same_however_many_are_kept(count, django_assert_num_queries):
    for number in range(count):
        subscription(callback_id=f"{number}", callback=f"https://socialhub.example/hooks/websub/{number}/")

    with django_assert_num_queries(5):  # savepoint, offers, subscriptions, due, release
        websub.keep_subscriptions(at=NOON)


@pytest.mark.parametrize(
    "columns",
    [{"state": "active", "lease_until": None}, {"state": "leaving", "lease_until": None}, {"lease_until": NOON}],
)
def test_a_lease_is_there_exactly_when_a_hub_has_confirmed(columns):
    values = {"state": "asked", "lease_until": None, **columns}

    with pytest.raises(IntegrityError, match="listening_websubscription_lease_while_confirmed"), transaction.atomic():
        WebSubscription.objects.create(
            channel=ChannelFactory(), callback_id="x", sealed=seal({"secret": "x"}), ask_next_at=NOON, **values
        )
