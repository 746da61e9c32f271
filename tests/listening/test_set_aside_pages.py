import pytest

from listening.models import SetAside
from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory, SetAsideFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory


@pytest.fixture
def administrator(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(role=Role.ADMINISTRATOR).user


def test_what_was_set_aside_is_shown_as_it_was_received(client, administrator):
    row = SetAsideFactory(raw="<item>\n<b>One</b></item>")
    settled = SetAsideFactory(channel=row.channel, raw="settled", settled_at=NOON)
    other = SetAsideFactory(raw="of another")
    client.force_login(administrator)

    page = client.get(f"/channels/{row.channel_id}/set-aside/").content.decode()

    assert "&lt;item&gt;\n&lt;b&gt;One&lt;/b&gt;&lt;/item&gt;" in page
    assert "It has no date." in page
    assert [hidden.raw in page for hidden in (settled, other)] == [False, False]


def test_what_was_set_aside_comes_in_pages_newest_first(client, administrator):
    channel = ChannelFactory()
    rows = [SetAsideFactory(channel=channel, raw=f"item {number}.") for number in range(25)]
    client.force_login(administrator)

    first = client.get(f"/channels/{channel.pk}/set-aside/")
    second = client.get(f"/channels/{channel.pk}/set-aside/{first.context['next_url']}")

    assert [row.pk for row in [*first.context["rows"], *second.context["rows"]]] == [row.pk for row in reversed(rows)]
    assert second.context["next_url"] == ""


def test_an_administrator_is_done_with_one(client, administrator):
    row, other = SetAsideFactory.create_batch(2, channel=ChannelFactory())
    client.force_login(administrator)

    for _ in range(2):
        response = client.post(f"/channels/{row.channel_id}/set-aside/{row.pk}/settle/")
        assert response.headers["Location"] == f"/channels/{row.channel_id}/set-aside/"

    assert list(SetAside.objects.filter(settled_at=None)) == [other]


def test_what_belongs_to_another_channel_is_not_found(client, administrator):
    row = SetAsideFactory()
    client.force_login(administrator)

    response = client.post(f"/channels/{ChannelFactory().pk}/set-aside/{row.pk}/settle/")

    assert response.status_code == 404
    assert SetAside.objects.get().settled_at is None


def test_only_administrators_are_done_with_anything(client, administrator):
    row = SetAsideFactory()
    client.force_login(AppointmentFactory(role=Role.MANAGER).user)

    assert "Done with it" not in client.get(f"/channels/{row.channel_id}/set-aside/").content.decode()
    assert client.post(f"/channels/{row.channel_id}/set-aside/{row.pk}/settle/").status_code == 403
    assert SetAside.objects.get().settled_at is None
