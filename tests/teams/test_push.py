import base64
import json
import re
import threading
import time
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock
from urllib.parse import urlsplit

import httpcore
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from socialhub.lib import guarded_network
from teams import push, push_kinds, telling
from teams.models import Notification, PushKey, PushSubscription
from teams.services import notifications, pushing
from tests.factories.teams import NOON, UserFactory
from tests.support.pushing import AUTH, PushService, push_service, silent_service
from tests.support.race import SECONDS, race

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

Kind, Medium, State = Notification.Kind, Notification.Medium, Notification.State


@pytest.fixture
def service(settings):
    with push_service() as running:
        settings.ALLOWED_INTERNAL_HOSTS = [urlsplit(running.endpoint).netloc]
        with mock.patch.object(guarded_network, "trusted_authorities", return_value=running.trusted):
            yield running


@pytest.fixture
def reader():
    return UserFactory(wants_email=False)


def take_on(reader, service: PushService) -> PushSubscription:
    made = pushing.subscribe(user=reader, endpoint=service.endpoint, **service.keys, browser="Firefox", at=NOON)
    reader.refresh_from_db()
    return made


def take_on_out_of_reach(reader, service: PushService) -> None:
    endpoint = service.endpoint.replace("one-browser", "another")
    closed = endpoint.replace(urlsplit(endpoint).netloc, "127.0.0.1:9")
    pushing.subscribe(user=reader, endpoint=closed, **service.keys, browser="Edge", at=NOON)
    reader.refresh_from_db()


def tell(reader, *, kind: Kind = Kind.QUEUE, event_id: int = 1) -> None:
    notifications.notify(
        people=[reader],
        kind=kind,
        event_id=event_id,
        conversation_id=7,
        subject="Anna: It is cold.",
        actor=None,
        at=NOON,
    )


def send(at=NOON) -> int:
    return notifications.send_due(medium=Medium.PUSH, clock=lambda: at, send=telling.send)


def pushed() -> list[tuple[str, str]]:
    return list(Notification.objects.filter(medium=Medium.PUSH).order_by("pk").values_list("state", "error"))


def test_a_browser_reads_what_happened_and_where_and_nothing_that_anybody_wrote(reader, service):
    take_on(reader, service)
    tell(reader)

    assert send() == 1

    told = Notification.objects.get(medium=Medium.PUSH)
    assert [json.loads(text) for text in service.opened()] == [
        {
            "title": "A conversation came to your department.",
            "body": "",
            "url": "/conversations/7/",
            "tag": f"told-{told.pk}",
        }
    ]
    assert pushed() == [(State.SENT, "")]


def test_the_service_can_tell_that_it_is_us_and_for_how_long(reader, service, time_machine):
    time_machine.move_to(NOON, tick=False)
    take_on(reader, service)
    tell(reader)

    send()

    headers, _body = service.received[0]
    token, public = headers["authorization"].removeprefix("vapid t=").split(", k=")
    said, _, signed = token.rpartition(".")
    claims = json.loads(base64.urlsafe_b64decode(said.split(".")[1] + "=="))
    pair = pushing.bytes_of(signed)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), pushing.bytes_of(public))
    der = encode_dss_signature(int.from_bytes(pair[:32], "big"), int.from_bytes(pair[32:], "big"))
    key.verify(der, said.encode(), ec.ECDSA(hashes.SHA256()))
    assert claims["aud"] == service.endpoint.removesuffix("/send/one-browser")
    assert claims["exp"] == int((NOON + timedelta(hours=12)).timestamp())
    assert (headers["content-encoding"], headers["ttl"]) == ("aes128gcm", "86400")
    assert headers["topic"] == f"told-{Notification.objects.get(medium=Medium.PUSH).pk}"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_nothing_is_sent_there_again(reader, service, status):
    take_on(reader, service)
    tell(reader)
    service.status = status

    assert send() == 0

    reader.refresh_from_db()
    assert (PushSubscription.objects.count(), reader.push_groups) == (0, [])
    assert pushed() == [(State.FAILED, "No browser takes it any more.")]


@pytest.mark.parametrize("status", [400, 429, 500])
def test_what_a_service_does_not_take_is_sent_again(reader, service, status):
    take_on(reader, service)
    tell(reader)
    service.status = status
    send()
    assert pushed() == [(State.QUEUED, f"127.0.0.1 answered {status}")]
    service.status = 201

    assert send(NOON + notifications.RETRY_AFTER[0]) == 1

    assert pushed() == [(State.SENT, "")]


