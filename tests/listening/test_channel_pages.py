from datetime import timedelta

import pytest
import time_machine

from listening.models import Channel, Coverage, Gap, ImportRun
from listening.models.channel import CLAIM_FOR
from listening.services import channels
from teams.models import AuditEntry, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory, SetAsideFactory, StreamFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory


@pytest.fixture(autouse=True)
def _no_worker(fetch_task) -> None:
    """Wake nobody."""


@pytest.fixture
def administrator(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(user=UserFactory(name="Ada Holm"), role=Role.ADMINISTRATOR).user


@pytest.fixture
def manager(administrator) -> User:
    return AppointmentFactory(role=Role.MANAGER).user


def listened(**changes) -> Channel:
    return ChannelFactory(**{"kind": "feed", "next_fetch_at": NOON + timedelta(hours=1), **changes})


def test_a_channel_is_paused_and_resumed_once(administrator, fetch_task, django_capture_on_commit_callbacks):
    channel = listened()

    with django_capture_on_commit_callbacks(execute=True):
        for act in (channels.pause_channel, channels.pause_channel, channels.resume_channel, channels.resume_channel):
            act(channel_id=channel.pk, actor=administrator, at=NOON)

    channel.refresh_from_db()
    assert (channel.is_paused, channel.next_fetch_at) == (False, NOON)
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["channel.paused", "channel.resumed"]
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


def test_resuming_lets_no_second_worker_in(administrator):
    claimed_until = NOON + timedelta(minutes=1)
    channel = listened(is_paused=True, next_fetch_at=claimed_until, claimed_at=claimed_until - CLAIM_FOR)

    channels.resume_channel(channel_id=channel.pk, actor=administrator, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == claimed_until


@time_machine.travel(NOON, tick=False)
def test_a_channel_is_looked_at_now(client, administrator, fetch_task, django_capture_on_commit_callbacks):
    channel = listened(name="Press")
    client.force_login(administrator)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(f"/channels/{channel.pk}/fetch/", follow=True).content.decode()

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON
    assert "A worker looks at Press now." in page
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"is_paused": True}, "This channel is paused. Resume it to listen again."),
        (
            {"next_fetch_at": NOON + timedelta(minutes=1), "claimed_at": NOON - timedelta(minutes=1)},
            "This channel is being looked at this very moment.",
        ),
        ({"next_fetch_at": None}, "Nobody looks at this channel: what is said there is handed to us."),
    ],
)
def test_a_look_that_makes_no_sense_conflicts(
    client, administrator, fetch_task, changes, sentence, django_capture_on_commit_callbacks
):
    channel = listened(**changes)
    before = channel.next_fetch_at
    client.force_login(administrator)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"/channels/{channel.pk}/fetch/")

    channel.refresh_from_db()
    assert response.status_code == 409
    assert sentence in response.content.decode()
    assert channel.next_fetch_at == before
    fetch_task.assert_not_called()


