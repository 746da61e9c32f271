from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from listening.models import AuthorList, AuthorListEntry, Mention, Person, Profile, Spike
from policies.engine.facts import Facts, names
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON
from tests.support.hearing import hear, said
from triage.models import Conversation
from triage.services.arriving import facts
from triage.services.arriving.intake import read_heard


@pytest.fixture(autouse=True)
def policy(db):
    return PolicyVersionFactory.published()


@pytest.fixture
def channel():
    return ChannelFactory(name="Our  Account")


def begin(channel, *authors, at=NOON):
    """Each author says something of their own; the conversations that this begins."""
    before = Conversation.objects.count()
    items = [said(f"{before}-{number}", f"Trouble {before} {number}", author=who) for number, who in enumerate(authors)]
    return hear(channel, *items, at=at)[before:]


def kept(conversation):
    return {name: value for name, value in conversation.facts.items() if name != "mention"}


def test_a_conversation_keeps_what_its_rules_looked_at(channel):
    (conversation,) = hear(channel, said("1", "The power is OUT"))

    mention = conversation.entries.get().mention
    assert conversation.facts["mention"] == mention.pk
    assert kept(conversation)["channel"] == sorted(names(channel.kind, "our account"))


def test_earlier_conversations_of_the_same_person_count(channel):
    begin(channel, "ann")
    second, other = begin(channel, "ann", "bob", at=NOON + timedelta(hours=12))

    assert (kept(second)["earlier"], kept(second)["days_since"]) == (1, 0.5)
    assert "earlier" not in kept(other)


def test_profiles_of_one_person_share_their_history(channel):
    elsewhere = ChannelFactory()
    begin(channel, "ann")
    begin(elsewhere, "ann@mail.example")
    Profile.objects.update(person=Person.objects.create(name="Ann", created_at=NOON))

    (third,) = begin(elsewhere, "ann@mail.example")

    assert kept(third)["earlier"] == 2


def test_of_two_conversations_begun_at_once_the_second_sees_the_first(channel):
    first, second = begin(channel, "ann", "ann")

    assert ("earlier" in kept(first), kept(second)["earlier"]) == (False, 1)


def test_lists_streams_and_spikes_are_seen(channel):
    press = AuthorList.objects.create(name="Big  Papers", kind="press")
    AuthorListEntry.objects.create(author_list=press, value="ann")
    Spike.objects.create(channel=channel, since=NOON, count=100, usual=2)
    StreamFactory(name="Our Troubles", any_terms=["trouble"])

    (conversation,) = begin(channel, "ann")

    assert kept(conversation)["streams"] == ["our troubles"]
    assert kept(conversation)["author"] == ["big papers", "press"]
    assert kept(conversation)["is_spike"] is True


def test_kept_facts_are_those_under_which_the_rules_spoke():
    zone = ZoneInfo("Europe/Copenhagen")
    given = Facts(
        text="The power is out",
        language="en",
        sentiment=-0.4019,
        reach=58_000,
        channel=names("bluesky"),
        streams=names("Our name"),
        author=names("press"),
        earlier=3,
        days_since=0.25,
        local=NOON.astimezone(zone),
        is_office_hours=False,
        is_spike=True,
        is_private=True,
    )

    again = facts.kept_facts(facts.facts_data(given, 7), text=given.text, opened_at=NOON, zone=zone)

    assert again == given
    bare = Facts(text="x", local=NOON.astimezone(zone))
    assert facts.facts_data(bare, 7) == {"mention": 7}
    assert facts.kept_facts({"mention": 7}, text="x", opened_at=NOON, zone=zone) == bare


def test_facts_cost_the_same_queries_for_one_and_for_many(channel, django_assert_num_queries):
    begin(channel, *(f"a{number % 3}" for number in range(10)))
    opening = list(read_heard(Mention.objects.values_list("pk", flat=True)).values())

    with django_assert_num_queries(5):
        facts.give_facts(opening[:1], at=NOON)
    with django_assert_num_queries(5):
        facts.give_facts(opening, at=NOON)
    assert opening[0].facts.earlier > 0
