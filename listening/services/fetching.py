"""Look at a channel: claim it, ask its network outside any transaction, store what came."""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from operator import add

import structlog
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Case, F, When
from django.db.models.functions import Least

from listening.connectors.base import (
    AuthorisationFailure,
    Budget,
    ConnectorFailed,
    FetchResult,
    NothingToAsk,
    QuotaSpent,
    RateLimited,
    Rejected,
    TemporaryFailure,
)
from listening.connectors.registry import connector_for
from listening.heard import HeardItem
from listening.models import Channel, Gap
from listening.models.channel import CLAIM_FOR
from listening.services import coverage, ingest, mistakes, setting_aside
from listening.services.settings import settings_for_use, to_be_kept
from socialhub.lib import locks
from socialhub.lib.queue import wake
from socialhub.lib.told import NO_PROBLEM, told

log = structlog.get_logger(__name__)

# Doubles with each failure, up to this.
LONGEST_PAUSE = timedelta(hours=1)
# A sign-in that is refused again and again gets accounts locked.
REFUSED_PAUSE = timedelta(minutes=15)
# A network that asks for more is asked all the same: its clock or ours may be wrong.
LONGEST_ASKED_PAUSE = timedelta(days=1)


def fetch_channel(*, channel_id: int, at: datetime) -> ingest.Stored | None:
    """Fetch a due channel once and store what it brought; None when it was not due or failed.

    The claim is one guarded UPDATE of the row, so two workers never fetch one
    channel at the same time. Rows, cursor and the ledger of coverage move in one
    transaction. A look that outlived its claim stores what it heard, but neither
    its cursor nor how it went: another has looked since. Whatever goes wrong in a
    connector is a failure of this channel and of no other.
    """
    channel = _claim(channel_id, at)
    if channel is None:
        return None
    try:
        settings = settings_for_use(channel, at=at)
        result = connector_for(channel.kind).fetch(settings, channel.cursor, at=at)
        return _store(channel, result, at)
    except ConnectorFailed as failure:
        _failed(channel, failure, at)
    except OperationalError:
        # Our own database, which could not be told of it either.
        raise
    except Exception as error:  # noqa: BLE001 - a mistake in one connector must not stop the others
        _failed(channel, mistakes.as_failure(error, kind=channel.kind, channel=channel.name), at)
    return None


def due_channel_ids(*, at: datetime) -> list[int]:
    """Return the channels to be looked at now."""
    return list(Channel.objects.due(at).values_list("pk", flat=True))


def hurry(*, channel_id: int, at: datetime) -> None:
    """Have a channel looked at now because there is news: at once, or again after the look that is going on.

    A channel that fails keeps its time: its network may have asked us to wait.
    """
    with transaction.atomic():
        hurried = Channel.objects.filter(
            pk=channel_id, is_paused=False, next_fetch_at__isnull=False, failure_count=0
        ).update(
            news_at=at,
            next_fetch_at=Case(
                When(claimed_at__gt=at - CLAIM_FOR, then=F("next_fetch_at")), default=Least(F("next_fetch_at"), at)
            ),
        )
        if hurried:
            look_soon(channel_id)


def look_soon(channel_id: int) -> None:
    """Wake a worker for a channel that is due."""
    wake("listening.fetch_channel", channel_id=channel_id)


def _claim(channel_id: int, at: datetime) -> Channel | None:
    """Take a due channel for this look and return its row; None when it is not due, or another took it."""
    with transaction.atomic():
        channel = Channel.objects.due(at).filter(pk=channel_id).order_by().select_for_update().first()
        if channel is None:
            return None
        Channel.objects.filter(pk=channel_id).update(next_fetch_at=at + CLAIM_FOR, claimed_at=at, news_at=None)
        if channel.claimed_at is not None:
            _never_ended(channel, at)
    channel.claimed_at = at
    return channel


def _never_ended(channel: Channel, at: datetime) -> None:
    """Note that the look before this one never came to an end: its worker died or is still at it."""
    problem = told("The last look never came to an end.")
    channel.failure_count += 1
    Channel.objects.filter(pk=channel.pk).update(
        failure_count=channel.failure_count, **problem.in_columns("last_error")
    )
    coverage.note_unfinished(channel, problem=problem, at=at)


