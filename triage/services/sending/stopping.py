"""The emergency stop: one switch, and nothing leaves any more."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from listening.models import Channel, Stream, StreamMatch
from socialhub.lib import live, locks
from socialhub.lib.errors import Conflict
from socialhub.lib.told import Told, told
from teams.changes import Verb
from teams.models import Department, Organisation, User
from teams.services import audit, organisation
from triage.models import Conversation, Reply, SendingStop
from triage.services import reasons
from triage.services.sending import failing
from triage.states import Failure, ReplyState


class StandsAlready(Conflict):
    """Sending is stopped there already."""

    code = "stands_already"


class LiftedAlready(Conflict):
    """The stop was lifted already."""

    code = "lifted_already"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a stop is to stop: a channel, a stream or a department; none of them is everything."""

    channel: Channel | None = None
    stream: Stream | None = None
    department: Department | None = None


def stop_sending(*, reach: Reach, reason: str, actor: User, at: datetime) -> SendingStop:
    """Stop sending. When this returns, no worker begins to send what the stop reaches.

    What was with the network by then cannot be called back. Waits for claims that
    are being made this moment.

    :raises Invalid: there is no reason, or it is too long.
    :raises StandsAlready: somebody has stopped just that.
    """
    reason = reasons.needed(reason, otherwise=_("Say why sending is stopped."))
    with transaction.atomic():
        locks.take(locks.Lock.SENDING)
        place = {"channel": reach.channel, "stream": reach.stream, "department": reach.department}
        if SendingStop.objects.filter(**place, lifted_at=None).exists():
            raise StandsAlready(_("Sending is stopped there already."))
        stop = SendingStop.objects.create(**place, reason=reason, stopped_by=actor, stopped_at=at)
        Organisation.objects.update(is_sending_stopped=True)
        audit.note(actor=actor, verb=Verb.SENDING_STOPPED, subject=what_is_stopped(stop), at=at, reason=reason)
        _tell_pages(stop)
    organisation.forget()
    return stop


def lift_stop(*, stop_id: int, actor: User, at: datetime) -> int:
    """Lift a stop and return how many answers it held: each asks its writer again before it goes out.

    What another stop reaches goes on waiting for that one. Locks the conversations
    in the order of their ids.

    :raises LiftedAlready: somebody else was first.
    """
    with transaction.atomic():
        locks.take(locks.Lock.SENDING)
        stop = SendingStop.objects.select_related("channel", "stream", "department").get(pk=stop_id)
        held = set(Reply.objects.filter(stopped(), state=ReplyState.QUEUED).values_list("pk", flat=True))
        if not SendingStop.objects.filter(pk=stop_id, lifted_at=None).update(lifted_by=actor, lifted_at=at):
            raise LiftedAlready(_("This stop was lifted already."))
        held -= set(Reply.objects.filter(stopped(), state=ReplyState.QUEUED).values_list("pk", flat=True))
        asked = _ask_again(held, at)
        Organisation.objects.update(is_sending_stopped=SendingStop.objects.filter(lifted_at=None).exists())
        audit.note(actor=actor, verb=Verb.SENDING_RESUMED, subject=what_is_stopped(stop), at=at, held=asked)
        _tell_pages(stop)
    organisation.forget()
    return asked


def stopped() -> Exists:
    """Return the condition on answers that a stop reaches them now."""
    matched = StreamMatch.objects.filter(
        stream=OuterRef("stream"), mention__entry__conversation=OuterRef(OuterRef("conversation"))
    )
    reaching = SendingStop.objects.filter(lifted_at=None).filter(
        Q(channel=None, stream=None, department=None)
        | Q(channel=OuterRef("conversation__channel"))
        | Q(department=OuterRef("conversation__department"))
        | Q(Exists(matched), stream__isnull=False)
    )
    return Exists(reaching)


def is_stopped(reply_id: int) -> bool:
    """Say whether a stop reaches an answer. While a transaction shares the lock of sending, that stays so."""
    return Reply.objects.filter(stopped(), pk=reply_id).exists()


def what_is_stopped(stop: SendingStop) -> Told:
    """Return in words what a stop reaches."""
    if stop.channel is not None:
        return Told(gettext_noop("the channel %(name)s"), {"name": stop.channel.name})
    if stop.stream is not None:
        return Told(gettext_noop("the stream %(name)s"), {"name": stop.stream.name})
    if stop.department is not None:
        return Told(gettext_noop("the department %(name)s"), {"name": stop.department.name})
    return Told(gettext_noop("everything"))


def _tell_pages(stop: SendingStop) -> None:
    """Let open pages look again at what waits, and at the stops that every page shows."""
    live.inbox_changed()
    live.sending_changed(stop.department_id)


def _ask_again(reply_ids: set[int], at: datetime) -> int:
    """Give held answers back to their writers; return how many there were."""
    held = Reply.objects.filter(pk__in=reply_ids)
    # In the order of the conversations, as everybody who locks several of them.
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True)
    list(rows.filter(pk__in=held.values("conversation")).order_by("pk").values_list("pk"))
    waiting = list(held.filter(state=ReplyState.QUEUED).select_related("author").order_by("conversation"))
    for reply in waiting:
        failing.fail(reply, told("Sending was stopped. Look and send again."), Failure.STOPPED, at=at)
    return len(waiting)