def test_a_service_that_asks_us_to_wait_is_left_alone_for_so_long(reader, service):
    take_on(reader, service)
    tell(reader)
    service.status, service.retry_after = 429, "3600"
    send()
    service.status = 201

    sent = [send(NOON + after) for after in (timedelta(minutes=59), timedelta(minutes=60))]

    assert (sent, pushed()) == ([0, 1], [(State.SENT, "")])


def test_one_service_that_asks_us_to_wait_holds_nothing_up_for_another_browser(reader, service):
    take_on(reader, service)
    take_on_out_of_reach(reader, service)
    tell(reader)
    service.status, service.retry_after = 429, "3600"

    send()

    told = Notification.objects.get(medium=Medium.PUSH)
    assert (told.state, told.not_before_at) == (State.QUEUED, NOON + notifications.RETRY_AFTER[0])


def test_one_browser_that_takes_it_is_enough(reader, service):
    take_on(reader, service)
    take_on_out_of_reach(reader, service)
    tell(reader)

    assert send() == 1

    assert (len(service.received), pushed()) == (1, [(State.SENT, "")])


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_mails_go_out_while_a_push_service_never_answers(settings, monkeypatch, mailoutbox):
    monkeypatch.setattr("socialhub.lib.queue._send", lambda *_: None)
    monkeypatch.setattr("socialhub.lib.live._send", lambda *_: None)
    # It hangs until the service hangs up, and for longer than a run may.
    monkeypatch.setattr(push, "SECONDS", SECONDS)
    monkeypatch.setattr(push, "ALL_SECONDS", SECONDS)
    with silent_service() as silent:
        settings.ALLOWED_INTERNAL_HOSTS = [urlsplit(silent.endpoint).netloc]
        for event_id in range(3):
            reader = UserFactory(wants_email=True)
            silent.endpoint += "s"
            take_on(reader, silent)
            tell(reader, event_id=event_id)
        hanging = threading.Thread(target=race, args=[send])
        hanging.start()
        assert silent.asked.acquire(timeout=SECONDS)

        # Whoever comes meanwhile does not hang as well, and mails have a way of their own.
        assert send() == 0
        assert notifications.send_due(medium=Medium.EMAIL, clock=lambda: NOON, send=telling.send) == 3
        assert hanging.is_alive()
        monkeypatch.setattr(notifications, "SLOW_SECONDS", 0)
        silent.hang_up()
        hanging.join()

    assert len(mailoutbox) == 3
    assert pushed() == [(State.QUEUED, "ConnectError"), (State.QUEUED, ""), (State.QUEUED, "")]


@pytest.fixture
def given(service, monkeypatch):
    """How many seconds each browser was given, where time passes only while a service is silent."""
    seconds_given: list[float] = []
    passed, post = [0.0], push._post

    def post_in_time(browser, payload, *, topic, seconds):
        seconds_given.append(seconds)
        is_silent = browser.endpoint != service.endpoint
        passed.append(seconds if is_silent else 0)
        with monkeypatch.context() as patch:
            patch.setattr(push, "time", time)
            return post(browser, payload, topic=topic, seconds=0.2 if is_silent else SECONDS)

    monkeypatch.setattr(push, "_post", post_in_time)
    monkeypatch.setattr(push, "time", SimpleNamespace(monotonic=lambda: sum(passed)))
    return seconds_given


def test_all_browsers_of_a_person_have_one_time_and_the_one_that_works_comes_first(
    reader, service, given, settings, monkeypatch
):
    take_on(reader, service)
    monkeypatch.setattr(push, "SECONDS", 5.0)
    monkeypatch.setattr(push, "ALL_SECONDS", 8.0)
    with silent_service() as silent:
        settings.ALLOWED_INTERNAL_HOSTS.append(urlsplit(silent.endpoint).netloc)
        for number in range(4):
            endpoint = f"{silent.endpoint}/{number}"
            pushing.subscribe(
                user=reader, endpoint=endpoint, **silent.keys, browser="Firefox", at=NOON - timedelta(days=1)
            )
        reader.refresh_from_db()
        tell(reader)

        assert send() == 1
        assert given == [5.0, 5.0, 3.0]

        PushSubscription.objects.filter(endpoint=service.endpoint).delete()
        tell(reader, event_id=2)
        assert send() == 0
        assert given[3:] == [5.0, 3.0]

    [told, (state, error)] = pushed()
    assert (told, state) == ((State.SENT, ""), State.QUEUED)
    late = "(ConnectTimeout|DeadlinePassed)"
    assert re.fullmatch(rf"{late}; {late}; There was no time left for another\.", error)


