import pytest

from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import AppointmentFactory, OrganisationFactory
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
