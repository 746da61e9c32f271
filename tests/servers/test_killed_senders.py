"""A hundred answers to a real fediverse server (snac2) while the workers that send them are killed."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bench.crash import variables
from bench.held import answer, make_held
from bench.killing import send_while_killing
from listening.models import Channel, Mention
from listening.services import channels
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import DepartmentFactory, MembershipFactory, UserFactory
from tests.servers.fediverse import Account
from tests.servers.snac import ADDRESS, HOST, Snac, snac
from triage.models import Event, Reply
from triage.states import ReplyState

pytestmark = [pytest.mark.timeout(900), pytest.mark.processes, pytest.mark.django_db(transaction=True)]

COUNT = 100
KILLS = 40
# An answer takes half a dozen requests there.
LONGEST_LIFE = 0.5
# What a killed worker had asked for is done by then; else a look comes two minutes later.
PAUSE = 0.5


@pytest.fixture(scope="module")
def server() -> Iterator[Snac]:
    with snac("acme", "bob") as running:
        yield running


def now() -> datetime:
    return datetime.now(UTC)


def channel_of(us: Account) -> Channel:
    """Connect the account."""
    return channels.add_channel(
        name="Our Mastodon",
        kind="mastodon",
        options={"server": f"{ADDRESS}/acme"},
        our_handles=[],
        poll_seconds=60,
        owner=UserFactory(),
        at=now(),
        entered={"token": us.token},
    )


def our_answers(us: Account, post: str) -> list[str]:
    """Return the numbers of what we said below a post, read as any application would."""
    found = us.call("GET", "/api/v2/search", params={"q": post, "type": "statuses", "resolve": "true"})["statuses"]
    thread = us.call("GET", f"/api/v1/statuses/{found[0]['id']}/context")["descendants"]
    return [one["uri"] for one in thread if one["account"]["acct"].split("@")[0] == us.name]


def test_killed_workers_send_every_answer_once_to_a_real_server(server, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [HOST]
    us, bob = server.accounts["acme"], server.accounts["bob"]
    version = PolicyVersionFactory.published()
    care = DepartmentFactory()
    agent = MembershipFactory(department=care).user
    AttestationFactory(user=agent, version=version)
    held = make_held(COUNT, channel=channel_of(us), department=care, people=[agent], at=now())
    for number, one in enumerate(held):
        # Known as it would have been heard; the server takes minutes to deliver so many to us.
        said = bob.post(f"{us.acct} lamp {number} is dark")
        Mention.objects.filter(entry__conversation=one).update(external_id=said["uri"])
        answer(one, f"We bring lamp number {number}.", version_id=version.pk, at=now())

    killed = send_while_killing(
        kills=KILLS,
        how="careful",
        at=now(),
        variables={**variables(), "ALLOWED_INTERNAL_HOSTS": HOST},
        longest_life=LONGEST_LIFE,
        pause=PAUSE,
    )

    replies = list(Reply.objects.select_related("answers", "mention").order_by("pk"))
    found = {reply.pk: our_answers(us, reply.answers.external_id) for reply in replies}
    ended = Counter(
        Event.objects.filter(kind__in=["reply_sent", "reply_uncertain", "reply_failed"]).values_list("kind")
    )
    assert len(replies) == COUNT
    assert killed >= KILLS / 2
    # It can be asked for an answer, so there is no doubt in the end.
    assert {reply.state for reply in replies} == {ReplyState.SENT}
    assert ended == {("reply_sent",): COUNT}
    assert found == {reply.pk: [reply.mention.external_id] for reply in replies}
