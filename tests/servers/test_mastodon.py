"""The Mastodon connector against a real fediverse server (snac2): what is said there, and what is answered."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    OutgoingChange,
    OutgoingReply,
    PermanentFailure,
    TemporaryFailure,
)
from listening.connectors.mastodon.connector import MastodonConnector
from listening.connectors.mastodon.hashtags import MastodonTagsConnector
from listening.heard import HeardItem
from listening.models import Channel, Gap, Mention
from listening.services import channels, fetching
from teams.roles import Role
from tests.factories.policies import everybody_attests
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.servers.fediverse import Account
from tests.servers.snac import ADDRESS, HOST, Snac, snac
from triage.models import Conversation, Reply
from triage.services.arriving import intake
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.pen import claims
from triage.services.sending import outbox, replies
from triage.states import Disposition, ReplyState, Visibility

pytestmark = pytest.mark.timeout(600)

CONNECTOR = MastodonConnector()
# The server delivers from one account to another by a queue of its own.
SOON = 90.0


@pytest.fixture(scope="module")
def server() -> Iterator[Snac]:
    with snac("acme", "bob") as running:
        yield running


@pytest.fixture
def us(server: Snac, settings) -> Account:
    settings.ALLOWED_INTERNAL_HOSTS = [HOST]
    return server.accounts["acme"]


@pytest.fixture
def bob(server: Snac) -> Account:
    return server.accounts["bob"]


def now() -> datetime:
    return datetime.now(UTC)


def told(account: Account, **more: object) -> dict[str, object]:
    return {"server": ADDRESS, "token": account.token, **more}


def hear(
    settings: dict[str, object], cursor: dict[str, object], at: datetime | None = None
) -> tuple[list[HeardItem], dict[str, object]]:
    """Look until there is no more."""
    items: list[HeardItem] = []
    while True:
        result = CONNECTOR.fetch(settings, cursor, at=at or now())
        items += result.items
        cursor = result.cursor
        if not result.has_more:
            return items, cursor


def until(find: Callable[[], Any], seconds: float = SOON) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"nothing after {seconds} s"
        time.sleep(0.1)
    return found


def answer_to(item: HeardItem, text: str) -> OutgoingReply:
    return OutgoingReply(uuid4(), text, item.external_id, "public", item.raw)


def connect(us: Account, **more: Any) -> Channel:
    return channels.add_channel(
        name="Our Mastodon",
        kind="mastodon",
        options={"server": f"{ADDRESS}/acme"},
        our_handles=[],
        poll_seconds=60,
        owner=UserFactory(),
        at=now(),
        entered={"token": more.get("token", us.token)},
    )


def look(channel: Channel) -> Channel:
    """Look at the channel as the worker does, until it is quiet."""
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=now())
    while True:
        at = now()
        fetching.fetch_channel(channel_id=channel.pk, at=at)
        channel.refresh_from_db()
        if channel.next_fetch_at > now():
            return channel


@pytest.mark.django_db
def test_somebody_speaks_is_answered_and_reads_the_answer(us, bob, policy):
    care = DepartmentFactory(name="Customer care")
    agent = MembershipFactory(department=care).user
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    everybody_attests()
    channel = look(connect(us))
    said = bob.post(f"{us.acct} our street is dark, see https://nordlys.example/map #blackout")
    us.await_mention("our street is dark")

    look(channel)
    intake.take_in_everything(at=now())

    mention = Mention.objects.get(external_id=said["uri"])
    opened = Conversation.objects.get(entries__mention=mention)
    assert mention.text == f"{us.acct} our street is dark, see https://nordlys.example/map #blackout"
    assert (mention.profile.handle, mention.is_ours, mention.is_private) == (f"bob@{HOST}", False, False)
    choice = Choice(Disposition.PUBLIC_RESPONSE, priority=2, department=care, visibility=Visibility.PUBLIC)
    deciding.decide(conversation_id=opened.pk, choice=choice, triage_owner=owner, fence=opened.fence, at=now())
    fence = claims.claim_conversation(conversation_id=opened.pk, agent=agent, at=now())
    reply = replies.queue_reply(
        conversation_id=opened.pk,
        author=agent,
        body="Wir kümmern uns: https://nordlys.example/status",
        key=uuid4(),
        seen=replies.Seen(fence, mention.pk, policy.pk),
        closes=False,
        at=now(),
    )
    assert outbox.deliver(reply_id=reply.pk, at=now()) is True

    read = bob.await_mention("Wir kümmern uns")
    assert (read["account"]["acct"], read["visibility"]) == (us.acct[1:], "public")
    assert 'href="https://nordlys.example/status"' in read["content"]
    assert bob.call("GET", f"/api/v1/statuses/{read['in_reply_to_id']}")["uri"] == said["uri"]

    # Our own answer is heard, and known as it was sent.
    look(channel)
    intake.take_in_everything(at=now())
    ours = Mention.objects.get(external_id=read["uri"])
    assert Reply.objects.get().state == ReplyState.SENT
    assert (ours.is_ours, ours.text, ours.edited_at) == (True, reply.body, None)
    opened.refresh_from_db()
    assert Conversation.objects.get(entries__mention=ours) == opened
    assert opened.mention_count == 2

    # And what the customer says to it is the same conversation.
    back = bob.post(f"{us.acct} thank you!", in_reply_to_id=read["id"])
    us.await_mention("thank you!")
    look(channel)
    intake.take_in_everything(at=now())
    assert Mention.objects.get(external_id=back["uri"]).in_reply_to == read["uri"]
    opened.refresh_from_db()
    assert opened.mention_count == 3


@pytest.mark.django_db
def test_answer_from_the_networks_own_application_is_heard_as_ours(us, bob):
    channel = look(connect(us))
    said = bob.post(f"{us.acct} who answers me?")
    here = us.await_mention("who answers me?")
    sent = us.post(f"{bob.acct} I do, from my phone.", in_reply_to_id=here["id"])

    look(channel)

    ours = Mention.objects.get(external_id=sent["uri"])
    assert (ours.is_ours, ours.in_reply_to) == (True, said["uri"])


def test_direct_message_is_private_and_so_is_the_answer(us, bob):
    _items, cursor = hear(told(us), {})
    bob.post(f"{us.acct} my number is 4711", visibility="direct")
    us.await_mention("4711")

    items, _cursor = hear(told(us), cursor)
    item = next(item for item in items if "4711" in item.text)
    sent = CONNECTOR.send(told(us), answer_to(item, "Your secret parcel is on its way."))

    read = bob.await_mention("secret parcel")
    assert item.is_private
    assert read["visibility"] == "private"
    assert "secret parcel" not in httpx.get(f"{ADDRESS}/acme").text
    # Other servers are refused it. A browser that knows the address is not: so this server treats all direct messages.
    assert httpx.get(sent.url, headers={"Accept": "application/activity+json"}).status_code == 404


def test_edit_is_noticed_under_the_same_address_although_its_number_changes(us, bob):
    said = bob.post(f"{us.acct} the lamp is brokn")
    us.await_mention("brokn")
    items, cursor = hear(told(us), {})
    first = next(item for item in items if item.external_id == said["uri"])
    bob.edit(said, f"{us.acct} the lamp is broken")
    us.await_mention("is broken")

    again, _cursor = hear(told(us), cursor, at=now() + timedelta(minutes=6))
    second = next(item for item in again if item.external_id == said["uri"])

    assert (first.text, second.text) == (f"{us.acct} the lamp is brokn", f"{us.acct} the lamp is broken")
    assert first.raw["id"] != second.raw["id"]
    sent = CONNECTOR.send(told(us), answer_to(first, "We bring a lamp."))
    assert CONNECTOR.look_for(told(us), answer_to(second, "We bring a lamp.")) == sent


def test_answer_sent_twice_is_one_post_although_the_server_forgets_keys(us, bob):
    _items, cursor = hear(told(us), {})
    bob.post(f"{us.acct} is anybody there?")
    us.await_mention("anybody there")
    items, _cursor = hear(told(us), cursor)
    reply = answer_to(items[0], "We *are*: here & now.")

    first = CONNECTOR.send(told(us), reply)
    second = CONNECTOR.send(told(us), reply)

    me = us.call("GET", "/api/v1/accounts/verify_credentials")["id"]
    own = us.call("GET", f"/api/v1/accounts/{me}/statuses")
    assert first == second
    assert [status["uri"] for status in own if "here" in status["content"]].count(first.external_id) == 1


def test_answer_is_corrected_though_its_number_changes_and_cannot_be_removed_here(us, bob):
    _items, cursor = hear(told(us), {})
    bob.post(f"{us.acct} when do you open?")
    us.await_mention("when do you open")
    items, cursor = hear(told(us), cursor)
    sent = CONNECTOR.send(told(us), answer_to(items[0], "We open at nine."))
    bob.await_mention("at nine")

    for text in ("We open at ten.", "We open at eleven."):
        change = OutgoingChange(uuid4(), sent.external_id, text, sent.raw)
        assert CONNECTOR.is_edited(told(us), change) is False
        CONNECTOR.edit(told(us), change)
        CONNECTOR.edit(told(us), change)
        assert CONNECTOR.is_edited(told(us), change) is True

    assert bob.await_mention("at eleven")["uri"] == sent.external_id
    with pytest.raises(PermanentFailure) as failure:
        CONNECTOR.remove(told(us), change)
    assert str(failure.value) == f"{HOST} does not let an application delete posts."
    assert CONNECTOR.why_no_removal(told(us), cursor).startswith("This server is snac")


def test_answer_to_what_is_not_there_is_refused(us, bob):
    missing = OutgoingReply(uuid4(), "Hello?", f"{ADDRESS}/bob/p/1.000000", "public", {"id": "1" * 42, "acct": "bob"})

    with pytest.raises(PermanentFailure) as failure:
        CONNECTOR.send(told(us), missing)

    assert str(failure.value) == "What you answer is not on the network any more, so nothing was sent."


def test_wrong_token_is_told_before_anything_is_saved(us):
    with pytest.raises(AuthorisationFailure) as failure:
        channels.try_connection(kind="mastodon", settings={"server": ADDRESS, "token": "0" * 32})

    assert str(failure.value) == f"{HOST} does not accept the access token."
    assert channels.try_connection(kind="mastodon", settings=told(us)) == (
        f"Signed in to {HOST} as @acme@{HOST}; an answer may have 100,000 characters."
    )


@pytest.mark.django_db
def test_token_that_ends_stops_the_channel_and_says_why(us, bob):
    channel = look(connect(us))
    bob.post(f"{us.acct} said while nobody listened")
    us.await_mention("while nobody listened")
    channels.change_channel(
        channel_id=channel.pk,
        name=channel.name,
        options=dict(channel.options),
        our_handles=[],
        poll_seconds=60,
        actor=channel.owner,
        at=now(),
        entered={"token": "f" * 32},
    )

    look(channel)

    assert str(channel.problem) == f"{HOST} does not accept the access token."
    assert channel.next_fetch_at > now() + timedelta(minutes=10)
    assert Gap.objects.get(channel=channel).reason == Gap.Reason.AUTHORISATION
    assert "f" * 32 not in str(channel.problem)


@pytest.mark.django_db
def test_server_that_starts_again_between_two_pages_loses_and_doubles_nothing(server, us, bob):
    channel = look(connect(us))
    wanted = {bob.post(f"{us.acct} number {number} of 45")["uri"] for number in range(45)}
    until(lambda: sum("of 45" in status["content"] for status in us.mentions()) == 45, seconds=300)
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=now())
    first = fetching.fetch_channel(channel_id=channel.pk, at=now())
    assert first is not None
    assert 0 < first.new_count < 45

    server.stop()
    look(channel)
    assert channel.failure_count == 1
    assert str(channel.problem) == f"{HOST} cannot be reached."
    server.start()
    until(lambda: look(channel) and Mention.objects.filter(external_id__in=wanted).count() == 45)

    assert Mention.objects.filter(text__contains="of 45").count() == 45
    assert channel.failure_count == 0


def test_forty_mentions_in_one_moment_are_heard_in_any_order_of_pages(us, bob):
    _items, cursor = hear(told(us), {})
    heard: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: [bob.post(f"{us.acct} burst {n}-{m}") for m in range(10)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()

    def all_heard() -> bool:
        nonlocal cursor
        items, cursor = hear(told(us), cursor)
        heard.extend(item.external_id for item in items if "burst" in item.text)
        return len(heard) >= 40

    until(all_heard)
    for thread in threads:
        thread.join()
    assert len(heard) == len(set(heard)) == 40


def test_hashtags_are_heard_without_an_account(us, bob):
    connector = MastodonTagsConnector()
    settings: dict[str, object] = {"server": ADDRESS, "hashtags": "#NordlysOut"}
    before = connector.fetch(settings, {}, at=now())
    posts = [bob.post(f"dark {number} #nordlysout") for number in range(50)]

    found: list[HeardItem] = []
    cursor, has_more = before.cursor, True
    while has_more:
        result = connector.fetch(settings, cursor, at=now())
        found += result.items
        cursor, has_more = result.cursor, result.has_more

    assert before.items == []
    assert {item.external_id for item in found} == {post["uri"] for post in posts}
    assert len(found) == 50
    assert connector.check(settings).startswith(f"{HOST} shows ")


def test_words_of_streams_are_searched_for_on_the_server(us, bob):
    stream = {"stream": 1, "any_terms": ["Tavolund"], "all_terms": [], "no_terms": ["sale"], "languages": []}
    _items, cursor = hear(told(us, searches=[stream]), {})
    wanted = us.post("I like Tavolund lamps")
    us.post("Tavolund sale")
    us.post("Tavolunder are people")

    items, _cursor = hear(told(us, searches=[stream]), cursor)

    assert wanted["uri"] in {item.external_id for item in items}


def test_server_without_a_stream_of_events_says_so(us):
    _items, cursor = hear(told(us), {})

    with pytest.raises(PermanentFailure) as failure:
        CONNECTOR.wait_for_news(told(us), cursor, seconds=10)

    assert str(failure.value) == f"{HOST} does not tell at once when there is news."


def test_server_that_is_down_fails_for_now(server, us):
    server.stop()
    try:
        with pytest.raises(TemporaryFailure) as failure:
            CONNECTOR.check(told(us))
    finally:
        server.start()

    assert str(failure.value) == f"{HOST} cannot be reached."
