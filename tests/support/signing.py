"""Call a webhook as its senders do."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client
from standardwebhooks.webhooks import Webhook

from listening.models import Channel
from listening.webhooks.signatures import STANDARD_PREFIX
from socialhub.lib.sealing import seal
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON

ENDPOINT = "nobody-guesses-this"
SECRET = STANDARD_PREFIX + base64.b64encode(b"a secret of twenty-four!").decode()
FORMER = STANDARD_PREFIX + base64.b64encode(b"what it was before today").decode()


def webhook_channel(*, scheme: str = "standard", mapping: str = "socialhub", **more: Any) -> Channel:
    """Return a channel that is called at ``ENDPOINT`` and knows ``SECRET``."""
    secrets = more.pop("secrets", {"secret": SECRET})
    options = {"endpoint": ENDPOINT, "scheme": scheme, "mapping": mapping}
    return ChannelFactory(kind="webhook", options=options, sealed=seal(secrets), **more)


def standard_headers(
    body: bytes, *, secret: str = SECRET, call_id: str = "call-1", at: datetime = NOON
) -> dict[str, str]:
    """Sign as Standard Webhooks' own library does."""
    return {
        "webhook-id": call_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(call_id, at, body.decode("utf-8", "surrogateescape"))
        if _is_text(body)
        else standard_signature(body, secret=secret, call_id=call_id, at=at),
    }


def standard_signature(body: bytes, *, secret: str = SECRET, call_id: str = "call-1", at: datetime = NOON) -> str:
    """Sign bytes that the library does not take."""
    key = base64.b64decode(secret.removeprefix(STANDARD_PREFIX))
    signed = f"{call_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def hub_headers(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    """Sign as GitHub and Meta do."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def x_headers(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    """Sign as X does."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"x-twitter-webhooks-signature": "sha256=" + base64.b64encode(digest).decode()}


def slack_headers(body: bytes, *, secret: str = SECRET, at: datetime = NOON) -> dict[str, str]:
    """Sign as Slack does."""
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}


def call(data: Any, headers: dict[str, str] | None = None, *, endpoint: str = ENDPOINT, **signing: Any) -> HttpResponse:
    """Send ``data``, as JSON unless it is bytes; signed by Standard Webhooks unless ``headers`` are given."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Client(raise_request_exception=False).post(
        f"/hooks/{endpoint}/",
        body,
        content_type="application/json",
        headers=standard_headers(body, **signing) if headers is None else headers,
    )


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
