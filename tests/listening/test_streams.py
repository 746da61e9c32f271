from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest

from listening.models import Mention, Stream, StreamDay, StreamMatch
from listening.services import channels, fetching, ingest, matching, streams
from teams.models import AuditEntry, Notification
from teams.roles import Role
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory, StreamFactory
from tests.factories.teams import NOON, AppointmentFactory, UserFactory
from tests.support.hearing import said

TODAY = NOON.date()


@pytest.fixture
def channel(db):
    return ChannelFactory()


@pytest.fixture
def owner(db):
    return AppointmentFactory(role=Role.TRIAGE_OWNER).user


def hear(channel, *texts: str, at=NOON, language: str = "en", **more) -> None:
    count = Mention.objects.count()
    items = [replace(said(str(count + n), text, **more), language=language) for n, text in enumerate(texts)]
    ingest.store_items(channel=channel, items=items, at=at)


def matched(stream: Stream) -> list[str]:
    return list(stream.matches.order_by("mention").values_list("mention__text", flat=True))


def wanted(owner, **changes) -> streams.Wanted:
    return streams.Wanted(
        **{
            "name": "Our name",
            "purpose": "name",
            "any_terms": ["tavolund"],
            "owner": owner,
            "reason": "To answer.",
            "review_on": TODAY + timedelta(days=180),
            **changes,
        }
    )


def test_what_is_stored_is_matched_and_counted(channel):
    stream, other = StreamFactory(), StreamFactory(any_terms=["lamp", "#deal"])

    hear(channel, "Tavolund has a lamp", "Nothing", "My tavolund")
    hear(channel, "#deal")

    assert matched(stream) == ["Tavolund has a lamp", "My tavolund"]
    assert matched(other) == ["Tavolund has a lamp", "#deal"]
    assert list(StreamDay.objects.order_by("stream").values_list("stream", "day", "count")) == [
        (stream.pk, TODAY, 2),
        (other.pk, TODAY, 2),
    ]


def test_the_same_item_again_is_counted_once(channel):
    stream = StreamFactory()
    items = [said("1", text="Tavolund"), said("1", text="Tavolund")]

    for _ in range(2):
        ingest.store_items(channel=channel, items=items, at=NOON)

    assert matched(stream) == ["Tavolund"]
    assert StreamDay.objects.get().count == 1


def test_what_we_say_is_not_matched(channel):
    stream = StreamFactory()

    hear(channel, "We are Tavolund", ours=True)

    assert matched(stream) == []


def test_an_edit_is_matched_again(channel):
    stream, other, paused = StreamFactory(), StreamFactory(any_terms=["lamp"]), StreamFactory(any_terms=["desk"])
    ingest.store_items(channel=channel, items=[said("1", text="A tavolund desk")], at=NOON)
    Stream.objects.filter(pk=paused.pk).update(is_paused=True)

    ingest.store_items(channel=channel, items=[said("1", text="A lamp")], at=NOON + timedelta(days=1))

    assert [matched(one) for one in (stream, other, paused)] == [[], ["A lamp"], ["A lamp"]]
    assert dict(StreamDay.objects.filter(stream=other).values_list("day", "count")) == {TODAY + timedelta(days=1): 1}


def test_language_and_channel_count(channel):
    german, here = StreamFactory(languages=["de"]), StreamFactory()
    here.channels.add(ChannelFactory())

    hear(channel, "Tavolund", language="en")
    hear(channel, "Tavolund!", language="de")

    assert (matched(german), matched(here)) == (["Tavolund!"], [])


@pytest.mark.parametrize("change", ["add", "change", "name channel", "pause", "delete"])
def test_a_change_holds_from_the_next_batch_on(channel, owner, change):
    stream = StreamFactory()
    hear(channel, "Tavolund one")

    if change == "add":
        stream = StreamFactory(any_terms=["one", "two"])
    elif change == "change":
        streams.change_stream(stream_id=stream.pk, wanted=wanted(owner, any_terms=["two"]), actor=owner, at=NOON)
    elif change == "name channel":
        stream.channels.add(ChannelFactory())
    elif change == "pause":
        streams.pause_stream(stream_id=stream.pk, actor=owner, at=NOON)
    else:
        streams.delete_stream(stream_id=stream.pk, actor=owner, at=NOON)
    hear(channel, "Tavolund two", "Two")

    expected = {
        "add": ["Tavolund two", "Two"],
        "change": ["Tavolund one", "Tavolund two", "Two"],
        "name channel": ["Tavolund one"],
        "pause": ["Tavolund one"],
        "delete": [],
    }
    assert matched(stream) == expected[change]


def test_without_streams_storing_costs_one_query(channel, django_assert_num_queries):
    with django_assert_num_queries(1):
        matching.match_stored(channel_id=channel.pk, fresh=[(1, "Tavolund", "en")], at=NOON)


