"""A correction or a removal at the network: do it, ask whether it is done, and record that it is."""

from datetime import datetime

from django.db import transaction

from listening.connectors.base import Connector, EditsReplies, OutgoingChange, PermanentFailure, RemovesReplies
from listening.models import Mention, MentionVersion
from listening.services.settings import settings_for_use
from policies.engine.rules import Policy
from socialhub.lib.told import NO_PROBLEM, Told, told
from triage.models import Conversation, Event, Reply
from triage.services import recording, telling
from triage.services.sending import change_rights, kinds
from triage.services.sending.posts import mentions_of, posts_of
from triage.services.sending.world import changes_around
from triage.services.threads.joined import has_changed_hands, joined_since
from triage.services.writing import conduct
from triage.states import ReplyKind, ReplyState


def why_not_now(reply: Reply, conversation: Conversation, *, policy: Policy, at: datetime) -> list[Told]:
    """Return in sentences what speaks against a change just before it leaves. The conversation is locked."""
    changes = joined_since(conversation, reply.fence)
    if has_changed_hands(conversation, reply.fence):
        changes.append(told("The conversation has changed hands."))
    elif not change_rights.may_change(reply.author, conversation):
        changes.append(told("Whoever asked for it may not change this answer any more."))
    if reply.original is not None:
        changes += changes_around(
            reply.original,
            kind=ReplyKind(reply.kind),
            mention_id=reply.answers_id,
            policy_version_id=reply.policy_version_id,
            in_force_id=policy.version_id,
            written_at=reply.queued_at,
        )
    return changes or conduct.why_not(reply, conversation, policy=policy, at=at)


def carry_out(connector: Connector, reply: Reply, *, at: datetime) -> None:
    """Have the network do it. Done twice it is done once.

    :raises ConnectorFailed: as the connector says.
    """
    settings = settings_for_use(reply.conversation.channel, at=at)
    if reply.kind == ReplyKind.CORRECTION and isinstance(connector, EditsReplies):
        for change in _outgoing(reply):
            connector.edit(settings, change)
    elif reply.kind == ReplyKind.REMOVAL and isinstance(connector, RemovesReplies):
        # From the last one up: a thread that is broken off in between still begins with its beginning.
        for change in reversed(_outgoing(reply)):
            connector.remove(settings, change)
    else:
        raise PermanentFailure(told("This channel does not let an answer be changed."))


def is_done(connector: Connector, reply: Reply, *, at: datetime) -> bool:
    """Ask the network whether it is done.

    :raises ConnectorFailed: it cannot tell.
    """
    settings = settings_for_use(reply.conversation.channel, at=at)
    if reply.kind == ReplyKind.CORRECTION and isinstance(connector, EditsReplies):
        return all(connector.is_edited(settings, change) for change in _outgoing(reply))
    if reply.kind == ReplyKind.REMOVAL and isinstance(connector, RemovesReplies):
        return all(connector.is_removed(settings, change) for change in _outgoing(reply))
    raise PermanentFailure(told("This channel does not let an answer be changed."))


def done(reply: Reply, *, at: datetime) -> bool:
    """Record that it is done: a proof, so it counts whoever took over meanwhile."""
    with transaction.atomic():
        # Before the conversation, in the order in which intake locks them.
        ours = lock_ours(reply)
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=reply.conversation_id)
        is_out = Reply.objects.filter(original=reply.original_id, kind=ReplyKind.REMOVAL, state=ReplyState.SENT)
        if reply.kind == ReplyKind.REMOVAL and is_out.exists():
            return False
        recorded = (
            Reply.objects.filter(pk=reply.pk)
            .exclude(state=ReplyState.SENT)
            .update(state=ReplyState.SENT, sent_at=at, failure="", **NO_PROBLEM.in_columns("error"))
        )
        if not recorded:
            return False
        kind = Event.Kind.REPLY_REMOVED if reply.kind == ReplyKind.REMOVAL else Event.Kind.REPLY_CORRECTED
        event = recording.record(
            conversation_id=conversation.pk, kind=kind, actor=reply.author, at=at, data=kinds.event_data(reply)
        )
        apply(reply, ours, conversation, event)
    return True


def lock_ours(reply: Reply) -> list[Mention]:
    """Lock the mentions of the answer that a change is about, and return them; an answer itself is about none."""
    if reply.original_id is None:
        return []
    ids = list(mentions_of(reply.original_id).values_list("pk", flat=True))
    return list(Mention.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def apply(reply: Reply, ours: list[Mention], conversation: Conversation, event: Event) -> None:
    """Let our mentions tell what the network shows since ``event``, and tell who looks after the answer.

    What they said before stays a version. Call it with all locked, in the transaction that
    marks the change as done.
    """
    at = event.at
    if reply.kind == ReplyKind.REMOVAL:
        Mention.objects.filter(pk__in=[mention.pk for mention in ours], deleted_at=None).update(deleted_at=at)
    elif not Reply.objects.filter(original=reply.original_id, state=ReplyState.SENT, pk__gt=reply.pk).exists():
        # A worker that comes back late does not hide what was corrected after it.
        for mention in ours:
            MentionVersion.objects.create(mention=mention, text=mention.text, raw=mention.raw, replaced_at=at)
            Mention.objects.filter(pk=mention.pk).update(text=reply.body, edited_at=at)
    if reply.original is not None:
        telling.tell_changed(conversation, event, reply.original.author)


def _outgoing(reply: Reply) -> list[OutgoingChange]:
    """Return what each post of the answer is to become."""
    posts = posts_of(reply.original) if reply.original is not None else []
    return [
        OutgoingChange(key=reply.key, external_id=post.external_id, text=reply.body, raw=post.raw) for post in posts
    ]
