import io
import json
from unittest import mock

import pytest
from django.test import Client

from listening.models import Channel, Mention, WebhookCall
from listening.services import webhooks
from tests.factories.teams import NOON, OrganisationFactory
from tests.support.race import race
from tests.support.signing import (
    ENDPOINT,
    FORMER,
    SECRET,
    call,
    hub_headers,
    slack_headers,
    standard_headers,
    webhook_channel,
    x_headers,
)

pytestmark = pytest.mark.django_db

SAID = {"external_id": "1", "text": "The power is out."}
REFUSAL = (404, b"There is no such address, or the signature is wrong.\n", "text/plain; charset=utf-8")


@pytest.fixture(autouse=True)
def _today(time_machine, db):
    time_machine.move_to(NOON, tick=False)
    OrganisationFactory()


@pytest.fixture
def woken():
    with mock.patch("celery.Celery.send_task") as send_task:
        yield send_task


def answered(response):
    return response.status_code, response.content, response.headers["Content-Type"]


@pytest.mark.parametrize(
    ("scheme", "sign"),
    [("standard", standard_headers), ("hub", hub_headers), ("slack", slack_headers), ("x", x_headers)],
)
def test_a_signed_call_is_stored_as_it_came_and_read_later(scheme, sign, woken, django_capture_on_commit_callbacks):
    channel = webhook_channel(scheme=scheme)
    body = json.dumps(SAID).encode()

    with django_capture_on_commit_callbacks(execute=True):
        response = call(body, sign(body))
        woken.assert_not_called()

    stored = WebhookCall.objects.get()
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert (stored.channel, bytes(stored.body), stored.received_at, stored.read_at) == (channel, body, NOON, None)
    woken.assert_called_once_with("listening.read_webhook_calls", kwargs={"channel_id": channel.pk}, retry=False)
    assert not Mention.objects.exists()


def test_nobody_can_tell_a_wrong_signature_from_a_wrong_address(woken):
    webhook_channel()

    refusals = [
        call(SAID, endpoint="another"),
        call(SAID, secret=FORMER),
        call(SAID, headers={}),
        call(SAID, headers={"webhook-signature": "é"}),
        call(b"\xff\xfe", headers={}),
        Client().get(f"/hooks/{ENDPOINT}/"),
        Client().get("/hooks/another/"),
        Client().get(f"/hooks/{ENDPOINT}/", {"crc_token": "x", "hub.mode": "subscribe", "hub.verify_token": ""}),
    ]

    assert [answered(refusal) for refusal in refusals] == [REFUSAL] * len(refusals)
    assert not WebhookCall.objects.exists()


def test_a_channel_without_a_secret_accepts_nothing():
    webhook_channel(secrets={})

    assert answered(call(SAID, secret=FORMER)) == REFUSAL
    assert not WebhookCall.objects.exists()


def test_a_channel_whose_secret_cannot_be_opened_accepts_nothing():
    channel = webhook_channel()
    Channel.objects.filter(pk=channel.pk).update(sealed="gAAAAA")

    assert answered(call(SAID)) == REFUSAL


@pytest.mark.parametrize("endpoint", ["%00", "%ff", "x" * 5000, "..", "%F0%9F%92%A1"])
def test_a_strange_address_is_no_address(endpoint):
    webhook_channel()

    assert answered(call(SAID, endpoint=endpoint))[0] == 404


def test_a_channel_of_another_kind_has_no_address():
    Channel.objects.filter(pk=webhook_channel().pk).update(kind="feed")

    assert answered(call(SAID)) == REFUSAL


def test_a_replay_is_answered_alike_and_does_nothing(woken, django_capture_on_commit_callbacks):
    webhook_channel()
    first = call(SAID)

    with django_capture_on_commit_callbacks(execute=True):
        again = call(SAID)
        other_body = call({**SAID, "text": "Another text."})

    assert answered(again) == answered(other_body) == answered(first)
    assert bytes(WebhookCall.objects.get().body) == json.dumps(SAID).encode()
    woken.assert_not_called()


@pytest.mark.parametrize(("scheme", "sign"), [("hub", hub_headers), ("x", x_headers), ("slack", slack_headers)])
def test_where_no_id_is_signed_the_body_tells_a_replay(scheme, sign, woken):
    webhook_channel(scheme=scheme)
    body, other = json.dumps(SAID).encode(), b'{"external_id": "2", "text": "No."}'

    call(body, sign(body) | {"X-GitHub-Delivery": "1"})
    call(body, sign(body) | {"X-GitHub-Delivery": "2"})
    call(other, sign(other) | {"X-GitHub-Delivery": "1"})

    assert [bytes(one.body) for one in WebhookCall.objects.order_by("pk")] == [body, other]


