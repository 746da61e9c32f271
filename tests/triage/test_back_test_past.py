import json
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from listening.models import AuthorList, AuthorListEntry, Mention, Spike
from listening.services import ingest
from policies.services import reading
from teams.models import Organisation
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory
from tests.factories.teams import NOON, OrganisationFactory
from tests.support.hearing import hear, said
from triage.models import Conversation
from triage.services.arriving import intake
from triage.services.arriving.facts import company_zone
from triage.services.arriving.opening import suggestion_data
from triage.services.back_tests import past as past

SAYINGS = (
    "The power is out in our street",
    "My order 12345 has not arrived, this is a scandal",
    "You are wonderful, thank you so much",
    "Is the heating free of charge?",
    "Scam! I call the paper",
    "Press question about your tariffs",
)
RULES = (
    ({"words": ["power is out", "outage"]}, {"priority": 1, "department": "grid"}),
    ({"pattern": r"order \d{4,}"}, {"disposition": "customer_service", "department": "care", "visibility": "private"}),
    ({"author": ["press"]}, {"disposition": "public_response", "points": 20}),
    ({"earlier": {"at_least": 2}}, {"points": 10, "tags": ["knows us"]}),
    ({"days_since": {"below": 1}}, {"points": 5}),
    ({"spike": True}, {"points": 15}),
    ({"office_hours": False}, {"points": -10}),
    ({"stream": ["our troubles"], "not": {"sentiment": {"at_least": 0}}}, {"points": 7}),
    ({"time": {"days": ["sat", "sun"]}}, {"tags": ["weekend"]}),
    ({"list": ["angry"]}, {"disposition": "public_response", "department": "press"}),
    ({"sentiment": {"at_least": 0.6}}, {"disposition": "no_response"}),
    ({"reach": {"at_least": 1000}}, {"points": 20}),
)