def test_only_what_a_person_chose_is_sent(reader, service):
    browser = take_on(reader, service)
    pushing.choose_groups(subscription=browser, groups=["notes", "unknown"])
    reader.refresh_from_db()

    tell(reader, kind=Kind.QUEUE, event_id=1)
    tell(reader, kind=Kind.NOTE_ASKS, event_id=2)

    assert reader.push_groups == ["notes"]
    assert [row.kind for row in Notification.objects.filter(medium=Medium.PUSH)] == [Kind.NOTE_ASKS]


def test_an_address_inside_the_network_is_never_sent_to(reader, service, settings):
    take_on(reader, service)
    settings.ALLOWED_INTERNAL_HOSTS = []
    tell(reader)

    send()

    assert (service.received, pushed()) == ([], [(State.QUEUED, "AddressNotPublic")])


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/one",
        "https://127.0.0.1/one",
        "https://[::1]/one",
        "https://169.254.169.254/latest",
        "https://mia:secret@push.example/one",
        "https:///one",
        "https://push.example:x/one",
        "https://push.example/one\x7f",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_no_push_service_is_refused(service, endpoint):
    with pytest.raises(pushing.NotAPushService):
        pushing.check_introduction(endpoint=endpoint, **service.keys)


@pytest.mark.parametrize(("name", "value"), [("p256dh", "AAAA"), ("p256dh", "é"), ("auth", "AAAA"), ("auth", "!")])
def test_a_browser_without_keys_is_refused(service, name, value):
    with pytest.raises(pushing.NotAPushService):
        pushing.check_introduction(endpoint=service.endpoint, **service.keys | {name: value})


def test_a_browser_of_somebody_else_is_theirs_no_more(reader, service):
    take_on(reader, service)
    other = UserFactory()

    take_on(other, service)

    reader.refresh_from_db()
    assert reader.push_groups == []
    assert PushSubscription.objects.get().user == other


def test_an_eleventh_browser_takes_the_place_of_the_oldest(reader, service):
    for number in range(pushing.MOST_BROWSERS + 1):
        pushing.subscribe(
            user=reader,
            endpoint=f"https://push.example/{number}",
            **service.keys,
            browser="Firefox",
            at=NOON + timedelta(minutes=number),
        )

    kept = PushSubscription.objects.order_by("pk").values_list("endpoint", flat=True)
    assert list(kept) == [f"https://push.example/{number}" for number in range(1, pushing.MOST_BROWSERS + 1)]


def test_the_key_is_made_once_and_sealed():
    key, public = pushing.signing_key(at=NOON)

    again, same = pushing.signing_key(at=NOON)

    assert (again.private_numbers(), same) == (key.private_numbers(), public)
    assert "private" not in PushKey.objects.get().sealed


def test_no_kind_is_in_two_groups():
    named = [kind for _label, kinds in push_kinds.GROUPS.values() for kind in kinds]

    assert len(named) == len(set(named))


def test_a_page_takes_a_browser_on_and_signing_out_forgets_it(client, company, reader, service):
    client.force_login(reader)
    response = client.post(
        "/account/devices/add/",
        {"endpoint": service.endpoint, **service.keys},
        headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/146.0"},
    )
    assert (response.status_code, PushSubscription.objects.get().browser) == (302, "Firefox, Linux")

    client.post("/accounts/logout/")

    assert PushSubscription.objects.exists() is False


def test_a_page_shows_no_address_and_no_secret_of_a_browser(client, company, reader, service):
    take_on(reader, service)
    client.force_login(reader)

    page = client.get("/account/devices/").content.decode()

    assert [secret in page for secret in (service.endpoint, service.keys["auth"], service.keys["p256dh"])] == [
        False
    ] * 3
    assert AUTH.decode() not in page


def test_nobody_changes_the_browser_of_another(client, company, reader, service):
    browser = take_on(reader, service)
    client.force_login(UserFactory())

    answers = [client.post(f"/account/devices/{browser.pk}/{act}").status_code for act in ("", "remove/")]

    browser.refresh_from_db()
    assert (answers, browser.groups) == ([404, 404], list(push_kinds.GROUPS))


def test_a_service_that_breaks_off_is_a_refusal(reader, service):
    take_on(reader, service)
    tell(reader)
    told = Notification.objects.get(medium=Medium.PUSH)

    with (
        mock.patch.object(push, "_post", side_effect=httpcore.RemoteProtocolError("cut")),
        pytest.raises(push.PushRefused, match="RemoteProtocolError"),
    ):
        push.send_notification(told)