def test_one_call_can_come_to_two_channels(woken):
    webhook_channel()
    other = webhook_channel()
    Channel.objects.filter(pk=other.pk).update(options={**other.options, "endpoint": "the-other"})

    call(SAID)
    call(SAID, endpoint="the-other")

    assert WebhookCall.objects.count() == 2


def test_a_former_secret_is_accepted_until_it_is_ended(woken):
    webhook_channel(secrets={"secret": SECRET, "former_secret": FORMER})

    assert call(SAID, secret=FORMER, call_id="1").status_code == 200
    assert call(SAID, secret=SECRET, call_id="2").status_code == 200


@pytest.mark.parametrize(("size", "status"), [(webhooks.MOST_BYTES, 200), (webhooks.MOST_BYTES + 1, 413)])
def test_a_body_has_a_megabyte_at_most(size, status, woken):
    webhook_channel()
    body = b'"' + b"x" * (size - 2) + b'"'

    assert call(body).status_code == status
    assert WebhookCall.objects.exists() is (status == 200)


def test_a_body_that_is_declared_too_long_is_not_read():
    webhook_channel()

    with mock.patch("django.core.handlers.wsgi.WSGIRequest.read") as read:
        responses = [
            Client().post(
                f"/hooks/{ENDPOINT}/", b"x", content_type="application/json", headers={"Content-Length": length}
            )
            for length in ("1000001", "9" * 5000)
        ]

    assert [response.status_code for response in responses] == [413, 413]
    read.assert_not_called()


@pytest.mark.parametrize(("size", "status"), [(40, 200), (webhooks.MOST_BYTES + 1, 413)])
def test_a_body_may_come_in_chunks_without_a_length(size, status, woken):
    webhook_channel()
    body = b'"' + b"x" * (size - 2) + b'"'

    response = Client().generic(
        "POST",
        f"/hooks/{ENDPOINT}/",
        headers={**standard_headers(body), "Transfer-Encoding": "chunked"},
        **{"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": ""},
    )

    assert response.status_code == status
    assert WebhookCall.objects.exists() is (status == 200)


def test_a_call_that_breaks_off_is_not_stored():
    webhook_channel()

    with mock.patch("django.core.handlers.wsgi.LimitedStream.read", side_effect=OSError("gone")):
        response = call(SAID)

    assert response.status_code == 400
    assert not WebhookCall.objects.exists()


def test_a_paused_channel_asks_to_be_called_again(woken):
    webhook_channel(is_paused=True)

    response = call(SAID)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "600")
    assert answered(call(SAID, secret=FORMER)) == REFUSAL
    assert not WebhookCall.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_an_address_takes_no_other_methods(method):
    webhook_channel()

    answers = [getattr(Client(), method)(f"/hooks/{endpoint}/").status_code for endpoint in (ENDPOINT, "another")]

    assert answers == [405, 405]


def test_x_asks_and_is_answered():
    webhook_channel(scheme="x")

    response = Client().get(f"/hooks/{ENDPOINT}/", {"crc_token": "a1"})

    signed = x_headers(b"a1")["x-twitter-webhooks-signature"]
    assert (response.status_code, response.json()) == (200, {"response_token": signed})


def test_meta_asks_and_is_answered_in_plain_text():
    webhook_channel(scheme="hub", secrets={"secret": SECRET, "verify_token": "our word"})
    asked = {"hub.mode": "subscribe", "hub.verify_token": "our word", "hub.challenge": "<b>1158</b>"}

    response = Client().get(f"/hooks/{ENDPOINT}/", asked)

    assert answered(response) == (200, b"<b>1158</b>", "text/plain; charset=utf-8")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_slack_asks_with_a_signed_call_that_is_not_kept():
    webhook_channel(scheme="slack")
    body = b'{"type": "url_verification", "challenge": "3eZbrw1aB"}'

    assert call(body, slack_headers(body)).content == b"3eZbrw1aB"
    assert answered(call(body, {})) == REFUSAL
    assert not WebhookCall.objects.exists()


def test_a_call_needs_no_session_and_sets_no_cookie(woken):
    webhook_channel()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    body = json.dumps(SAID).encode()

    response = client.post(f"/hooks/{ENDPOINT}/", body, content_type="application/json", headers=standard_headers(body))

    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_the_same_call_at_once_one_is_stored(woken):
    webhook_channel()
    body = json.dumps(SAID).encode()
    headers = {name.lower(): value for name, value in standard_headers(body).items()}

    outcomes = race(*[lambda: webhooks.receive_call(endpoint=ENDPOINT, headers=headers, body=body, at=NOON).text] * 6)

    assert outcomes == ["ok\n"] * 6
    assert WebhookCall.objects.count() == 1
    assert woken.call_count == 1
