"""What becomes of an answer that did not go out: by its kind it is tried again, or is a person's work."""

from datetime import datetime, timedelta

from django.db import transaction

from listening.connectors.base import (
    AuthorisationFailure,
    ConnectorFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    TemporaryFailure,
)
from listening.services.settings import to_be_kept
from socialhub.lib.told import Told
from triage.models import Conversation, Event, Reply
from triage.services import recording, telling
from triage.services.sending import kinds
from triage.states import Failure, ReplyState

# A network that is down for more than an hour and a half needs a person.
QUICK = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=60))
# One that asks us to wait tells when; it is asked no sooner than this, and where it does not say, after so long.
SLOW_LEAST = timedelta(seconds=10)
SLOW_UNTOLD = timedelta(minutes=5)
# Longer than a working day's morning no answer waits for a network without a person knowing.
SLOW_FOR = timedelta(hours=6)


def take(reply: Reply, failure: ConnectorFailed, *, at: datetime) -> None:
    """Do what a failed sending asks for. ``at`` is the worker's fence."""
    if isinstance(failure, OutcomeUnknown):
        uncertain(reply, failure, at=at)
    elif isinstance(failure, RateLimited | QuotaSpent):
        _wait(reply, failure, at)
    elif isinstance(failure, TemporaryFailure):
        try_again(reply, _told(reply, failure), retry_after=failure.retry_after, at=at)
    elif isinstance(failure, AuthorisationFailure):
        fail(reply, _told(reply, failure), Failure.AUTHORISATION, at=at)
    else:
        fail(reply, _told(reply, failure), Failure.PERMANENT, at=at)


def try_again(reply: Reply, problem: Told, *, retry_after: int | None, at: datetime) -> None:
    """Try again ever later, or when the network says; after the last try it is a person's work."""
    is_too_late = retry_after is not None and retry_after > QUICK[-1].total_seconds()
    if is_too_late or reply.quick_failures >= len(QUICK):
        fail(reply, problem, Failure.QUICK, at=at)
        return
    pause = QUICK[reply.quick_failures]
    if retry_after is not None:
        pause = timedelta(seconds=max(retry_after, 0))
    _put_back(reply, problem, Failure.QUICK, at, pause=pause)


def uncertain(reply: Reply, failure: ConnectorFailed, *, at: datetime) -> None:
    """Put before a person what nobody can know."""
    _end(reply, _told(reply, failure), ReplyState.UNCERTAIN, Event.Kind.REPLY_UNCERTAIN, at, failure="")


def fail(reply: Reply, problem: Told, failure: Failure, *, at: datetime) -> None:
    """Make the answer a person's work: its text is a draft again, and its writer is told.

    Where our sign-in is refused, those who can enter another are told as well.
    """
    _end(reply, problem, ReplyState.FAILED, Event.Kind.REPLY_FAILED, at, failure=failure)


def _wait(reply: Reply, failure: TemporaryFailure, at: datetime) -> None:
    """Wait as long as the network asks; that is no failing of its own, so only the time counts."""
    latest = reply.queued_at + SLOW_FOR
    # Compared in seconds first: what a network says may be longer than any date.
    told = failure.retry_after
    pause = SLOW_UNTOLD if told is None else timedelta(seconds=min(max(told, 0), SLOW_FOR.total_seconds() + 1))
    pause = max(pause, SLOW_LEAST)
    if at + pause > latest:
        fail(reply, _told(reply, failure), Failure.SLOW, at=at)
        return
    _put_back(reply, _told(reply, failure), Failure.SLOW, at, pause=pause)


def _told(reply: Reply, failure: ConnectorFailed) -> Told:
    return to_be_kept(failure.told, reply.conversation.channel)


def _put_back(reply: Reply, problem: Told, failure: Failure, at: datetime, *, pause: timedelta) -> None:
    Reply.objects.filter(pk=reply.pk, state=ReplyState.SENDING, claimed_at=at).update(
        state=ReplyState.QUEUED,
        claimed_at=None,
        not_before_at=at + pause,
        failure=failure,
        quick_failures=reply.quick_failures + (failure == Failure.QUICK),
        **problem.in_columns("error"),
    )


def _end(reply: Reply, problem: Told, state: ReplyState, kind: Event.Kind, at: datetime, *, failure: str) -> None:
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(of=("self",)).select_related("channel").get(pk=reply.conversation_id)
        )
        # What was not sent at all is still queued; what was is ours only while nobody took over.
        ours = Reply.objects.filter(pk=reply.pk, state=reply.state, claimed_at=reply.claimed_at).update(
            state=state, failure=failure, **problem.in_columns("error")
        )
        if not ours:
            return
        event = recording.record(
            conversation_id=conversation.pk,
            kind=kinds.event_kind(reply, kind),
            actor=None,
            at=at,
            data=kinds.event_data(reply, failure=failure) if failure else kinds.event_data(reply),
        )
        if state == ReplyState.FAILED:
            kinds.give_back(reply, at=at)
        telling.tell_author(conversation, event, reply.author)
        if failure == Failure.AUTHORISATION:
            telling.tell_administrators(conversation.channel, problem, at=at)
