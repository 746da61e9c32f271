import json
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.utils import translation

from listening.models import Coverage, Gap, Mention, MentionVersion, SetAside, WebhookCall
from listening.services import ingest, webhooks
from tests.factories.teams import NOON
from tests.support.race import race
from tests.support.signing import webhook_channel

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(seconds=3)


def came(channel, data, *, at=NOON, number=[0]):  # noqa: B006 - counts the calls of all tests
    number[0] += 1
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return WebhookCall.objects.create(channel=channel, event_id=f"id:{number[0]}", body=body, received_at=at)


def said(external_id, text="The power is out."):
    return {"external_id": external_id, "text": text}


def reasons():
    return [str(row.problem) for row in SetAside.objects.order_by("pk")]


def test_what_was_said_is_stored_once_and_the_call_is_done():
    channel = webhook_channel()
    call = came(channel, {"mentions": [said("1"), said("2")]})

    assert webhooks.read_calls(channel_id=channel.pk, at=LATER) == 1
    assert webhooks.read_calls(channel_id=channel.pk, at=LATER) == 0

    call.refresh_from_db()
    assert (call.read_at, str(call.outcome)) == (LATER, "2 heard")
    assert list(Mention.objects.order_by("external_id").values_list("external_id", "heard_at")) == [
        ("1", NOON),
        ("2", NOON),
    ]


def test_one_bad_mention_is_set_aside_by_name_and_the_others_are_kept():
    channel = webhook_channel()
    bad = {"external_id": "2", "text": ["The"]}
    call = came(channel, {"mentions": [said("1"), bad, said("3", "  "), said("4")]})

    webhooks.read_calls(channel_id=channel.pk, at=LATER)

    call.refresh_from_db()
    assert sorted(Mention.objects.values_list("external_id", flat=True)) == ["1", "4"]
    assert reasons() == [
        "mentions[1].text: a text is expected.",
        "mentions[2]: It has neither text nor a title.",
    ]
    assert json.loads(SetAside.objects.order_by("pk").first().raw) == bad
    assert str(call.outcome) == "2 heard; 2 set aside"
    with translation.override("de"):
        assert str(call.outcome) == "2 gehört; 2 beiseitegelegt"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The call is not JSON."),
        (b"hello", "The call is not JSON."),
        (b"\xff\xfe", "The call is not written in UTF-8."),
        (b'{"a": ' + b"9" * 5000 + b"}", "The call is not JSON."),
        (b"[" * 100_000, "The JSON of the call is nested too deeply."),
        (b"[" * 60 + b"]" * 60, "The JSON of the call is nested too deeply."),
        (b"null", "The call holds neither an object nor a list."),
        (b'"\\u0000\\ud800"', "The call holds neither an object nor a list."),
    ],
)
def test_a_call_that_cannot_be_read_never_stops_the_others(body, reason):
    channel = webhook_channel()
    came(channel, said("1"))
    came(channel, body)
    came(channel, said("2"))

    assert webhooks.read_calls(channel_id=channel.pk, at=LATER) == 3

    assert sorted(Mention.objects.values_list("external_id", flat=True)) == ["1", "2"]
    assert reasons() == [reason]
    assert not WebhookCall.objects.filter(read_at=None).exists()


def test_a_mistake_of_ours_costs_one_call():
    channel = webhook_channel()
    came(channel, said("1"))
    came(channel, said("2"))

    with mock.patch.object(ingest, "store_items", side_effect=[KeyError("x"), ingest.Stored()]):
        webhooks.read_calls(channel_id=channel.pk, at=LATER)

    assert reasons() == ["Socialhub could not read this call (KeyError)."]
    assert not WebhookCall.objects.filter(read_at=None).exists()


def test_a_database_that_is_away_leaves_everything_for_later():
    channel = webhook_channel()
    came(channel, said("1"))

    with mock.patch.object(ingest, "store_items", side_effect=OperationalError), pytest.raises(OperationalError):
        webhooks.read_calls(channel_id=channel.pk, at=LATER)

    assert WebhookCall.objects.get().read_at is None
    assert not SetAside.objects.exists()
    assert webhooks.read_calls(channel_id=channel.pk, at=LATER) == 1
    assert Mention.objects.count() == 1


