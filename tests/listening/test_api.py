from datetime import timedelta

import pytest

from listening.models import Gap
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory
from tests.support.api import Program

pytestmark = pytest.mark.django_db


def test_channels_tell_how_they_are_doing_and_keep_their_settings():
    OrganisationFactory()
    channel = ChannelFactory(name="News", kind="feed", options={"url": "https://example.com/?token=secret"})
    program = Program(AppointmentFactory(role=Role.MANAGER).user)

    one = program.get(f"channels/{channel.pk}/")

    assert one.json()["name"] == "News"
    assert "secret" not in one.content.decode()
    assert program.get("channels/").json()["results"] == [one.json()]


def test_channels_tell_when_they_were_not_heard_and_why():
    OrganisationFactory()
    channel = ChannelFactory()
    closed = Gap.objects.create(
        channel=channel, reason=Gap.Reason.PAUSED, began_at=NOON, ended_at=NOON + timedelta(hours=1), is_filled=True
    )
    present = Gap.objects.create(
        channel=channel, reason=Gap.Reason.NETWORK, detail="It is closed.", began_at=NOON + timedelta(hours=2)
    )
    Gap.objects.create(channel=ChannelFactory(), reason=Gap.Reason.QUOTA, began_at=NOON)
    program = Program(AppointmentFactory(role=Role.MANAGER).user)

    assert program.get(f"channels/{channel.pk}/gaps/").json()["results"] == [
        {
            "id": present.pk,
            "reason": "network",
            "detail": "It is closed.",
            "began_at": "2026-03-04T14:00:00Z",
            "ended_at": None,
            "is_filled": False,
        },
        {
            "id": closed.pk,
            "reason": "paused",
            "detail": "",
            "began_at": "2026-03-04T12:00:00Z",
            "ended_at": "2026-03-04T13:00:00Z",
            "is_filled": True,
        },
    ]


def test_gaps_of_a_channel_that_does_not_exist_are_not_found():
    OrganisationFactory()
    program = Program(AppointmentFactory(role=Role.MANAGER).user)

    assert program.get("channels/999999999/gaps/").status_code == 404
