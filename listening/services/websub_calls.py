"""What hubs tell us: that they make sure that we asked, that they decline, and that there is news.

What a hub delivers is never stored. It says that there is news; the look that follows
brings them through the one pipeline, as every other look does.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction

from listening.models import WebSubscription
from listening.services import fetching, websub
from listening.websub.signatures import is_signed
from socialhub.lib.errors import Refusal
from socialhub.lib.sealing import SealBroken, open_sealed

log = structlog.get_logger(__name__)

State = WebSubscription.State

# After each asking a hub may make sure for so long that it was us, and again if our answer got lost.
CONFIRM_WITHIN: Final = timedelta(hours=1)
LONGEST_LEASE: Final = timedelta(days=30)
# Of a hub that does not say how long: those of older versions of the protocol.
UNTOLD_LEASE: Final = timedelta(days=1)
SHORTEST_PAUSE: Final = timedelta(minutes=1)
# However often it is told, also by replays, which WebSub cannot tell from news: two looks are so far apart.
BETWEEN_LOOKS: Final = timedelta(seconds=5)

_CALLBACK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CHALLENGE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,2000}")
_LEASE = re.compile(r"[0-9]{1,12}")


class NotAsked(Refusal):
    """There is no such callback, or nothing was asked for that a hub could confirm there."""

    code = "not_asked"


class SubscriptionEnded(Refusal):
    """The hub is right to know our secret, and no longer right to call."""

    code = "subscription_ended"


def answer_hub(*, callback_id: str, query: Mapping[str, str], at: datetime) -> str:
    """Return what a hub wants to read before it believes that we asked it; nothing when it says no.

    :raises NotAsked: we did not ask for this, or too long ago.
    """
    with transaction.atomic():
        subscription = _at_callback(callback_id, is_locked=True)
        if query.get("hub.topic") != subscription.topic:
            raise NotAsked
        mode = query.get("hub.mode")
        if mode == "denied":
            log.info("a hub declined", hub=subscription.hub, reason=query.get("hub.reason", "")[:200])
            websub.declined(subscription, at=at)
            return ""
        challenge = query.get("hub.challenge", "")
        is_recent = subscription.asked_at is not None and subscription.asked_at > at - CONFIRM_WITHIN
        if not is_recent or not _CHALLENGE.fullmatch(challenge):
            raise NotAsked
        if mode == "unsubscribe" and subscription.state == State.LEAVING:
            subscription.delete()
        elif mode == "subscribe" and subscription.state in {State.ASKED, State.ACTIVE}:
            lease = _lease(query.get("hub.lease_seconds", ""))
            subscription.state = State.ACTIVE
            subscription.lease_until = at + lease
            subscription.ask_next_at = at + max(lease * 3 / 4, SHORTEST_PAUSE)
            subscription.try_count = 0
            subscription.save(update_fields=["state", "lease_until", "ask_next_at", "try_count"])
        else:
            raise NotAsked
    return challenge


def require_known(*, callback_id: str) -> None:
    """Accept an address that a hub was told.

    :raises NotAsked: there is none such.
    """
    _at_callback(callback_id)


def receive_news(*, callback_id: str, signature: str, body: bytes, at: datetime) -> None:
    """Have the channel looked at because its hub says that there is news; with a wrong signature do nothing.

    :raises NotAsked: there is no such callback.
    :raises SubscriptionEnded: the signature is right, but we do not want to be told any more.
    """
    subscription = _at_callback(callback_id)
    if not _is_from_hub(subscription, signature, body):
        log.info("a delivery without a right signature", hub=subscription.hub)
        return
    with transaction.atomic():
        subscription = _at_callback(callback_id, is_locked=True)
        if subscription.state != State.ACTIVE or subscription.lease_until is None or subscription.lease_until <= at:
            raise SubscriptionEnded
        told_at = subscription.told_at
        if told_at is not None and told_at > at:
            # The look that was asked for then is still to come, and finds this, too.
            return
        look_at = at if told_at is None else max(at, told_at + BETWEEN_LOOKS)
        WebSubscription.objects.filter(pk=subscription.pk).update(told_at=look_at)
        fetching.hurry(channel_id=subscription.channel_id, at=look_at)


def _at_callback(callback_id: str, *, is_locked: bool = False) -> WebSubscription:
    if not _CALLBACK_ID.fullmatch(callback_id):
        raise NotAsked
    rows = WebSubscription.objects.select_for_update() if is_locked else WebSubscription.objects.all()
    subscription = rows.filter(callback_id=callback_id).first()
    if subscription is None:
        raise NotAsked
    return subscription


def _is_from_hub(subscription: WebSubscription, signature: str, body: bytes) -> bool:
    try:
        secret = open_sealed(subscription.sealed)["secret"]
    except SealBroken:
        return False
    return is_signed(signature=signature, secret=secret, body=body)


def _lease(told: str) -> timedelta:
    if not _LEASE.fullmatch(told):
        return UNTOLD_LEASE
    return min(timedelta(seconds=min(int(told), 10**9)), LONGEST_LEASE)