@pytest.fixture
def in_force(db):
    OrganisationFactory(time_zone="Europe/Copenhagen")
    Organisation.objects.update(week={day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
    version = PolicyVersionFactory()
    version.word_lists.create(slug="angry", name="Angry", words=["scam", "scandal"])
    clause = ClauseFactory(version=version)
    for position, (condition, outcome) in enumerate(RULES):
        RuleFactory(clause=clause, position=position, name=f"r{position}", condition=condition, outcome=outcome)
    version.state, version.in_force_from = "in_force", NOON
    version.save(update_fields=["state", "in_force_from"])
    return version


@pytest.fixture
def months(in_force):
    """Conversations of some weeks, about everything that a rule can look at; a third edited afterwards."""
    channel = ChannelFactory(name="Our page")
    papers = AuthorList.objects.create(name="Papers", kind="press")
    AuthorListEntry.objects.create(author_list=papers, value="dora")
    StreamFactory(name="Our troubles", any_terms=["power", "scandal"])
    people = ("anna", "bert", "cleo", "dora", "emil", "finn", "gina", "hans", "iris", "jens", "kaja")
    everybody = list(enumerate(product(people, SAYINGS * 5)))
    for first in range(0, len(everybody), 3):
        at = NOON + timedelta(hours=7 * first // 3)
        if first == 90:
            spike = Spike.objects.create(channel=channel, since=at, count=100, usual=2)
        if first == 150:
            Spike.objects.filter(pk=spike.pk).update(until=at)
        together = everybody[first : first + 3]
        items = [
            said(str(number), f"{text} {number}", author=author, author_reach=100 * number if number % 4 else None)
            for number, (author, text) in together
        ]
        hear(channel, *items, at=at)
        # An edit, as the connector hands it over again.
        number, (author, _text) = together[0]
        ingest.store_items(
            channel=channel,
            items=[said(str(number), "Never mind, all is well", author=author)],
            at=at + timedelta(minutes=5),
        )
    return NOON, NOON + timedelta(days=400)


def everything(period):
    begin, end, _total = past.stretch(past.Period(*period))
    found, next_id = [], begin
    while next_id < end:
        batch, next_id = past.read_batch(
            next_id=next_id, end_id=end, period=past.Period(*period), zone=company_zone(), at=period[1], limit=50
        )
        found += batch
    return found


def differing(version, found):
    policy = reading.read_policy(version.pk)
    return [one.conversation_id for one in found if kept(policy, one.facts) != one.suggestion]


def kept(policy, facts):
    """Return a suggestion as it comes back from the table."""
    data = suggestion_data(policy.suggest(facts))
    return json.loads(json.dumps(data))


def test_the_version_in_force_decides_the_past_as_it_did_live(in_force, months):
    found = everything(months)

    assert len(found) == Conversation.objects.count() == 330
    assert differing(in_force, found) == []
    # Each rule had its say somewhere, or the test would show little.
    spoken = {reason["rule"] for one in found for reason in one.suggestion.get("because", [])}
    assert spoken == {f"r{position}" for position in range(len(RULES))}
    assert Mention.objects.filter(edited_at__isnull=False).count() == 110


def test_it_would_show_if_the_past_were_read_as_it_is_today(in_force, months):
    # What a careless back-test would see: what mentions say by now, and nobody's history.
    found = everything(months)
    today = dict(Conversation.objects.values_list("pk", "entries__mention__text"))
    careless = [one for one in found if one.facts.text != today[one.conversation_id]]

    assert len(careless) == 110
    changed = differing(in_force, [_with(one, text=today[one.conversation_id]) for one in found])
    forgotten = differing(in_force, [_with(one, earlier=0, days_since=None) for one in found])
    assert (len(changed) > 50, len(forgotten) > 200) == (True, True)


def _with(one, **facts):
    return replace(one, facts=replace(one.facts, **facts))


def test_a_conversation_of_before_facts_were_kept_is_read_as_far_as_it_is_known(in_force, months):
    first = Conversation.objects.order_by("pk").first()
    Conversation.objects.filter(pk=first.pk).update(facts={}, language="da", sentiment=0.25)

    one = everything(months)[0]

    assert (one.conversation_id, one.is_whole) == (first.pk, False)
    assert (one.facts.text, one.facts.language, one.facts.sentiment) == (f"{SAYINGS[0]} 0", "da", 0.25)


def test_the_period_begins_with_its_first_moment_and_ends_before_its_last(in_force):
    channel = ChannelFactory()
    for number in range(3):
        hear(channel, said(str(number), f"Number {number}"), at=NOON + timedelta(hours=number))

    found = everything((NOON + timedelta(hours=1), NOON + timedelta(hours=2)))

    assert [one.facts.text for one in found] == ["Number 1"]


def test_an_edit_before_the_conversation_began_is_what_the_rules_saw(in_force):
    channel = ChannelFactory()
    ingest.store_items(channel=channel, items=[said("1", "First words")], at=NOON)
    ingest.store_items(channel=channel, items=[said("1", "Second words")], at=NOON + timedelta(seconds=5))
    intake.take_in_mentions(at=NOON + timedelta(seconds=9))
    hear(channel, said("1", "Third words"), at=NOON + timedelta(minutes=1))

    (one,) = everything((NOON, NOON + timedelta(days=1)))

    assert one.facts.text == "Second words"


@pytest.mark.parametrize("window", [1, 3, 20_000])
def test_a_stretch_has_every_conversation_of_the_period_and_few_others(in_force, window, monkeypatch):
    monkeypatch.setattr(past, "WINDOW", window)
    channel = ChannelFactory()
    for number in range(40):
        # Two at a time, of which the second began a little before the first.
        at = NOON + timedelta(days=number // 2, minutes=-30 * (number % 2))
        hear(channel, said(str(number), f"Number {number}"), at=at)
    period = past.Period(NOON + timedelta(days=4, hours=-1), NOON + timedelta(days=7, hours=-1))

    begin, end, total = past.stretch(period)

    found = everything((period.since, period.until))
    assert [one.facts.text for one in found] == [f"Number {number}" for number in range(8, 14)]
    assert total == 6
    ids = list(Conversation.objects.order_by("pk").values_list("pk", flat=True))
    assert begin <= ids[8]
    assert end > ids[13]
    if window < 20_000:
        assert (begin >= ids[8] - 2 * window - 1, end <= ids[13] + 2 * window + 2) == (True, True)


def test_there_is_nothing_to_try_before_anything_was_heard(in_force):
    assert past.stretch(past.Period(NOON, NOON + timedelta(days=1))) == (0, 0, 0)
