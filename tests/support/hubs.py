"""A channel whose feed has a hub, what the hub says, and how it signs."""

import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from listening.models import Channel, WebSubscription
from socialhub.lib.sealing import open_sealed, seal
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON

URL = "https://news.example/feed"
TOPIC = "https://news.example/feed?all=1&of=them"
SECRET = "known-to-us-and-the-hub"
CALLBACK_ID = "nobody-can-guess-this"
TEN_DAYS = 864_000


def offering(hub: str, **changes: Any) -> Channel:
    """Make a channel whose feed offers ``hub``; its next look is in an hour."""
    cursor = {"url": URL, "etag": "", "modified": "", "moved_to": "", "hub": hub, "topic": TOPIC}
    return ChannelFactory(
        **{
            "kind": "feed",
            "options": {"url": URL},
            "cursor": cursor,
            "next_fetch_at": NOON + timedelta(hours=1),
            **changes,
        }
    )


def subscription(hub: str = "https://hub.example/", **changes: Any) -> WebSubscription:
    """Make a subscription that runs since noon for ten days, of a channel that offers ``hub``."""
    made = {
        "callback_id": CALLBACK_ID,
        "callback": f"https://socialhub.example/hooks/websub/{CALLBACK_ID}/",
        "hub": hub,
        "topic": TOPIC,
        "sealed": seal({"secret": SECRET}),
        "state": "active",
        "lease_until": NOON + timedelta(days=10),
        "asked_at": NOON,
        "ask_next_at": NOON + timedelta(days=7.5),
        **changes,
    }
    if made["state"] in ("asked", "refused"):
        made["lease_until"] = None
    return WebSubscription.objects.create(channel=made.pop("channel", None) or offering(hub), **made)


def asks(callback_id: str = CALLBACK_ID, **changes: Any) -> HttpResponse:
    """Ask as a hub does that makes sure that it was asked to subscribe; None leaves something out."""
    query = {"mode": "subscribe", "topic": TOPIC, "challenge": "echo me", "lease_seconds": TEN_DAYS, **changes}
    told = {f"hub.{name}": value for name, value in query.items() if value is not None}
    return Client().get(f"/hooks/websub/{callback_id}/?{urlencode(told)}")


def delivers(
    body: bytes = b"<feed/>", *, callback_id: str = CALLBACK_ID, signature: str | None = None, **more: Any
) -> HttpResponse:
    """Deliver something, rightly signed unless told otherwise."""
    return Client().post(
        f"/hooks/websub/{callback_id}/",
        body,
        content_type="application/atom+xml",
        headers={"X-Hub-Signature": signed(body) if signature is None else signature},
        **more,
    )


def signed(body: bytes, method: str = "sha256", secret: str = SECRET) -> str:
    """Sign as a hub does."""
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def row(one: WebSubscription) -> dict[str, Any]:
    """Return what is stored of a subscription."""
    return WebSubscription.objects.values().get(pk=one.pk)


def secret_of(one: WebSubscription) -> str:
    """Return the secret that a hub is to sign with."""
    return open_sealed(one.sealed)["secret"]


def next_look(one: WebSubscription) -> datetime | None:
    """Return when the channel is to be looked at."""
    return Channel.objects.get(pk=one.channel_id).next_fetch_at