def test_a_channel_that_is_due_is_only_woken(administrator, fetch_task, django_capture_on_commit_callbacks):
    channel = listened(next_fetch_at=NOON - timedelta(seconds=1))

    with django_capture_on_commit_callbacks(execute=True):
        channels.fetch_now(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON - timedelta(seconds=1)
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


@time_machine.travel(NOON, tick=False)
def test_the_page_of_a_channel_shows_when_it_was_heard(client, manager):
    channel = listened(name="Press", options={"url": "https://news.example/feed.xml"}, our_handles=["@us"])
    Coverage.objects.create(channel=channel, heard_from=NOON - timedelta(days=9), heard_until=NOON - timedelta(days=8))
    Coverage.objects.create(channel=channel, heard_from=NOON - timedelta(hours=84), heard_until=NOON)
    profile = ProfileFactory(channel=channel)
    MentionFactory.create_batch(3, profile=profile)
    client.force_login(manager)

    response = client.get(f"/channels/{channel.pk}/")

    page = response.content.decode()
    assert (response.context["heard_share"], response.context["mentions"]) == (50, "3")
    assert page.count('class="heard-time"') == 1
    assert [word in page for word in ("https://news.example/feed.xml", "@us", "Fetch now", "Pause")] == [
        True,
        True,
        False,
        False,
    ]


@time_machine.travel(NOON, tick=False)
def test_the_page_of_a_channel_says_why_it_was_not_heard(client, manager):
    channel = listened(failure_count=2, last_error="Sign in again.")
    Gap.objects.create(
        channel=channel,
        reason=Gap.Reason.RATE_LIMIT,
        began_at=NOON - timedelta(hours=5),
        ended_at=NOON - timedelta(hours=4),
        is_filled=True,
    )
    Gap.objects.create(
        channel=channel, reason=Gap.Reason.AUTHORISATION, detail="Sign in again.", began_at=NOON - timedelta(hours=1)
    )
    Gap.objects.create(
        channel=channel,
        reason=Gap.Reason.QUOTA,
        began_at=NOON - timedelta(days=9),
        ended_at=NOON - timedelta(days=8),
    )
    client.force_login(manager)

    page = client.get(f"/channels/{channel.pk}/").content.decode()

    shown = (
        "Asked too often",
        "Heard afterwards",
        "Our sign-in was not accepted",
        "Not heard yet",
        "Signed out",
        "quota",
    )
    assert [text in page for text in shown] == [True, True, True, True, True, False]
    assert ">Reconnect<" not in page


@pytest.mark.parametrize(("reason", "offered"), [(Gap.Reason.AUTHORISATION, True), (Gap.Reason.NETWORK, False)])
def test_only_a_refused_sign_in_asks_to_reconnect(client, administrator, reason, offered):
    channel = listened(failure_count=2)
    Gap.objects.create(channel=channel, reason=reason, began_at=NOON)
    client.force_login(administrator)

    page = client.get(f"/channels/{channel.pk}/").content.decode()

    assert (">Reconnect<" in page, "Try now" in page, "Fetch now" in page) == (offered, True, False)


def test_a_channel_that_others_call_can_be_paused_and_not_looked_at(client, administrator):
    channel = ChannelFactory(kind="webhook", options={"endpoint": "x", "scheme": "hub", "mapping": "socialhub"})
    client.force_login(administrator)

    page = client.get(f"/channels/{channel.pk}/").content.decode()

    assert (">Pause<" in page, "Fetch now" in page) == (True, False)


@time_machine.travel(NOON, tick=False)
def test_the_page_of_a_channel_shows_what_it_searches_for_and_may_still_ask(client, manager):
    channel = listened(kind="hackernews", budget_left=212, budget_of=300, last_success_at=NOON - timedelta(minutes=3))
    StreamFactory(name="Our name").channels.add(channel)
    StreamFactory(name="Everywhere")
    StreamFactory(name="Elsewhere").channels.add(ChannelFactory())
    StreamFactory(name="Paused", is_paused=True)
    client.force_login(manager)

    response = client.get(f"/channels/{channel.pk}/")

    page = response.content.decode()
    assert [stream.name for stream in response.context["streams"]] == ["Everywhere", "Our name"]
    assert [f'href="/streams/{stream.pk}/"' in page for stream in response.context["streams"]] == [True, True]
    assert "212 of 300 left." in page
    assert "3 min ago; looked at every 5 min." in page


def test_the_page_of_a_channel_counts_what_was_set_aside(client, manager):
    channel = listened()
    SetAsideFactory.create_batch(2, channel=channel)
    SetAsideFactory(channel=channel, settled_at=NOON)
    SetAsideFactory()
    client.force_login(manager)

    page = client.get(f"/channels/{channel.pk}/").content.decode()

    assert f'<a href="/channels/{channel.pk}/set-aside/">2</a>' in page


def test_the_page_of_a_channel_shows_its_imports(client, manager):
    channel = ChannelFactory()
    ImportRun.objects.create(
        channel=channel, digest="x", file_name="tweets.csv.gz", last_line=8, read_count=7, new_count=5, started_at=NOON
    )
    client.force_login(manager)

    page = client.get(f"/channels/{channel.pk}/").content.decode()

    assert "tweets.csv.gz" in page
    assert "not yet; at line 8" in page
    assert "last 7 days" not in page


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_of_channels_costs_the_same_however_many(client, manager, count, django_assert_num_queries):
    for _ in range(count):
        listened()
    client.force_login(manager)

    with django_assert_num_queries(5):  # person, rights, channels, gaps, unread
        client.get("/channels/")


def test_a_channel_of_an_unknown_kind_is_still_shown(client, manager):
    channel = listened(kind="carrier_pigeon")
    client.force_login(manager)

    assert "carrier_pigeon" in client.get("/channels/").content.decode()
    assert client.get(f"/channels/{channel.pk}/").status_code == 200


@pytest.mark.parametrize("act", ["change/", "pause/", "resume/", "fetch/", "try/"])
def test_only_administrators_change_channels(client, manager, act, fetch_task):
    channel = listened(name="Press")
    client.force_login(manager)

    response = client.post(f"/channels/{channel.pk}/{act}", {"name": "News", "our_handles": ""})

    assert response.status_code == 403
    assert (Channel.objects.get().name, Channel.objects.get().is_paused) == ("Press", False)
    assert not AuditEntry.objects.exists()
    fetch_task.assert_not_called()


def test_people_without_the_right_see_no_channels(client, manager):
    channel = listened()
    client.force_login(AppointmentFactory(role=Role.POLICY_EDITOR).user)

    assert client.get("/channels/").status_code == 403
    assert client.get(f"/channels/{channel.pk}/").status_code == 403


def test_unknown_channels_are_not_found(client, administrator):
    client.force_login(administrator)

    assert client.get("/channels/999999999/").status_code == 404
    assert client.get(f"/channels/{10**30}/").status_code == 404
    assert client.post("/channels/999999999/pause/").status_code == 404
