"""The outbox at work: claim, commit, send, record; what cannot be known is put before a person."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from listening.connectors.base import (
    Connector,
    ConnectorFailed,
    LooksForReply,
    SentReply,
    TemporaryFailure,
)
from listening.models import Mention, Profile, WaitingMention
from listening.services.settings import settings_for_use
from policies.engine.rules import Policy
from policies.services.reading import policy_in_force
from socialhub.lib import locks
from socialhub.lib.errors import Conflict
from socialhub.lib.told import NO_PROBLEM, Told, one_after_another, told
from teams.models import User
from triage.models import Conversation, Event, Reply, ReplyPart, ThreadEntry
from triage.services import clocks, recording
from triage.services.approving import standing
from triage.services.arriving import closing_remarks
from triage.services.pen import offering, voiding
from triage.services.sending import carrying_out, failing, kinds, parting, private_window, stopping
from triage.services.sending.world import changes_since, newest_inbound_id, pen_lost
from triage.services.threads.joined import joined_since
from triage.services.writing import conduct
from triage.states import Failure, Outcome, ReplyKind, ReplyState, Stage

# Longer than any connector's own time limit: whoever claimed it is dead.
STUCK_AFTER = timedelta(minutes=2)
# How the last attempt ended where the network may have been reached.
TRIED = (Failure.QUICK, Failure.SLOW, Failure.PERMANENT, Failure.AUTHORISATION)
# What sending an answer takes, or changing one.
WITH = ("conversation__channel", "answers", "author", "original__mention", "original__author")


class ReplyNotUncertain(Conflict):
    """The fate of the answer is known already."""

    code = "reply_not_uncertain"


class StillUnknown(Conflict):
    """The network cannot say whether it has the answer."""

    code = "still_unknown"


class Verdict(StrEnum):
    """What a person found out about an uncertain answer."""

    THERE = "there"
    NOT_THERE = "not_there"


def deliver_reply(*, reply_id: int, at: datetime, connector: Connector) -> bool:
    """Send one queued answer; return whether it is known to be out. Harmless to run twice.

    Of one that is several posts it sends the next; that is written down before another is sent.
    The row is claimed and committed before the network is called, outside any
    transaction. ``at`` is the fence: a worker given up for dead cannot overwrite
    the one that took over. What waited until the world had changed is not sent, and
    what a stop reaches goes on waiting.
    """
    reply = _claim(reply_id, at)
    if reply is None:
        return False
    if reply.kind != ReplyKind.ANSWER:
        return _change(reply, at, connector)
    part = parting.next_part(reply)
    try:
        # What was tried before may have arrived after all.
        found = _look_first(connector, reply, part, at) if reply.failure in TRIED else None
        sent = found or connector.send(
            settings_for_use(reply.conversation.channel, at=at), parting.outgoing(reply, part)
        )
    except ConnectorFailed as failure:
        failing.take(reply, failure, at=at)
        return False
    return _sent(reply, part, sent, at)


def _change(reply: Reply, at: datetime, connector: Connector) -> bool:
    """Correct or remove what is out; return whether that is known to be done."""
    try:
        carrying_out.carry_out(connector, reply, at=at)
    except ConnectorFailed as failure:
        failing.take(reply, failure, at=at)
        return False
    return carrying_out.done(reply, at=at)


def _claim(reply_id: int, at: datetime) -> Reply | None:
    """Make a due answer this worker's, if nothing speaks against sending it now.

    Everything is looked at in the transaction of the claim: with the lock of sending
    shared no stop comes in between, with that of publishing shared no version of the
    policy, with that of incidents shared no declaration, with the conversation locked no
    change of hands, no new message and no withdrawal.
    """
    with transaction.atomic():
        locks.share(locks.Lock.SENDING)
        locks.share(locks.Lock.PUBLISH_POLICY)
        locks.share(locks.Lock.INCIDENTS)
        policy = policy_in_force()
        due = Reply.objects.filter(pk=reply_id, state=ReplyState.QUEUED, not_before_at__lte=at)
        if not due.exists():
            return None
        conversation = Conversation.objects.select_for_update(of=("self",)).get(replies=reply_id)
        reply = due.select_related(*WITH, "approval").first()
        if reply is None or stopping.is_stopped(reply_id):
            return None
        if reply.kind == ReplyKind.ANSWER:
            changes = _why_not_now(reply, conversation, policy, at)
        else:
            changes = carrying_out.why_not_now(reply, conversation, policy=policy, at=at)
        if changes:
            failing.fail(reply, one_after_another(changes), Failure.CHANGED, at=at)
            return None
        if not due.update(state=ReplyState.SENDING, claimed_at=at, attempt_count=F("attempt_count") + 1):
            return None
        reply.state, reply.claimed_at = ReplyState.SENDING, at
    return reply


def _why_not_now(reply: Reply, conversation: Conversation, policy: Policy, at: datetime) -> list[Told]:
    if parting.has_begun(reply):
        # Half an answer is worse than one to a world that has changed since its beginning.
        return pen_lost(reply, conversation) + standing.not_approved(reply, conduct.of_decision(conversation))
    changes = pen_lost(reply, conversation) + joined_since(conversation, reply.fence)
    changes += changes_since(
        conversation.pk,
        mention_id=reply.answers_id,
        policy_version_id=reply.policy_version_id,
        in_force_id=policy.version_id,
        written_at=reply.queued_at,
    )
    changes += private_window.closed_for(reply, at=at)
    # What has changed is looked at by a person, who is then told what the policy says of it.
    return changes or conduct.why_not(reply, conversation, policy=policy, at=at)


def resolve_stuck(*, reply_id: int, at: datetime, connector: Connector) -> None:
    """Find out what became of an answer whose worker died while sending.

    The network is asked. Where it does not have the answer, it goes out once
    more; where it cannot tell, a person is asked: a second public answer is worse
    than a late one.
    """
    taken = Reply.objects.filter(pk=reply_id, state=ReplyState.SENDING, claimed_at__lt=at - STUCK_AFTER).update(
        claimed_at=at
    )
    if not taken:
        return
    reply = _again(reply_id)
    try:
        record_it = _what_is_there(connector, reply, at)
    except ConnectorFailed as failure:
        failing.uncertain(reply, failure, at=at)
        return
    if record_it is not None:
        record_it()
    else:
        failing.try_again(reply, told("The worker that was sending it stopped."), retry_after=0, at=at)


def look_again(*, reply_id: int, at: datetime, connector: Connector) -> None:
    """Ask the network about an uncertain answer: found, it is sent; surely absent, it has failed.

    :raises ReplyNotUncertain: its fate is known already.
    :raises StillUnknown: the network cannot tell.
    """
    reply = _again(reply_id)
    if reply.state != ReplyState.UNCERTAIN:
        raise ReplyNotUncertain(_("Somebody has settled this already."))
    try:
        record_it = _what_is_there(connector, reply, at)
    except ConnectorFailed as failure:
        raise StillUnknown(_("The network cannot tell: %(reason)s") % {"reason": failure}) from failure
    if not Reply.objects.filter(pk=reply_id, state=ReplyState.UNCERTAIN).update(
        state=ReplyState.SENDING, claimed_at=at
    ):
        raise ReplyNotUncertain(_("Somebody has settled this already."))
    if record_it is not None:
        record_it()
        return
    is_answer = reply.kind == ReplyKind.ANSWER
    absent = told("The network does not have it.") if is_answer else told("The network shows the answer as it was.")
    failing.fail(_again(reply_id), absent, Failure.QUICK, at=at)


def settle_reply(*, reply_id: int, verdict: Verdict, actor: User, at: datetime) -> None:
    """Record what a person found out about an uncertain answer.

    :raises ReplyNotUncertain: its fate is known already.
    """
    with transaction.atomic():
        reply = _again(reply_id)
        # Before the conversation, in the order in which intake locks them.
        ours = carrying_out.lock_ours(reply)
        conversation = _locked(reply)
        part = parting.next_part(reply)
        if verdict == Verdict.THERE and part is not None and reply.state == ReplyState.UNCERTAIN:
            parting.believe(part, at=at)
            if parting.goes_on(reply, part, actor=actor, at=at, verdict=verdict.value):
                return
        change = (
            {"state": ReplyState.SENT, "sent_at": at, "error": ""}
            if verdict == Verdict.THERE
            else {"state": ReplyState.FAILED, "claimed_at": None, "failure": Failure.QUICK}
        )
        if not Reply.objects.filter(pk=reply_id, state=ReplyState.UNCERTAIN).update(**change):
            raise ReplyNotUncertain(_("Somebody has settled this already."))
        event = recording.record(
            conversation_id=conversation.pk,
            kind=kinds.event_kind(reply, Event.Kind.REPLY_SETTLED),
            actor=actor,
            at=at,
            data=kinds.event_data(reply, verdict=verdict.value),
        )
        if verdict == Verdict.NOT_THERE:
            kinds.give_back(reply, at=at)
        elif reply.kind != ReplyKind.ANSWER:
            carrying_out.apply(reply, ours, conversation, event)
        else:
            _after_sending(conversation, reply, at)


def _again(reply_id: int) -> Reply:
    """Read an answer as it stands now, with all that sending it takes."""
    return Reply.objects.select_related(*WITH).get(pk=reply_id)


def _look_first(connector: Connector, reply: Reply, part: ReplyPart | None, at: datetime) -> SentReply | None:
    """Ask for an answer that was tried before; a network that cannot tell had said that it did not take it."""
    try:
        return _look(connector, reply, part, at)
    except TemporaryFailure:
        raise
    except ConnectorFailed:
        return None


def _what_is_there(connector: Connector, reply: Reply, at: datetime) -> Callable[[], object] | None:
    """Ask the network; return what records that the answer is out, or the change done, if it is."""
    if reply.kind != ReplyKind.ANSWER:
        return partial(carrying_out.done, reply, at=at) if carrying_out.is_done(connector, reply, at=at) else None
    part = parting.next_part(reply)
    found = _look(connector, reply, part, at)
    return partial(_sent, reply, part, found, at) if found is not None else None


def _look(connector: Connector, reply: Reply, part: ReplyPart | None, at: datetime) -> SentReply | None:
    """Ask the network for an answer: by its key, or by its words where keys are not remembered."""
    settings = settings_for_use(reply.conversation.channel, at=at)
    if isinstance(connector, LooksForReply):
        return connector.look_for(settings, parting.outgoing(reply, part))
    return connector.look(settings, parting.key_of(reply, part))


def _sent(reply: Reply, part: ReplyPart | None, sent: SentReply, at: datetime) -> bool:
    """Record that the network has the answer: a proof, so it counts whoever took over meanwhile."""
    with transaction.atomic():
        # Before the conversation, in the order in which intake locks them.
        mention = _our_mention(reply, part, sent, at)
        conversation = _locked(reply)
        if part is not None:
            if not parting.take_down(part, sent, mention, at=at):
                transaction.set_rollback(True)
                return False
            _enter(mention, conversation)
            if parting.goes_on(reply, part, actor=reply.author, at=at):
                return False
            mention = parting.first_mention(reply) or mention
        recorded = (
            Reply.objects.filter(pk=reply.pk)
            .exclude(state=ReplyState.SENT)
            .update(state=ReplyState.SENT, sent_at=at, mention=mention, failure="", **NO_PROBLEM.in_columns("error"))
        )
        if not recorded:
            transaction.set_rollback(True)
            return False
        _enter(mention, conversation)
        recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.REPLY_SENT,
            actor=reply.author,
            at=at,
            data={"reply": reply.pk},
        )
        _after_sending(conversation, reply, at)
    return True


def _enter(mention: Mention, conversation: Conversation) -> None:
    """Put a post of ours into the thread."""
    _entry, is_new = ThreadEntry.objects.get_or_create(mention=mention, defaults={"conversation": conversation})
    if is_new:
        Conversation.objects.filter(pk=conversation.pk).update(mention_count=F("mention_count") + 1)


def _our_mention(reply: Reply, part: ReplyPart | None, sent: SentReply, at: datetime) -> Mention:
    """Return our own post as a mention: hearing it again later will find it known.

    Where it was heard before we could record it, intake has nothing more to do with it.
    """
    outgoing = parting.outgoing(reply, part)
    channel_id = reply.conversation.channel_id
    handles = reply.conversation.channel.our_handles
    handle = handles[0] if handles else "us"
    profile, _created = Profile.objects.get_or_create(
        channel_id=channel_id,
        external_id=handle,
        defaults={"name": handle, "handle": handle, "is_ours": True},
    )
    mention, _created = Mention.objects.get_or_create(
        channel_id=channel_id,
        external_id=sent.external_id,
        defaults={
            "profile": profile,
            "is_ours": True,
            "text": outgoing.text,
            "url": sent.url,
            "in_reply_to": outgoing.in_reply_to,
            "published_at": sent.published_at,
            "heard_at": at,
            "raw": dict(sent.raw),
        },
    )
    WaitingMention.objects.filter(mention=mention).delete()
    return mention


def _after_sending(conversation: Conversation, reply: Reply, at: datetime) -> None:
    """Move the conversation on: the customer's turn, or closed if the writer said so."""
    conversation.last_outbound_at = at
    conversation.first_answered_at = conversation.first_answered_at or at
    fields = ["last_outbound_at", "first_answered_at"]
    # What the customer said while the answer was on its way keeps the clock running.
    is_answered = newest_inbound_id(conversation.pk) == reply.answers_id or closing_remarks.only_thanks_since(
        conversation.pk, mention_id=reply.answers_id
    )
    if is_answered and conversation.stage in (Stage.CLAIMED, Stage.WAITING):
        _hand_to_customer(conversation, reply, at)
        fields += ["stage", "holder", "outcome", "closed_at", "fence", *clocks.COLUMNS]
    conversation.save(update_fields=fields)


def _hand_to_customer(conversation: Conversation, reply: Reply, at: datetime) -> None:
    clocks.end_step(conversation, is_done=True, actor=reply.author, at=at)
    offering.wake_offering(conversation.department_id)
    if not reply.closes:
        clocks.apply(conversation, clocks.pause(conversation, is_done=True, at=at))
        if conversation.stage != Stage.WAITING:
            conversation.stage = Stage.WAITING
            recording.record(conversation_id=conversation.pk, kind=Event.Kind.WAITING, actor=reply.author, at=at)
        return
    clocks.end_resolving(conversation, at=at)
    clocks.apply(conversation, clocks.stop())
    conversation.stage = Stage.CLOSED
    conversation.holder = None
    conversation.outcome = Outcome.RESOLVED
    conversation.closed_at = at
    conversation.fence += 1
    voiding.void_asking(conversation_id=conversation.pk, at=at)
    recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.CLOSED,
        actor=reply.author,
        at=at,
        data={"outcome": Outcome.RESOLVED.value},
    )


def _locked(reply: Reply) -> Conversation:
    return Conversation.objects.select_for_update(of=("self",)).get(pk=reply.conversation_id)