def _store(channel: Channel, result: FetchResult, at: datetime) -> ingest.Stored:
    items, unusable = setting_aside.sort_out(result.items, at=at)
    # One that asks to be called again and has not moved would be called for ever.
    has_more = result.has_more and result.cursor != channel.cursor
    with transaction.atomic():
        # First of all, as everybody does who stores.
        locks.take(locks.Lock.STORE, channel.pk)
        now = Channel.objects.select_for_update().get(pk=channel.pk)
        is_ours = now.claimed_at == at
        stored, refused = _store_each(now, items, result, at, cursor=result.cursor if is_ours else None)
        setting_aside.set_aside(channel=now, rejected=[*result.rejected, *unusable, *refused], at=at)
        if is_ours:
            _succeeded(now, result, at, has_more=has_more)
    for each in (*result.rejected, *unusable, *refused):
        log.warning("set aside", channel=channel.name, reason=str(each.reason))
    return stored


def _store_each(
    channel: Channel, items: list[HeardItem], result: FetchResult, at: datetime, *, cursor: Mapping[str, object] | None
) -> tuple[ingest.Stored, list[Rejected]]:
    """Store the items together or, when the database refuses one of them, one by one without it."""
    refused = []
    try:
        with transaction.atomic():
            return ingest.store_items(channel=channel, items=items, at=at, cursor=cursor, gone=result.gone), []
    except OperationalError:
        raise
    except DatabaseError:
        log.warning("storing one by one", channel=channel.name, count=len(items))
    stored = ingest.Stored()
    for item in items:
        try:
            with transaction.atomic():
                one = ingest.store_items(channel=channel, items=[item], at=at)
        except OperationalError:
            raise
        except DatabaseError as error:
            reason = told("The database did not take it (%(error)s).") % {"error": type(error).__name__}
            refused.append(Rejected(setting_aside.raw_of(item), reason))
        else:
            stored = ingest.Stored(*map(add, astuple(stored), astuple(one)))
    ingest.store_items(channel=channel, items=[], at=at, cursor=cursor, gone=result.gone)
    return stored, refused


def _succeeded(channel: Channel, result: FetchResult, at: datetime, *, has_more: bool) -> None:
    coverage.note_heard(channel, at=at, is_complete=result.is_complete, has_more=has_more)
    is_wanted_again = has_more or channel.news_at is not None
    Channel.objects.filter(pk=channel.pk).update(
        next_fetch_at=at if is_wanted_again else at + timedelta(seconds=channel.poll_seconds),
        claimed_at=None,
        last_success_at=at,
        failure_count=0,
        **NO_PROBLEM.in_columns("last_error"),
        **_budget(result.budget),
    )
    if is_wanted_again:
        look_soon(channel.pk)


def _budget(budget: Budget | None) -> dict[str, object]:
    """Return what is to be noted of it; a network that says nothing leaves what it said before."""
    if budget is None:
        return {}
    return {
        "budget_left": max(budget.left, 0),
        "budget_of": max(budget.of, 0),
        "budget_resets_at": budget.resets_at,
    }


def _failed(channel: Channel, failure: ConnectorFailed, at: datetime) -> None:
    """Note the failure and come back later: soon at first, then ever less often."""
    problem = to_be_kept(failure.told, channel)
    pause = min(timedelta(seconds=channel.poll_seconds) * 2 ** min(channel.failure_count, 8), LONGEST_PAUSE)
    if isinstance(failure, AuthorisationFailure):
        pause = max(pause, REFUSED_PAUSE)
    if isinstance(failure, NothingToAsk):
        pause = min(pause, _rest_of_day(at))
    change: dict[str, object] = {}
    if isinstance(failure, TemporaryFailure) and failure.retry_after is not None:
        asked = min(timedelta(seconds=max(failure.retry_after, 0)), LONGEST_ASKED_PAUSE)
        pause = max(pause, asked)
        if isinstance(failure, RateLimited):
            change = {"budget_left": 0, "budget_resets_at": at + asked}
    with transaction.atomic():
        now = Channel.objects.select_for_update().get(pk=channel.pk)
        if now.claimed_at != at:
            return
        coverage.note_failure(now, reason=_reason(failure), problem=problem, at=at)
        Channel.objects.filter(pk=channel.pk).update(
            next_fetch_at=at + pause,
            claimed_at=None,
            failure_count=now.failure_count + 1,
            **problem.in_columns("last_error"),
            **change,
        )


def _rest_of_day(at: datetime) -> timedelta:
    """Return how long the day lasts that streams are counted by."""
    begin = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin + timedelta(days=1) - at


def _reason(failure: ConnectorFailed) -> Gap.Reason:
    if isinstance(failure, AuthorisationFailure):
        return Gap.Reason.AUTHORISATION
    if isinstance(failure, RateLimited):
        return Gap.Reason.RATE_LIMIT
    if isinstance(failure, QuotaSpent):
        return Gap.Reason.QUOTA
    if isinstance(failure, TemporaryFailure):
        return Gap.Reason.NETWORK
    return Gap.Reason.REFUSED
