"""WebSub: hubs are asked to tell us at once what is new in a feed, while it offers that and we listen to it."""

import secrets
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from listening.connectors.registry import CONNECTORS
from listening.models import Channel, WebSubscription
from listening.websub.offers import Offer, OffersHub
from socialhub.lib import fetch
from socialhub.lib.guarded_network import is_allowed
from socialhub.lib.queue import wake
from socialhub.lib.sealing import SealBroken, open_sealed, seal, seal_anew

log = structlog.get_logger(__name__)

State = WebSubscription.State

# What we ask for; the hub decides.
LEASE: Final = timedelta(days=10)
# Doubles with each asking that nobody confirmed.
FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(days=1)
REFUSED_PAUSE: Final = timedelta(days=1)
MOST_LEAVINGS: Final = 3
ANSWER_BYTES: Final = 100_000


def keep_subscriptions(*, at: datetime) -> None:
    """Bring what we have asked hubs for in line with what feeds offer, and have those asked that are due.

    Where nobody can reach us from outside there is nothing to ask for.
    """
    if not settings.PUBLICLY_REACHABLE:
        WebSubscription.objects.all().delete()
        return
    with transaction.atomic():
        offers = _offers()
        for subscription in WebSubscription.objects.select_for_update().order_by("pk"):
            if _adjust(subscription, offers.get(subscription.channel_id), at):
                offers.pop(subscription.channel_id, None)
        WebSubscription.objects.bulk_create(
            [_new(channel_id, offer, at) for channel_id, offer in sorted(offers.items())], ignore_conflicts=True
        )
        due = WebSubscription.objects.filter(ask_next_at__lte=at).exclude(state=State.REFUSED)
        for channel_id in due.order_by("ask_next_at").values_list("channel", flat=True):
            _have_asked(channel_id)


def ask_hub(*, channel_id: int, at: datetime) -> None:
    """Ask a hub to begin, to go on, or to stop telling us. Call it outside any transaction.

    That it was asked is committed first: a hub may make sure before it answers.
    """
    with transaction.atomic():
        due = WebSubscription.objects.filter(channel=channel_id, ask_next_at__lte=at).exclude(state=State.REFUSED)
        subscription = due.select_for_update().first()
        if subscription is None:
            return
        form = _form(subscription)
        subscription.asked_at = at
        subscription.ask_next_at = at + min(FIRST_PAUSE * 2 ** min(subscription.try_count, 10), LONGEST_PAUSE)
        subscription.try_count += 1
        subscription.save(update_fields=["sealed", "asked_at", "ask_next_at", "try_count"])
    try:
        fetch.post_form(
            subscription.hub, form, allowed_internal_hosts=settings.ALLOWED_INTERNAL_HOSTS, max_bytes=ANSWER_BYTES
        )
    except fetch.FetchFailed as failure:
        log.info("a hub did not accept", hub=subscription.hub, mode=form["hub.mode"], reason=str(failure))
        if _is_refusal(failure):
            _refused(subscription, at)


def declined(subscription: WebSubscription, *, at: datetime) -> None:
    """Note that the hub does not tell us, and ask again another day; when we wanted to leave, that is all."""
    if subscription.state == State.LEAVING:
        subscription.delete()
    else:
        _change(subscription, state=State.REFUSED, lease_until=None, ask_next_at=at + REFUSED_PAUSE, try_count=0)


def seal_all_anew() -> None:
    """Seal every secret with the newest key; one that cannot be opened is replaced at the next asking."""
    with transaction.atomic():
        for subscription in WebSubscription.objects.select_for_update().order_by("pk"):
            try:
                subscription.sealed = seal_anew(subscription.sealed)
            except SealBroken:
                continue
            subscription.save(update_fields=["sealed"])


def _offers() -> dict[int, Offer]:
    """Return what publishers offer for the channels that we listen to, as far as we would ask there."""
    offering = {kind: connector for kind, connector in CONNECTORS.items() if isinstance(connector, OffersHub)}
    channels = Channel.objects.filter(kind__in=offering, is_paused=False).only("kind", "options", "cursor")
    offers = {
        channel.pk: offering[channel.kind].hub_offer(channel.options, channel.cursor) for channel in channels.order_by()
    }
    return {channel_id: offer for channel_id, offer in offers.items() if offer is not None and _may_ask(offer.hub)}