def test_streams_are_compiled_once_until_one_changes(channel, django_assert_num_queries):
    stream = StreamFactory(any_terms=["nothing"])
    matching.match_stored(channel_id=channel.pk, fresh=[], at=NOON)

    with django_assert_num_queries(1):
        matching.match_stored(channel_id=channel.pk, fresh=[(1, "Tavolund", "en")], at=NOON)
    Stream.objects.filter(pk=stream.pk).update(name="Other")
    with django_assert_num_queries(3):
        matching.match_stored(channel_id=channel.pk, fresh=[(1, "Tavolund", "en")], at=NOON)


def test_the_owner_is_told_once_when_a_day_is_nearly_full(channel, owner):
    stream = StreamFactory(name="Our name", owner=owner, daily_limit=5)

    hear(channel, *["Tavolund"] * 3)
    assert not Notification.objects.exists()
    hear(channel, "Tavolund")
    hear(channel, "Tavolund", "Tavolund")

    told = Notification.objects.get(medium="page")
    assert (told.user, told.kind, told.path, told.subject) == (
        owner,
        "stream_limit",
        f"/streams/{stream.pk}/",
        "Our name: 4 of 5 today. At 5, channels stop searching for it.",
    )
    assert (StreamDay.objects.get().count, StreamDay.objects.get().warned_at) == (6, NOON)
    hear(channel, *["Tavolund"] * 9, at=NOON + timedelta(days=1))
    assert list(Notification.objects.filter(medium="page").order_by("pk").values_list("subject", flat=True))[1:] == [
        "Our name: 9 of 5 today. Channels search for it again tomorrow."
    ]


def test_administrators_are_told_when_the_owner_has_left(channel):
    administrator = AppointmentFactory(role=Role.ADMINISTRATOR).user
    StreamFactory(owner=UserFactory(is_active=False), daily_limit=1)

    hear(channel, "Tavolund")

    assert Notification.objects.get(medium="page").user == administrator


@pytest.mark.parametrize("act", ["add", "change", "resume"])
def test_channels_that_search_look_soon(owner, act, monkeypatch):
    at_four = NOON + timedelta(hours=4)
    later = {"kind": "hackernews", "next_fetch_at": at_four, "last_success_at": NOON}
    here, elsewhere, feed = (
        ChannelFactory(**later),
        ChannelFactory(**later),
        ChannelFactory(**{**later, "kind": "feed"}),
    )
    paused = ChannelFactory(**later, is_paused=True)
    stream = StreamFactory(is_paused=True)
    stream.channels.add(here, feed)
    looked = []
    monkeypatch.setattr(channels, "look_soon", looked.append)

    if act == "resume":
        streams.resume_stream(stream_id=stream.pk, actor=owner, at=NOON)
    elif act == "change":
        streams.change_stream(stream_id=stream.pk, wanted=wanted(owner, channels=[here, feed]), actor=owner, at=NOON)
    else:
        streams.add_stream(wanted=wanted(owner, channels=[here, feed]), actor=owner, at=NOON)

    for channel in (here, elsewhere, feed, paused):
        channel.refresh_from_db()
    assert looked == [here.pk]
    assert [channel.next_fetch_at for channel in (here, elsewhere, feed, paused)] == [NOON, at_four, at_four, at_four]


def test_a_look_that_knew_nothing_of_the_stream_is_followed_by_another(owner, monkeypatch):
    channel = ChannelFactory(kind="hackernews", next_fetch_at=NOON)
    hurried = mock.Mock()
    monkeypatch.setattr(channels, "fetch_now", mock.Mock(side_effect=channels.LookedAtNow("Now.")))
    monkeypatch.setattr(fetching, "hurry", hurried)

    streams.add_stream(wanted=wanted(owner), actor=owner, at=NOON)

    hurried.assert_called_once_with(channel_id=channel.pk, at=NOON)


def test_channels_search_for_the_streams_that_listen_there(channel):
    everywhere, here, elsewhere = StreamFactory(), StreamFactory(no_terms=["job"], languages=["en"]), StreamFactory()
    here.channels.add(channel)
    elsewhere.channels.add(ChannelFactory())
    StreamFactory(is_paused=True)

    searches = matching.searches_for(channel_id=channel.pk, at=NOON)

    blank = {"any_terms": ["tavolund"], "all_terms": [], "no_terms": [], "languages": []}
    assert searches == [
        {**blank, "stream": everywhere.pk},
        {**blank, "stream": here.pk, "no_terms": ["job"], "languages": ["en"]},
    ]


def test_a_full_stream_is_not_searched_for_until_tomorrow_and_still_matched(channel, owner):
    stream = StreamFactory(daily_limit=2, owner=owner)
    hear(channel, "Tavolund", "Tavolund")

    assert matching.searches_for(channel_id=channel.pk, at=NOON) == []
    assert len(matching.searches_for(channel_id=channel.pk, at=NOON + timedelta(days=1))) == 1
    hear(channel, "Tavolund")
    assert StreamDay.objects.get().count == len(matched(stream)) == 3


