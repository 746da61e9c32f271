import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    FetchResult,
    OutgoingChange,
    PermanentFailure,
    RateLimited,
    TemporaryFailure,
)
from listening.connectors.bluesky import looking
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.bluesky.xrpc import Service
from listening.models import Channel, Mention
from listening.services import channels, fetching
from listening.services.settings import settings_for_use
from teams.roles import Role
from tests.factories.policies import everybody_attests
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.servers.bluesky import Account, BlueskyNetwork, bluesky_network
from tests.servers.bluesky_speaking import (
    answer_to,
    heard,
    look,
    now,
    quote,
    record_key,
    say,
    say_back,
    signed_in,
    until,
)
from tests.servers.line import Line
from triage.models import Conversation, Reply
from triage.services.arriving import intake
from triage.services.decisions import deciding
from triage.services.pen import claims
from triage.services.sending import outbox, replies
from triage.states import Disposition, ReplyState, Visibility

if TYPE_CHECKING:
    from atproto import Client

pytestmark = pytest.mark.timeout(1800)

CONNECTOR = BlueskyConnector()


@pytest.fixture(scope="module")
def network() -> Iterator[BlueskyNetwork]:
    with bluesky_network() as running:
        yield running


@pytest.fixture
def us(network: BlueskyNetwork) -> Account:
    return network.join("nordlys")


@pytest.fixture
def anna(network: BlueskyNetwork) -> Iterator["Client"]:
    """Somebody on the network who uses another implementation than ours."""
    client = signed_in(network.join("anna"))
    yield client
    client.request.close()


@pytest.fixture
def channel_settings(us: Account, settings) -> dict[str, object]:
    settings.ALLOWED_INTERNAL_HOSTS = ["localhost"]
    entered = {"handle": us.handle, "app_password": us.app_password(), "service": us.url}
    return entered | CONNECTOR.renew(entered, at=now())


@pytest.fixture
def channel(us: Account, settings, db) -> Channel:
    """Our account, connected as an administrator connects it."""
    settings.ALLOWED_INTERNAL_HOSTS = ["localhost"]
    return channels.add_channel(
        name="Our Bluesky",
        kind="bluesky",
        options={"handle": us.handle, "service": us.url},
        our_handles=[us.handle],
        poll_seconds=1,
        owner=UserFactory(),
        at=now(),
        entered={"app_password": us.app_password()},
    )


def conversation_with(channel: Channel, uri: str) -> Conversation | None:
    """Let the workers do what is due, and return the conversation that a post is in by then."""
    at = now()
    fetching.fetch_channel(channel_id=channel.pk, at=at)
    intake.take_in_everything(at=at)
    return Conversation.objects.filter(entries__mention__external_id=uri).first()


