"""Let a mention join the conversation to which it belongs, and reopen it where that is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from listening.heard import BOUNCE
from listening.models import Mention
from policies.engine.rules import Policy
from triage.models import Concern, Conversation, Event, ThreadEntry
from triage.services import clocks, recording, snoozing, telling
from triage.services.arriving import closing_remarks
from triage.services.arriving.heard import Heard
from triage.services.arriving.listeners import Listener
from triage.services.arriving.threading import Group
from triage.services.keeping import erasing
from triage.services.sending import private_window
from triage.services.threads import merging
from triage.states import DueFor, Outcome, Stage


def join(
    group: Group,
    waiting: Mapping[int, Heard],
    loose: Mapping[int, Heard],
    policy: Policy,
    listeners: Sequence[Listener],
    at: datetime,
) -> int:
    """Add the arrivals of ``group`` to its conversation, do what their coming means, and return the conversation.

    Locks the conversation. Where several conversations turn out to be one thread,
    they are merged first.
    """
    conversation, grown = merging.merge(conversation_ids=group.conversations, at=at)
    _change(conversation, erasing.heard_after_all(conversation))
    if grown is not None:
        snoozing.wake_by_message(conversation, at=at)
        _change(conversation, _stir(conversation, conversation.last_inbound_at, grown, policy, at))
    heard = sorted(
        [waiting[pk] for pk in group.arrivals] + [loose[pk] for pk in group.loose],
        key=lambda one: (one.published_at, one.mention_id),
    )
    ThreadEntry.objects.bulk_create(
        ThreadEntry(mention_id=one.mention_id, conversation=conversation, is_copy=one.is_copy) for one in heard
    )
    _fold([one for one in heard if one.is_copy], conversation, at)
    heard = [one for one in heard if not one.is_copy]
    _listen(conversation, heard, listeners)
    bounces = _bounces(heard)
    for one in heard:
        if one.is_ours:
            change = _ours(conversation, one, at)
        elif one.is_automatic:
            change = _automatic(conversation, one, policy, at, is_bounce=one.mention_id in bounces)
        else:
            change = _theirs(conversation, one, policy, at)
        _change(conversation, {**change, "mention_count": conversation.mention_count + 1})
    return conversation.pk


def _change(conversation: Conversation, change: dict[str, Any]) -> None:
    for name, value in change.items():
        setattr(conversation, name, value)
    if change:
        conversation.save(update_fields=list(change))


def _listen(conversation: Conversation, heard: Sequence[Heard], listeners: Sequence[Listener]) -> None:
    Concern.objects.bulk_create(
        [
            Concern(conversation=conversation, department_id=listener.department_id, because=Concern.Because.HEARD)
            for listener in listeners
            if any(listener.words.first_in(one.wording) for one in heard)
        ],
        ignore_conflicts=True,
    )


def _fold(copies: Sequence[Heard], conversation: Conversation, at: datetime) -> None:
    """Count what only passes on: it is nobody's word, so nothing is reopened and nobody is told."""
    if not copies:
        return
    _change(conversation, {"copy_count": conversation.copy_count + len(copies)})
    recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.COPIED,
        actor=None,
        at=at,
        data={"mentions": sorted(one.mention_id for one in copies)},
    )
    snoozing.wake_by_reach(conversation, at=at)


def _bounces(heard: Sequence[Heard]) -> set[int]:
    automatic = [one.mention_id for one in heard if one.is_automatic and not one.is_ours]
    if not automatic:
        return set()
    return set(Mention.objects.filter(pk__in=automatic, raw__has_key=BOUNCE).values_list("pk", flat=True))


def _automatic(
    conversation: Conversation, heard: Heard, policy: Policy, at: datetime, *, is_bounce: bool
) -> dict[str, Any]:
    """Take in what a machine said: nobody's word, but an answer of ours that came back is work again."""
    kind = Event.Kind.BOUNCED if is_bounce else Event.Kind.HEARD
    event = recording.record(
        conversation_id=conversation.pk, kind=kind, actor=None, at=at, data={"mention": heard.mention_id}
    )
    if not is_bounce:
        return {}
    snoozing.wake_by_message(conversation, at=at)
    return _stir(conversation, heard.published_at, event, policy, at)


def _ours(conversation: Conversation, heard: Heard, at: datetime) -> dict[str, Any]:
    """Take in our own post: made in the network's own app, or heard back after we sent it."""
    recording.record(
        conversation_id=conversation.pk, kind=Event.Kind.HEARD, actor=None, at=at, data={"mention": heard.mention_id}
    )
    change: dict[str, Any] = {
        "last_outbound_at": max(heard.published_at, conversation.last_outbound_at or heard.published_at)
    }
    if conversation.stage == Stage.NEW and heard.published_at >= conversation.last_inbound_at:
        recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.CLOSED,
            actor=None,
            at=at,
            data={"outcome": Outcome.ELSEWHERE.value},
        )
        change |= {"stage": Stage.CLOSED, "outcome": Outcome.ELSEWHERE, "closed_at": at, **clocks.stop()}
    return change


