"""Notifications on somebody's device, through the service of their browser's maker, who cannot read them."""

import json
import time
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import http_ece
import httpcore
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from socialhub.lib.fetch import retry_after
from socialhub.lib.guarded_network import GuardedTransport
from teams import languages
from teams.models import Notification, PushSubscription
from teams.push_kinds import group_of
from teams.sentences import sentence_of
from teams.services import pushing
from teams.services.notifications import MediumRefused

# For one browser, and for all of one person.
SECONDS = 5.0
ALL_SECONDS = 10.0
# What nobody has seen for so long stands under the bell.
KEPT_SECONDS = 24 * 3600
SIGNED_FOR = timedelta(hours=12)
COORDINATE_BYTES = 32
_UNREACHED = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpx.HTTPError,
    httpx.InvalidURL,
)
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class PushRefused(MediumRefused):
    """No browser of a person could be reached."""


def send_notification(notification: Notification) -> None:
    """Send one notification to every browser of its reader that wants it; one that takes it is enough.

    A browser that its service does not know any more is forgotten. Those that were reached last come first:
    services that hang use up the time of nobody else, nor that of a browser which works.

    :raises PushRefused: none took it; final where none is left.
    """
    deadline = time.monotonic() + ALL_SECONDS
    group = group_of(notification.kind)
    mine = PushSubscription.objects.filter(user=notification.user).order_by("-used_at", "pk")
    wanting = [one for one in mine if group in one.groups]
    payload = payload_of(notification)
    refusals = []
    # Whoever asks us to wait is left alone, unless that would leave another browser untold.
    waits = []
    is_told = False
    for one in wanting:
        seconds = min(SECONDS, deadline - time.monotonic())
        if seconds <= 0:
            refusals.append("There was no time left for another.")
            waits.append(timedelta(0))
            break
        try:
            is_known = _post(one, payload, topic=f"told-{notification.pk}", seconds=seconds)
        except _UNREACHED as error:
            refusals.append(type(error).__name__)
            waits.append(timedelta(0))
            continue
        except _NotTaken as error:
            refusals.append(str(error))
            waits.append(error.retry_after)
            continue
        if is_known:
            is_told = True
            PushSubscription.objects.filter(pk=one.pk).update(used_at=timezone.now())
        else:
            pushing.forget(subscription_id=one.pk)
    if not is_told:
        said = "; ".join(refusals) or "No browser takes it any more."
        raise PushRefused(said, is_final=not refusals, retry_after=min(waits, default=timedelta(0)))


def payload_of(notification: Notification) -> bytes:
    """Return what the device shows: what happened and where, never what anybody wrote."""
    with translation.override(languages.of_person(notification.user)):
        title = sentence_of(notification)
    path = notification.path or reverse("triage:conversation", args=[notification.conversation_id])
    return json.dumps({"title": title, "body": "", "url": path, "tag": f"told-{notification.pk}"}).encode()


class _NotTaken(Exception):
    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def _post(subscription: PushSubscription, payload: bytes, *, topic: str, seconds: float) -> bool:
    """Hand one message in; return whether its service still knows the browser."""
    sealed = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=pushing.bytes_of(subscription.p256dh),
        auth_secret=pushing.bytes_of(subscription.auth),
        version="aes128gcm",
    )
    headers = {
        "Authorization": _signature(subscription.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        # What is sent again after an answer that was lost takes its own place, where it still waits for the browser.
        "Topic": topic,
    }
    transport = GuardedTransport(allowed_hosts=settings.ALLOWED_INTERNAL_HOSTS, deadline=time.monotonic() + seconds)
    with (
        httpx.Client(transport=transport, trust_env=False, timeout=seconds) as client,
        # What the service writes back is not read.
        client.stream("POST", subscription.endpoint, content=sealed, headers=headers) as answer,
    ):
        if answer.status_code in _GONE:
            return False
        if not answer.is_success:
            said = f"{urlsplit(subscription.endpoint).hostname} answered {answer.status_code}"
            raise _NotTaken(said, retry_after=timedelta(seconds=retry_after(answer.headers) or 0))
    return True


def _signature(endpoint: str) -> str:
    """Say that it is us, to this one service and for some hours (RFC 8292)."""
    now = timezone.now()
    key, public = pushing.signing_key(at=now)
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + SIGNED_FOR).timestamp()),
        "sub": settings.SITE_URL,
    }
    said = ".".join(pushing.text_of(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    pair = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    signed = pushing.text_of(b"".join(number.to_bytes(COORDINATE_BYTES, "big") for number in pair))
    return f"vapid t={said}.{signed}, k={public}"
