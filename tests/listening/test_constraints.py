from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from listening.models import (
    AuthorList,
    AuthorListEntry,
    Coverage,
    Gap,
    HeardHour,
    HeardPosition,
    ImportRun,
    Mention,
    Picture,
    PracticePost,
    Profile,
    SetAside,
    Spike,
    StreamDay,
    StreamMatch,
    WebhookCall,
    WebSubscription,
)
from tests.factories.listening import ChannelFactory, MentionFactory, PictureFactory, ProfileFactory, StreamFactory
from tests.factories.teams import NOON
from tests.support.constraints import repeat

pytestmark = pytest.mark.django_db

# Each breaks one constraint, named on the left, and nothing else.
BREAKERS: list[tuple[str, Callable[[], object]]] = [
    ("listening_channel_name_once", lambda: [ChannelFactory(name="News"), ChannelFactory(name="NEWS")]),
    (
        "listening_coverage_forward",
        lambda: Coverage.objects.create(
            channel=ChannelFactory(), heard_from=NOON, heard_until=NOON - timedelta(seconds=1)
        ),
    ),
    (
        "listening_importrun_once",
        lambda: [
            ImportRun.objects.create(channel=channel, digest="d", file_name="f", started_at=NOON)
            for channel in [ChannelFactory()] * 2
        ],
    ),
    ("listening_profile_once", lambda: repeat(ProfileFactory(), Profile)),
    ("listening_mention_erased_is_empty", lambda: MentionFactory(erased_at=NOON)),
    ("listening_mention_once", lambda: repeat(MentionFactory(), Mention)),
    (
        "listening_practicepost_key",
        lambda: [
            PracticePost.objects.create(
                channel=ChannelFactory(), key="00000000-0000-0000-0000-000000000001", text="x", posted_at=NOON
            )
            for _ in range(2)
        ],
    ),
    (
        "listening_authorlist_name_once",
        lambda: [AuthorList.objects.create(name="Press"), AuthorList.objects.create(name="PRESS")],
    ),
    (
        "listening_authorlistentry_once",
        lambda: repeat(
            AuthorListEntry.objects.create(author_list=AuthorList.objects.create(name="Press"), value="ann"),
            AuthorListEntry,
        ),
    ),
    ("listening_spike_of_one", lambda: spike(channel=ChannelFactory(), stream=StreamFactory())),
    ("listening_spike_channel_once", lambda: repeat(spike(channel=ChannelFactory()), Spike)),
    ("listening_spike_stream_once", lambda: repeat(spike(stream=StreamFactory()), Spike)),
    ("listening_gap_open_once", lambda: repeat(gap(), Gap)),
    ("listening_gap_forward", lambda: gap(ended_at=NOON - timedelta(seconds=1))),
    (
        "listening_setaside_once",
        lambda: repeat(
            SetAside.objects.create(channel=ChannelFactory(), raw="{", reason="No.", digest="d", received_at=NOON),
            SetAside,
        ),
    ),
    ("listening_picture_place", lambda: repeat(PictureFactory(), Picture)),
    (
        "listening_webhookcall_once",
        lambda: repeat(
            WebhookCall.objects.create(channel=ChannelFactory(), event_id="e", body=b"{}", received_at=NOON),
            WebhookCall,
        ),
    ),
    ("listening_websubscription_lease_while_confirmed", lambda: subscription(state=WebSubscription.State.ACTIVE)),
    ("listening_websubscription_lease_while_confirmed", lambda: subscription(lease_until=NOON)),
    ("listening_stream_name_once", lambda: [StreamFactory(name="Us"), StreamFactory(name="US")]),
    (
        "listening_streammatch_once",
        lambda: repeat(StreamMatch.objects.create(stream=StreamFactory(), mention=MentionFactory()), StreamMatch),
    ),
    (
        "listening_streamday_once",
        lambda: repeat(StreamDay.objects.create(stream=StreamFactory(), day=date(2026, 3, 2)), StreamDay),
    ),
    ("listening_heardhour_of_one", lambda: HeardHour.objects.create(hour=NOON)),
    (
        "listening_heardhour_of_one",
        lambda: HeardHour.objects.create(hour=NOON, channel=ChannelFactory(), stream=StreamFactory()),
    ),
    (
        "listening_heardhour_once",
        lambda: repeat(HeardHour.objects.create(hour=NOON, channel=ChannelFactory()), HeardHour),
    ),
    (
        "listening_heardhour_once",
        lambda: repeat(HeardHour.objects.create(hour=NOON, stream=StreamFactory()), HeardHour),
    ),
    (
        "listening_heardposition_one_row",
        lambda: HeardPosition.objects.create(pk=2, mention_id=0, seen_id=0, seen_at=NOON, began_at=NOON),
    ),
]


def gap(**changed: object) -> Gap:
    """Store a time in which nobody listened."""
    return Gap.objects.create(channel=ChannelFactory(), reason=Gap.Reason.PAUSED, began_at=NOON, **changed)


def spike(**of: object) -> Spike:
    """Store that much more is said than usual."""
    return Spike.objects.create(since=NOON, count=100, usual=2, **of)


def subscription(**changed: object) -> WebSubscription:
    """Store what a hub was asked for."""
    return WebSubscription.objects.create(
        channel=ChannelFactory(), callback_id="c", hub="https://hub", topic="https://feed", ask_next_at=NOON, **changed
    )


@pytest.mark.parametrize(("name", "breaker"), BREAKERS)
def test_the_database_refuses(name, breaker):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        breaker()

    assert refused.value.__cause__.diag.constraint_name.startswith(name)


def test_every_named_constraint_is_broken_here():
    named = {
        constraint.name
        for model in apps.get_app_config("listening").get_models()
        for constraint in model._meta.constraints
    }

    assert named - {name for name, _breaker in BREAKERS} == set()