def test_somebody_speaks_is_answered_and_reads_the_answer(us, anna, channel, policy):
    care = DepartmentFactory(name="Customer care")
    agent = MembershipFactory(department=care).user
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    everybody_attests()
    uri = say(anna, "our street is dark. #blackout", us)
    opened = until(lambda: conversation_with(channel, uri))
    choice = deciding.Choice(Disposition.PUBLIC_RESPONSE, priority=2, department=care, visibility=Visibility.PUBLIC)
    deciding.decide(conversation_id=opened.pk, choice=choice, triage_owner=owner, fence=opened.fence, at=now())
    fence = claims.claim_conversation(conversation_id=opened.pk, agent=agent, at=now())
    reply = replies.queue_reply(
        conversation_id=opened.pk,
        author=agent,
        body=f"@{anna._session.handle} Wir kümmern uns: https://nordlys.example/status #nordlys",
        key=uuid4(),
        seen=replies.Seen(fence, Mention.objects.get(external_id=uri).pk, policy.pk),
        closes=False,
        at=now(),
    )
    assert outbox.deliver(reply_id=reply.pk, at=now()) is True

    answers = until(lambda: anna.get_post_thread(uri).thread.replies)
    post = answers[0].post
    reference = {"uri": uri, "cid": anna.get_posts([uri]).posts[0].cid}
    assert (len(answers), post.author.did) == (1, us.did)
    assert post.record.text == reply.body
    assert (post.record.reply.root.model_dump(include={"uri", "cid"}),) * 2 == (
        reference,
        post.record.reply.parent.model_dump(include={"uri", "cid"}),
    )
    assert [
        (post.record.text.encode()[facet.index.byte_start : facet.index.byte_end].decode(), facet.features[0].py_type)
        for facet in post.record.facets
    ] == [
        (f"@{anna._session.handle}", "app.bsky.richtext.facet#mention"),
        ("https://nordlys.example/status", "app.bsky.richtext.facet#link"),
        ("#nordlys", "app.bsky.richtext.facet#tag"),
    ]
    assert until(lambda: [n.reason for n in anna.app.bsky.notification.list_notifications().notifications]) == [
        "mention"
    ]

    # Our own answer is heard, and known.
    until(lambda: post.uri in {item.external_id for item in look(fetching_settings(channel)).items})
    until(lambda: fetching.fetch_channel(channel_id=channel.pk, at=now()))
    intake.take_in_everything(at=now())
    assert Reply.objects.get().state == ReplyState.SENT
    assert Mention.objects.get(external_id=post.uri).is_ours is True
    assert (Conversation.objects.count(), Mention.objects.count()) == (1, 2)

    # And what the customer says to it is the same conversation.
    back = say_back(anna, "Thank you!", root=reference, parent={"uri": post.uri, "cid": post.cid})
    until(lambda: conversation_with(channel, back))
    assert Conversation.objects.get().mention_count == 3


def test_post_is_a_conversation_within_a_look_and_a_second(us, anna, channel, policy):
    Channel.objects.update(poll_seconds=3)
    until(lambda: fetching.fetch_channel(channel_id=channel.pk, at=now()))
    took = []
    for n in range(5):
        # Right after a look, so that a whole interval goes by before the next one.
        said_at = time.monotonic()
        uri = say(anna, f"is anybody there? {n}", us)
        until(lambda uri=uri: conversation_with(channel, uri))
        took.append(time.monotonic() - said_at)

    assert median(took) < 3 + 1


def fetching_settings(channel: Channel) -> dict[str, object]:
    return settings_for_use(Channel.objects.get(pk=channel.pk), at=now())


def test_replies_and_quotes_are_heard_with_what_they_answer(us, anna, channel_settings):
    ours = us.call(
        "com.atproto.repo.createRecord",
        {
            "repo": us.did,
            "collection": "app.bsky.feed.post",
            "record": {"text": "Our news", "createdAt": now().isoformat()},
        },
    )
    # Of an answer to what it does not know yet, the network tells nobody.
    until(lambda: anna.get_posts([ours["uri"]]).posts)
    reference = {"uri": ours["uri"], "cid": ours["cid"]}
    answer = say_back(anna, "Nice", root=reference, parent=reference)
    quoting = quote(anna, "Look at this", reference)

    found = {item.external_id: item for item in [heard(channel_settings, answer), heard(channel_settings, quoting)]}

    assert {uri: (item.text, item.in_reply_to, item.raw["reason"]) for uri, item in found.items()} == {
        answer: ("Nice", ours["uri"], "reply"),
        quoting: ("Look at this", "", "quote"),
    }
    assert heard(channel_settings, ours["uri"]).is_ours is True


def test_search_hears_who_does_not_address_us(anna, channel_settings):
    streams = [{"stream": 1, "any_terms": ["Tavolund"], "all_terms": [], "no_terms": ["sale"], "languages": []}]
    wanted = say(anna, "I like Tavolund lamps")
    others = {say(anna, "Tavolund sale"), say(anna, "Tavolunder are people")}

    item = heard(channel_settings | {"searches": streams}, wanted)
    until(lambda: others <= {post.uri for post in anna.app.bsky.feed.search_posts({"q": "Tavolund"}).posts})

    assert (item.text, item.language) == ("I like Tavolund lamps", "en")
    assert {one.external_id for one in look(channel_settings | {"searches": streams}).items} & others == set()