def test_a_later_call_edits_and_deletes():
    channel = webhook_channel()
    came(channel, said("1"))
    came(channel, said("1", "The power is back."))
    came(channel, {"gone": ["1", "\x00", "\ud800"]}, at=LATER)

    webhooks.read_calls(channel_id=channel.pk, at=LATER)

    mention = Mention.objects.get()
    assert (mention.text, mention.deleted_at) == ("The power is back.", LATER)
    assert MentionVersion.objects.get().text == "The power is out."


def test_a_notice_gives_way_to_the_words_whichever_comes_first():
    channel = webhook_channel(mapping="meta")
    notice = {
        "object": "instagram",
        "entry": [{"id": "9", "changes": [{"field": "mentions", "value": {"media_id": "5", "comment_id": "17"}}]}],
    }
    words = {"id": "17", "text": "Hej @nordlys", "username": "anna", "timestamp": "2026-03-04T11:59:00+0000"}

    for data, expected in (
        (notice, "[Meta tells that somebody mentioned us here, and not what they said.]"),
        (words, "Hej @nordlys"),
        (notice, "Hej @nordlys"),
    ):
        came(channel, data)
        webhooks.read_calls(channel_id=channel.pk, at=LATER)
        assert Mention.objects.get().text == expected


def test_what_is_no_mention_is_noted_and_ignored():
    channel = webhook_channel(mapping="x")
    call = came(channel, {"for_user_id": "1", "favorite_events": [{}], "follow_events": [{}]})

    webhooks.read_calls(channel_id=channel.pk, at=LATER)

    call.refresh_from_db()
    assert str(call.outcome) == "ignored: favorite_events, follow_events"
    assert not SetAside.objects.exists()


def test_a_channel_counts_as_heard_from_call_to_call():
    channel = webhook_channel(last_error="Before.", failure_count=3)
    evening = NOON + timedelta(hours=9)
    for at in (NOON, evening):
        came(channel, said(at.isoformat()), at=at)
        webhooks.read_calls(channel_id=channel.pk, at=at)

    channel.refresh_from_db()
    heard = Coverage.objects.get()
    assert (channel.last_success_at, channel.last_error, channel.failure_count) == (evening, "", 0)
    assert (heard.heard_from, heard.heard_until) == (NOON, evening)
    assert not Gap.objects.exists()


def test_more_calls_than_are_read_at_once_are_read():
    channel = webhook_channel()
    for number in range(webhooks.BATCH * 2 + 1):
        came(channel, said(str(number)))

    assert webhooks.read_calls(channel_id=channel.pk, at=LATER) == webhooks.BATCH * 2 + 1
    assert Mention.objects.count() == webhooks.BATCH * 2 + 1


def test_the_sweep_finds_what_lost_its_wake_up(django_capture_on_commit_callbacks):
    channel = webhook_channel()
    came(channel, said("1"))
    came(channel, said("2"))
    came(webhook_channel(), said("3"), at=NOON + timedelta(seconds=4))
    done = came(webhook_channel(), said("4"))
    WebhookCall.objects.filter(pk=done.pk).update(read_at=NOON)

    with (
        mock.patch("celery.Celery.send_task") as send_task,
        django_capture_on_commit_callbacks(execute=True),
    ):
        webhooks.sweep(at=NOON + timedelta(seconds=6))

    send_task.assert_called_once_with("listening.read_webhook_calls", kwargs={"channel_id": channel.pk}, retry=False)


def test_the_body_goes_after_a_month_read_or_not_and_the_row_stays():
    channel = webhook_channel()
    old, recent = came(channel, said("1")), came(channel, said("2"), at=NOON + timedelta(days=1))
    webhooks.read_calls(channel_id=channel.pk, at=LATER)
    unread, waiting = came(channel, said("3")), came(channel, said("4"), at=NOON + timedelta(days=1))
    late = NOON + timedelta(days=30, seconds=1)

    webhooks.sweep(at=late)

    bodies = {call.pk: bool(bytes(call.body)) for call in WebhookCall.objects.all()}
    assert bodies == {old.pk: False, recent.pk: True, unread.pk: False, waiting.pk: True}
    unread.refresh_from_db()
    assert (unread.read_at, str(unread.outcome)) == (late, "not read in time")
    assert webhooks.read_calls(channel_id=channel.pk, at=late) == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_readers_at_once_store_each_call_once():
    channel = webhook_channel()
    for number in range(30):
        came(channel, said(str(number)))

    counts = race(*[lambda: webhooks.read_calls(channel_id=channel.pk, at=LATER)] * 4)

    assert sum(counts) == 30
    assert Mention.objects.count() == 30