def test_a_new_stream_finds_what_was_heard_lately(channel, owner):
    ingest.store_items(channel=channel, items=[said("early", text="Tavolund")], at=NOON - timedelta(days=1))
    hear(channel, "Tavolund", "Other", "Tavolund")
    hear(channel, "Tavolund of ours", ours=True)

    stream = streams.add_stream(wanted=wanted(owner, daily_limit=2), actor=owner, at=NOON)

    assert matched(stream) == ["Tavolund"] * 3
    assert dict(stream.days.values_list("day", "count")) == {TODAY: 2, TODAY - timedelta(days=1): 1}
    assert not Notification.objects.exists()


def test_a_stream_is_added_with_what_was_wanted(channel, owner):
    stream = streams.add_stream(
        wanted=wanted(owner, all_terms=["lamp"], no_terms=["job"], languages=["en"], channels=[channel], daily_limit=9),
        actor=owner,
        at=NOON,
    )

    stream.refresh_from_db()
    assert (stream.name, stream.purpose, stream.owner, stream.reason, stream.daily_limit, stream.created_at) == (
        "Our name",
        "name",
        owner,
        "To answer.",
        9,
        NOON,
    )
    assert (stream.any_terms, stream.all_terms, stream.no_terms) == (["tavolund"], ["lamp"], ["job"])
    assert (stream.languages, list(stream.channels.all())) == (["en"], [channel])
    assert AuditEntry.objects.get().verb == "stream.added"


@pytest.mark.parametrize("act", ["add", "change"])
def test_a_name_is_given_once(owner, act):
    StreamFactory(name="OUR NAME")
    other = StreamFactory(name="Other")

    adds = partial(streams.add_stream, wanted=wanted(owner), actor=owner, at=NOON)
    changes = partial(streams.change_stream, stream_id=other.pk, wanted=wanted(owner), actor=owner, at=NOON)

    with pytest.raises(streams.StreamNameTaken):
        {"add": adds, "change": changes}[act]()

    assert sorted(Stream.objects.values_list("name", flat=True)) == ["OUR NAME", "Other"]
    assert not AuditEntry.objects.exists()


def test_pausing_twice_is_noted_once(owner):
    stream = StreamFactory()

    for _ in range(2):
        streams.pause_stream(stream_id=stream.pk, actor=owner, at=NOON)
    for _ in range(2):
        streams.resume_stream(stream_id=stream.pk, actor=owner, at=NOON)

    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "stream.paused",
        "stream.resumed",
    ]


def test_a_review_moves_the_date_and_is_noted(owner):
    stream = StreamFactory(review_on=TODAY)

    streams.confirm_need(stream_id=stream.pk, review_on=TODAY + timedelta(days=90), actor=owner, at=NOON)

    stream.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert stream.review_on == TODAY + timedelta(days=90)
    assert (entry.verb, entry.actor, entry.detail["review_on"]) == ("stream.reviewed", owner, "2026-06-02")


def test_a_deleted_stream_leaves_the_mentions(channel, owner):
    stream = StreamFactory()
    hear(channel, "Tavolund")

    for _ in range(2):
        streams.delete_stream(stream_id=stream.pk, actor=owner, at=NOON)

    assert Mention.objects.count() == 1
    assert not StreamMatch.objects.exists()
    assert not StreamDay.objects.exists()
    assert AuditEntry.objects.get().subject == stream.name


def test_what_is_gone_cannot_be_changed(owner):
    acts = [
        lambda: streams.change_stream(stream_id=7, wanted=wanted(owner), actor=owner, at=NOON),
        lambda: streams.pause_stream(stream_id=7, actor=owner, at=NOON),
        lambda: streams.confirm_need(stream_id=7, review_on=TODAY, actor=owner, at=NOON),
    ]

    for act in acts:
        with pytest.raises(streams.StreamGone):
            act()

    assert not AuditEntry.objects.exists()


def test_a_preview_counts_by_day_and_shows_the_newest(db):
    profile = ProfileFactory()
    for n in range(8):
        MentionFactory(profile=profile, text=f"Tavolund {n}", heard_at=NOON - timedelta(days=n % 2))
    MentionFactory(profile=profile, text="Other")
    MentionFactory(profile=profile, text="Tavolund", is_ours=True)

    found = streams.preview(matching.Query(key=0, any_terms=["tavolund"], channels={profile.channel_id}))

    assert (found.read_count, found.match_count) == (9, 8)
    assert found.days == [(TODAY - timedelta(days=1), 4), (TODAY, 4)]
    assert [mention.text for mention in found.examples] == [f"Tavolund {n}" for n in (7, 6, 5, 4, 3)]


def test_a_preview_of_nothing_reads_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        found = streams.preview(matching.Query(key=0, any_terms=["!"]))

    assert (found.read_count, found.match_count, found.days, found.examples) == (0, 0, [], [])
