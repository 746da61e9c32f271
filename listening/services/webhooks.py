"""Calls of other systems: accepted and stored at once, read afterwards, each once and in the order in which it came."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, OperationalError, transaction

from listening.connectors.base import Rejected
from listening.connectors.webhook import KIND
from listening.heard import HeardItem, Unusable, clean_item
from listening.models import Channel, Mention, WebhookCall
from listening.services import coverage, ingest, setting_aside
from listening.services.secrets import sealed_secrets
from listening.webhooks.challenges import Echo, answer_challenge, slack_challenge
from listening.webhooks.mapped import Found, Mapped, Unmappable, placed, read_json, written
from listening.webhooks.mapping import map_call
from listening.webhooks.signatures import BadSignature, require_signed
from socialhub.lib import locks
from socialhub.lib.errors import Conflict
from socialhub.lib.queue import wake
from socialhub.lib.told import NO_PROBLEM, Told, one_after_another
from socialhub.lib.told import told as _

log = structlog.get_logger(__name__)

_ADDRESS = re.compile("[A-Za-z0-9_-]{1,64}")
_STORABLE = re.compile("[^\x00\ud800-\udfff]*")

MOST_BYTES: Final = 1_000_000
# A body has a megabyte at most; so many are in memory at once.
BATCH: Final = 20
KEEP_BODIES_FOR: Final = timedelta(days=30)
# A call that still waits after this has lost its wake-up.
OVERDUE_AFTER: Final = timedelta(seconds=5)


class EndpointPaused(Conflict):
    """The channel is paused: nothing is accepted until it is resumed."""

    code = "channel_paused"


def receive_call(*, endpoint: str, headers: Mapping[str, str], body: bytes, at: datetime) -> Echo:
    """Store a signed call and have it read; return what is answered. A replay is answered alike and does nothing.

    :raises BadSignature: there is no such endpoint, or nothing proves who calls. Nobody can tell which.
    :raises EndpointPaused: the call is right, and comes at a time when we do not listen.
    """
    channel = _channel_at(endpoint)
    scheme = str(channel.options.get("scheme", ""))
    event_id = require_signed(scheme, secrets=secrets_of(channel), headers=headers, body=body, at=at)
    echo = _slack_echo(body) if scheme == "slack" else None
    if echo is not None:
        return echo
    if channel.is_paused:
        raise EndpointPaused(str(_("This channel is paused.")))
    with transaction.atomic():
        _call, is_new = WebhookCall.objects.get_or_create(
            channel=channel, event_id=event_id, defaults={"body": body, "received_at": at}
        )
        if is_new:
            _have_read(channel.pk)
    return Echo("ok\n")


def receive_challenge(*, endpoint: str, query: Mapping[str, str]) -> Echo:
    """Return the answer to a sender that asks whether the address is ours.

    :raises BadSignature: there is no such endpoint, or it is no challenge.
    """
    channel = _channel_at(endpoint)
    return answer_challenge(
        str(channel.options.get("scheme", "")),
        secrets=secrets_of(channel),
        verify_token=sealed_secrets(channel).get("verify_token", ""),
        query=query,
    )


def read_calls(*, channel_id: int, at: datetime) -> int:
    """Read every call of a channel that waits, oldest first; return how many. Harmless to run twice.

    What a call said, and that it was read, is stored in one transaction. One caller
    at a time reads for a channel, so that a deletion never overtakes what it deletes.
    """
    total = 0
    while count := _read_batch(channel_id, at):
        total += count
    return total


def sweep(*, at: datetime) -> None:
    """Wake the reading of calls whose wake-up was lost, and let old bodies go, read or not."""
    overdue = WebhookCall.objects.filter(read_at=None, received_at__lt=at - OVERDUE_AFTER)
    for channel_id in overdue.order_by().values_list("channel", flat=True).distinct():
        _have_read(channel_id)
    _give_up(before=at - KEEP_BODIES_FOR, at=at)
    let_bodies_go(before=at - KEEP_BODIES_FOR)


def let_bodies_go(*, before: datetime) -> int:
    """Empty the calls that came before a moment and were read; return how many. That they came is kept.

    What they said stays with the messages that were made of them, each of which has its own part as it was received.
    """
    old = WebhookCall.objects.filter(received_at__lt=before, read_at__isnull=False)
    return old.exclude(body=b"").update(body=b"")


def _give_up(*, before: datetime, at: datetime) -> None:
    """Count calls that nobody could read for so long as read: with nothing said, so that their bodies may go."""
    unread = WebhookCall.objects.filter(received_at__lt=before, read_at=None)
    unread.update(read_at=at, **_("not read in time").in_columns("note"))


def secrets_of(channel: Channel) -> list[str]:
    """Return the secrets with which a call may be signed, the present one first."""
    opened = sealed_secrets(channel)
    return [opened[name] for name in ("secret", "former_secret") if opened.get(name)]


def _channel_at(endpoint: str) -> Channel:
    channel = None
    if _ADDRESS.fullmatch(endpoint):
        channel = Channel.objects.filter(kind=KIND, options__endpoint=endpoint).first()
    if channel is None:
        raise BadSignature
    return channel


def _slack_echo(body: bytes) -> Echo | None:
    try:
        return slack_challenge(read_json(body))
    except Unmappable:
        return None


def _have_read(channel_id: int) -> None:
    wake("listening.read_webhook_calls", channel_id=channel_id)


def _read_batch(channel_id: int, at: datetime) -> int:
    with transaction.atomic():
        # First of all, as everybody does who stores; it also makes readers wait for each other.
        locks.take(locks.Lock.STORE, channel_id)
        calls = list(WebhookCall.objects.filter(channel=channel_id, read_at=None).order_by("pk")[:BATCH])
        if not calls:
            return 0
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        for call in calls:
            outcome = _read(channel, call).kept()
            call.note, call.note_words, call.read_at = outcome["text"], outcome["words"], at
        WebhookCall.objects.bulk_update(calls, ["note", "note_words", "read_at"])
        newest = calls[-1].received_at
        # Whoever calls tells everything that there was: quiet hours are no gap.
        coverage.note_heard(channel, at=newest, is_complete=True)
        Channel.objects.filter(pk=channel_id).update(
            last_success_at=newest, failure_count=0, **NO_PROBLEM.in_columns("last_error")
        )
    return len(calls)


def _read(channel: Channel, call: WebhookCall) -> Told:
    """Store what one call says and return what was made of it; one that cannot be read never stops the others."""
    body = bytes(call.body)
    try:
        with transaction.atomic():
            mapped = map_call(str(channel.options.get("mapping", "")), body, at=call.received_at)
            return _store(channel, mapped, call.received_at)
    except OperationalError:
        # The database is away or chose us in a deadlock: the sweep comes back.
        raise
    except Unmappable as reason:
        problem = reason.told
    except (DatabaseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.exception("a webhook call could not be read", channel=channel.name)
        problem = _("Socialhub could not read this call (%(error)s).") % {"error": type(error).__name__}
    whole = body.decode("utf-8", "backslashreplace")
    setting_aside.set_aside(channel=channel, rejected=[Rejected(whole, problem)], at=call.received_at)
    return _note(Mapped(), set_aside_count=1)


def _store(channel: Channel, mapped: Mapped, at: datetime) -> Told:
    rejected = list(mapped.rejected)
    items = _cleaned(mapped.found, rejected, at)
    notices = _cleaned(mapped.notices, rejected, at)
    if notices:
        better = {item.external_id for item in items} | set(
            Mention.objects.filter(channel=channel, external_id__in=[item.external_id for item in notices])
            .order_by()
            .values_list("external_id", flat=True)
        )
        items += [item for item in notices if item.external_id not in better]
    gone = [one for one in mapped.gone if _STORABLE.fullmatch(one)]
    ingest.store_items(channel=channel, items=items, at=at, gone=gone)
    setting_aside.set_aside(channel=channel, rejected=rejected, at=at)
    return _note(mapped, heard_count=len(items), set_aside_count=len(rejected))


def _cleaned(found: list[Found], rejected: list[Rejected], at: datetime) -> list[HeardItem]:
    """Return what can be stored; what cannot is named by its place in the call."""
    items = []
    for one in found:
        try:
            items.append(clean_item(one.item, at=at))
        except Unusable as unusable:
            reason = placed(one.path, unusable.told) if one.path else unusable.told
            rejected.append(Rejected(written(one.item.raw), reason))
    return items


def _note(mapped: Mapped, *, heard_count: int = 0, set_aside_count: int = 0) -> Told:
    parts = []
    if heard_count:
        parts.append(_("%(count)d heard") % {"count": heard_count})
    if mapped.gone:
        parts.append(_("%(count)d deleted") % {"count": len(mapped.gone)})
    if set_aside_count:
        parts.append(_("%(count)d set aside") % {"count": set_aside_count})
    if mapped.ignored:
        parts.append(_("ignored: %(kinds)s") % {"kinds": _storable(", ".join(mapped.ignored)[:200])})
    return one_after_another(parts, between="; ") if parts else _("nothing in it")


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode(errors="replace").decode()
