from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError

from listening.connectors.base import FetchResult, Rejected
from listening.models import Channel, Mention, SetAside
from listening.services import fetching, ingest
from listening.services.ingest import Stored
from socialhub.lib.told import told
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory
from tests.support.hearing import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(network) -> Channel:
    return ChannelFactory(kind="scripted", next_fetch_at=NOON, poll_seconds=60)


def test_what_cannot_be_stored_is_set_aside_and_the_rest_is_kept(channel, network):
    network.script = [
        FetchResult(
            items=[said("1"), said("2", ""), said(""), said("4", "a\x00b"), said("5")],
            rejected=[Rejected("<item/>", told("It has no date."))],
        )
    ]

    stored = fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    assert stored == Stored(new_count=2)
    assert sorted(Mention.objects.values_list("external_id", flat=True)) == ["1", "5"]
    assert [(str(row.problem), row.received_at, row.settled_at) for row in SetAside.objects.order_by("pk")] == [
        ("It has no date.", NOON, None),
        ("It has neither text nor a title.", NOON, None),
        ("It has no id, so a second copy could not be told from the first.", NOON, None),
        ("The text contains a NUL byte, which no text may contain.", NOON, None),
    ]
    assert SetAside.objects.order_by("pk").first().raw == "<item/>"


def test_what_is_told_again_is_set_aside_once(channel, network):
    answer = FetchResult(items=[said("2", "")], rejected=[Rejected("<item/>", told("It has no date."))])
    network.script = [answer, answer]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    SetAside.objects.update(settled_at=NOON)

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=1))

    assert list(SetAside.objects.values_list("received_at", "settled_at")) == [(NOON, NOON)] * 2


def test_what_is_set_aside_is_bounded_and_can_be_stored(channel, network):
    network.script = [FetchResult(rejected=[Rejected("a\x00\ud800" + "x" * 30_000, told("No \x00."))])]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    row = SetAside.objects.get()
    assert (row.raw, row.reason) == ("a\ufffd?" + "x" * 19_997, "No \ufffd.")


def test_what_the_database_refuses_is_set_aside_and_the_rest_is_kept(channel, network, monkeypatch):
    store_items = ingest.store_items

    def refuse(**given: Any) -> Stored:
        if any(item.external_id == "2" for item in given["items"]):
            raise DataError("value too long")
        return store_items(**given)

    monkeypatch.setattr(ingest, "store_items", refuse)
    network.script = [FetchResult(items=[said("1"), said("2"), said("3")], cursor={"since": 3})]

    stored = fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (stored, channel.cursor, channel.failure_count) == (Stored(new_count=2), {"since": 3}, 0)
    assert sorted(Mention.objects.values_list("external_id", flat=True)) == ["1", "3"]
    assert str(SetAside.objects.get().problem) == "The database did not take it (DataError)."


def test_what_its_author_deleted_is_gone(channel, network):
    network.script = [FetchResult(items=[said("1"), said("2")]), FetchResult(gone=["1", "unknown"])]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=1))

    assert dict(Mention.objects.values_list("external_id", "deleted_at")) == {
        "1": NOON + timedelta(minutes=1),
        "2": None,
    }


def test_why_something_was_set_aside_is_read_in_the_language_of_its_reader(client, channel, network):
    OrganisationFactory()
    reader = AppointmentFactory(role=Role.MANAGER, user__language="de").user
    network.script = [FetchResult(items=[said("2", "x" * 100_001), said("3", "a\x00b")])]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    client.force_login(reader)

    page = client.get(f"/channels/{channel.pk}/set-aside/").content.decode()

    assert "Der Inhalt von „Text“ hat 100001 Zeichen; höchstens 100000 werden behalten." in page
    assert "Der Inhalt von „Text“ enthält ein NUL-Byte, das in keinem Text stehen darf." in page