def _may_ask(hub: str) -> bool:
    """Tell whether the hub can be told a secret: nobody on the way may read it."""
    try:
        parts = urlsplit(hub)
        port = parts.port or 80
    except ValueError:
        return False
    return parts.scheme == "https" or is_allowed(parts.hostname or "", port, settings.ALLOWED_INTERNAL_HOSTS)


def _adjust(subscription: WebSubscription, offer: Offer | None, at: datetime) -> bool:
    """Change a subscription to what it should be now; return whether it is still there."""
    is_over = subscription.lease_until is not None and subscription.lease_until <= at
    if subscription.state == State.LEAVING:
        if is_over or (subscription.try_count >= MOST_LEAVINGS and subscription.ask_next_at <= at):
            subscription.delete()
            return False
        return True
    if offer != (subscription.hub, subscription.topic):
        if subscription.state != State.ACTIVE or is_over:
            # What it has not confirmed it cannot confirm any more.
            subscription.delete()
            return False
        _change(subscription, state=State.LEAVING, ask_next_at=at, try_count=0)
    elif subscription.callback != (callback := _callback(subscription.callback_id)):
        _change(subscription, callback=callback, state=State.ASKED, lease_until=None, ask_next_at=at, try_count=0)
    elif is_over or (subscription.state == State.REFUSED and subscription.ask_next_at <= at):
        _change(subscription, state=State.ASKED, lease_until=None)
    return True


def _change(subscription: WebSubscription, **columns: object) -> None:
    WebSubscription.objects.filter(pk=subscription.pk).update(**columns)


def _new(channel_id: int, offer: Offer, at: datetime) -> WebSubscription:
    callback_id = secrets.token_urlsafe(24)
    return WebSubscription(
        channel_id=channel_id,
        callback_id=callback_id,
        callback=_callback(callback_id),
        hub=offer.hub,
        topic=offer.topic,
        sealed=_made_secret(),
        ask_next_at=at,
    )


def _callback(callback_id: str) -> str:
    address: str = settings.SITE_URL + reverse("websub:callback", args=[callback_id])
    return address


def _made_secret() -> str:
    return seal({"secret": secrets.token_urlsafe(32)})


def _form(subscription: WebSubscription) -> dict[str, str]:
    """Return what a hub is asked; a secret that we cannot open any more is replaced in the row."""
    is_leaving = subscription.state == State.LEAVING
    form = {
        "hub.mode": "unsubscribe" if is_leaving else "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": subscription.callback,
    }
    if is_leaving:
        return form
    try:
        secret = open_sealed(subscription.sealed)["secret"]
    except SealBroken:
        subscription.sealed = _made_secret()
        secret = open_sealed(subscription.sealed)["secret"]
    return {**form, "hub.secret": secret, "hub.lease_seconds": str(round(LEASE.total_seconds()))}


def _is_refusal(failure: fetch.FetchFailed) -> bool:
    """Tell whether asking again soon would be of no use."""
    if isinstance(failure, fetch.AddressForbidden):
        return True
    passing = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
    return (
        isinstance(failure, fetch.BadStatus)
        and HTTPStatus.BAD_REQUEST <= failure.status < HTTPStatus.INTERNAL_SERVER_ERROR
        and failure.status not in passing
    )


def _refused(subscription: WebSubscription, at: datetime) -> None:
    """Note that a hub does not do what was asked, unless something happened since; a lease that runs goes on."""
    with transaction.atomic():
        ours = WebSubscription.objects.filter(pk=subscription.pk, asked_at=at).exclude(state=State.ACTIVE)
        now = ours.select_for_update().first()
        if now is not None:
            declined(now, at=at)


def _have_asked(channel_id: int) -> None:
    wake("listening.ask_hub", channel_id=channel_id)