def test_edit_and_deletion_are_noticed(anna, us, network, channel_settings):
    account = network.accounts[anna._session.handle]
    uri, other = say(anna, "the lamp is brokn", us), say(anna, "and so is the sofa", us)
    first = heard(channel_settings, uri)
    heard(channel_settings, other)
    cursor = look(channel_settings).cursor
    account.put(record_key(uri), {**first.raw["record"], "text": "the lamp is broken"})
    account.delete(record_key(other))

    def noticed() -> FetchResult | None:
        # As five minutes later: by then what was heard last is looked at again.
        result = look(channel_settings, cursor, at=now() + timedelta(minutes=6))
        edited = any(item.text == "the lamp is broken" for item in result.items)
        return result if edited and result.gone else None

    result = until(noticed)

    assert result.gone == [other]
    assert [item.text for item in result.items if item.external_id == uri] == ["the lamp is broken"]
    with pytest.raises(PermanentFailure):
        CONNECTOR.send(channel_settings, answer_to(other))


def test_thread_that_does_not_take_answers_is_left_alone(anna, us, network, channel_settings):
    uri = say(anna, "nobody may answer", us)
    heard(channel_settings, uri)
    account = network.accounts[anna._session.handle]
    gate = {"$type": "app.bsky.feed.threadgate", "post": uri, "allow": [], "createdAt": now().isoformat()}
    place = {"repo": account.did, "collection": "app.bsky.feed.threadgate", "rkey": record_key(uri)}
    account.call("com.atproto.repo.putRecord", place | {"record": gate})

    def refused() -> str:
        try:
            CONNECTOR.send(channel_settings, answer_to(uri, key=key))
        except PermanentFailure as failure:
            return str(failure)
        us.delete(record_key(CONNECTOR.look(channel_settings, key).external_id))
        return ""

    key = uuid4()
    assert until(refused) == "Whoever began this thread does not let us answer in it."