def _theirs(conversation: Conversation, heard: Heard, policy: Policy, at: datetime) -> dict[str, Any]:
    """Take in what somebody else said: it reopens what was closed and ends the waiting."""
    is_thanks = _is_thanks(conversation, heard, policy)
    data = {"mention": heard.mention_id, "thanks": True} if is_thanks else {"mention": heard.mention_id}
    event = recording.record(conversation_id=conversation.pk, kind=Event.Kind.HEARD, actor=None, at=at, data=data)
    change: dict[str, Any] = {}
    if heard.published_at >= conversation.last_inbound_at:
        # Set before anybody is told: the telling quotes it.
        conversation.snippet = heard.snippet
        if not conversation.author_name:
            # All that was known of the author is erased, and whoever speaks now may have another profile.
            change |= {"author_name": heard.author_name, "profile_id": heard.profile_id}
        change |= {
            "last_inbound_at": heard.published_at,
            "snippet": heard.snippet,
            "sentiment": heard.sentiment,
        }
        change |= _moved_window(conversation, heard, at)
    snoozing.wake_by_message(conversation, at=at)
    return change if is_thanks else change | _stir(conversation, heard.published_at, event, policy, at)


def _is_thanks(conversation: Conversation, heard: Heard, policy: Policy) -> bool:
    """Say whether this is a word of thanks at the end, which is no new work: it moves no clock and reopens nothing."""
    is_over = conversation.stage == Stage.WAITING or (
        conversation.stage == Stage.CLOSED and conversation.last_outbound_at is not None
    )
    return is_over and closing_remarks.is_one(heard.text, policy)


def _moved_window(conversation: Conversation, heard: Heard, at: datetime) -> dict[str, Any]:
    """Return what it changes that the network's window for answers counts from now on."""
    until = private_window.Windows().until(heard.channel_kind, heard.channel_id, spoken_at=heard.published_at)
    if until == conversation.private_until:
        return {}
    conversation.private_until = until
    return {"private_until": until, **clocks.look_again(conversation, at=at)}


def _stir(conversation: Conversation, said_at: datetime, event: Event, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return what it changes that somebody else spoke, and tell who must know."""
    if conversation.stage == Stage.CLAIMED:
        telling.tell_holder(conversation, event)
    elif conversation.stage == Stage.WAITING:
        return end_waiting(conversation, policy, event, at)
    elif conversation.stage == Stage.CLOSED and not _is_answered_elsewhere(conversation, said_at):
        reopened = recording.record(
            conversation_id=conversation.pk, kind=Event.Kind.REOPENED, actor=None, at=at, data=event.data
        )
        telling.tell_department(conversation, reopened)
        return reopening(conversation, policy, at)
    return {}


def _is_answered_elsewhere(conversation: Conversation, said_at: datetime) -> bool:
    """Say whether our last word in the network's own app came after this, which only reached us later.

    What was answered here is another matter: whoever answered had not read this.
    """
    last_word = conversation.last_outbound_at
    return conversation.outcome == Outcome.ELSEWHERE and last_word is not None and said_at <= last_word


def end_waiting(conversation: Conversation, policy: Policy, event: Event, at: datetime) -> dict[str, Any]:
    """Return what it changes that we no longer wait for the customer, and tell whose turn it is."""
    if conversation.holder_id is not None:
        telling.tell_holder(conversation, event)
        # The holder had nothing to do while the customer had the word: the claim rests from now on.
        return {
            **clocks.resume(conversation, DueFor.ANSWER, policy=policy, at=at),
            "stage": Stage.CLAIMED,
            "worked_at": at,
            "idle_warned_at": None,
        }
    telling.tell_department(conversation, event)
    return {**clocks.resume(conversation, DueFor.CLAIM, policy=policy, at=at), "stage": Stage.ASSIGNED}


def reopening(conversation: Conversation, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return the columns of a reopened conversation: back to the department that had it, else to triage."""
    had_department = conversation.department_id is not None
    step = DueFor.CLAIM if had_department else DueFor.DECIDE
    return {
        **clocks.start_again(conversation, step, policy=policy, at=at),
        "stage": Stage.ASSIGNED if had_department else Stage.NEW,
        "holder": None,
        "outcome": "",
        "closed_at": None,
        "erased_at": None,
        "raw_erased_at": None,
        "fence": conversation.fence + 1,
    }