def test_answer_sent_twice_and_at_once_is_one_post(anna, us, channel_settings):
    uri = say(anna, "is anybody there?", us)
    heard(channel_settings, uri)
    reply = answer_to(uri)
    sent: list[str] = []
    threads = [
        threading.Thread(target=lambda: sent.append(CONNECTOR.send(channel_settings, reply).external_id))
        for _n in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    again = CONNECTOR.send(channel_settings, reply)
    overtaking = CONNECTOR.send(channel_settings, answer_to(uri, "Another text.", key=reply.key))

    records = us.call("com.atproto.repo.listRecords", repo=us.did, collection="app.bsky.feed.post")["records"]
    assert sent == [again.external_id] * 4
    assert overtaking.external_id == again.external_id
    assert [(record["uri"], record["value"]["text"]) for record in records] == [(sent[0], "We are on our way.")]
    assert CONNECTOR.look(channel_settings, reply.key).external_id == sent[0]
    CONNECTOR.remove(channel_settings, OutgoingChange(uuid4(), sent[0]))
    assert CONNECTOR.look(channel_settings, reply.key) is None


def test_longest_answer_is_taken_and_a_longer_one_is_not(anna, us, channel_settings):
    uri = say(anna, "tell me more", us)
    heard(channel_settings, uri)
    longest = "\N{LATIN SMALL LETTER A}\N{COMBINING DIAERESIS}" * 300

    CONNECTOR.send(channel_settings, answer_to(uri, longest))
    with pytest.raises(PermanentFailure):
        CONNECTOR.send(channel_settings, answer_to(uri, longest + "a"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What our connector asks the network for, in its order."""
    methods: list[str] = []
    ask = Service._ask

    def noting(self: Service, verb: str, method: str, **told: Any) -> Any:
        methods.append(method.rsplit(".", 1)[1])
        return ask(self, verb, method, **told)

    monkeypatch.setattr(Service, "_ask", noting)
    return methods


def test_forty_looks_sign_in_once(channel_settings, asked):
    settings = {name: channel_settings[name] for name in ("handle", "app_password", "service")}
    cursor: dict[str, object] = {}
    for _n in range(40):
        settings |= CONNECTOR.renew(settings, at=now())
        cursor = CONNECTOR.fetch(settings, cursor, at=now()).cursor

    assert (asked.count("createSession"), asked.count("refreshSession")) == (1, 0)


def test_session_is_refreshed_and_a_revoked_one_made_anew(us, channel_settings, asked):
    near_the_end = now() + timedelta(minutes=115)

    refreshed = channel_settings | CONNECTOR.renew(channel_settings, at=near_the_end)
    Account(us.url, us.did, us.handle, str(refreshed["refresh"])).call("com.atproto.server.deleteSession", {})
    anew = refreshed | CONNECTOR.renew(refreshed, at=near_the_end)

    assert asked == ["refreshSession", "refreshSession", "createSession"]
    assert look(anew).is_complete is True


def test_wrong_and_revoked_passwords_are_told_apart_from_trouble(us, channel_settings):
    entered = {name: channel_settings[name] for name in ("handle", "app_password", "service")}
    with pytest.raises(AuthorisationFailure):
        CONNECTOR.renew(entered | {"app_password": "wrong"}, at=now())

    us.call("com.atproto.server.revokeAppPassword", {"name": "Socialhub"})
    with pytest.raises(AuthorisationFailure):
        CONNECTOR.renew(entered, at=now())
    with pytest.raises(AuthorisationFailure):
        CONNECTOR.renew(channel_settings, at=now() + timedelta(minutes=115))


def test_bad_token_is_renewed_before_the_next_look(channel_settings):
    bad = channel_settings | {"access": f"{channel_settings['access']}x"}

    with pytest.raises(TemporaryFailure):
        look(bad)
    renewed = bad | CONNECTOR.renew(bad, at=now())

    assert look(renewed).is_complete is True


def test_too_many_sign_ins_wait_until_the_limit_is_reset(us, settings):
    settings.ALLOWED_INTERNAL_HOSTS = ["localhost"]
    entered = {"handle": us.handle, "app_password": us.app_password(), "service": us.url}

    for _n in range(30):
        CONNECTOR.renew(entered, at=now())
    with pytest.raises(RateLimited) as refusal:
        CONNECTOR.renew(entered, at=now())

    assert 200 < refusal.value.retry_after <= 300


def test_budget_is_what_the_service_says(channel_settings):
    budget = look(channel_settings).budget

    assert budget is not None
    assert (budget.of, 0 < budget.left < 3000) == (3000, True)
    assert timedelta(0) < budget.resets_at - now() <= timedelta(minutes=5)


def test_check_says_who_we_are(us, channel_settings):
    assert CONNECTOR.check(channel_settings) == f"Signed in as @{us.handle}, which 0 accounts follow."


def test_every_mention_is_heard_once_though_lines_break(anna, us, channel_settings, monkeypatch):
    monkeypatch.setattr(looking, "PAGE", 10)
    said = {say(anna, f"number {n}", us) for n in range(60)}
    until(lambda: len(anna.app.bsky.feed.search_posts({"q": f"@{us.handle}", "limit": 100}).posts) == 60)
    heard_uris: list[str] = []
    cursor: dict[str, object] = {}
    breaks = 0
    with Line(us.url) as line:
        settings = channel_settings | {"service": line.url}
        for n in range(200):
            # Every third look meets a line that breaks off in the middle of an answer, or nobody at all.
            line.most_bytes = (700, 0, 5000)[n // 3 % 3] if n % 3 == 1 else None
            try:
                result = CONNECTOR.fetch(settings, cursor, at=now())
            except TemporaryFailure:
                breaks += 1
                continue
            cursor = result.cursor
            heard_uris += [item.external_id for item in result.items if not item.is_ours]
            if result.is_complete:
                break

    assert set(heard_uris) == said
    assert breaks > 2
