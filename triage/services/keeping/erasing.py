"""Erase what was said in one conversation, in one transaction: what stays is that it was, and what was decided."""

from datetime import datetime
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from listening.connectors.by_hand import KIND as BY_HAND
from listening.heard import BOUNCE
from listening.models import Mention, MentionVersion, Profile
from listening.services import forgetting, pictures
from policies.engine.outcomes import What
from policies.engine.rules import Because
from socialhub.lib import locks
from socialhub.lib.told import NO_PROBLEM
from teams.models import Notification
from triage.models import (
    Approval,
    ApprovalStep,
    Attachment,
    Conversation,
    Decision,
    Draft,
    Event,
    HandOver,
    Note,
    Reply,
    ReplyPart,
    ThreadEntry,
)
from triage.models.approval import OPEN_STATES
from triage.services.keeping import holds
from triage.signals import conversation_erased
from triage.states import IN_FLIGHT, Stage


class Fate(Enum):
    """What became of a conversation that was to be erased."""

    ERASED = "erased"
    # On legal hold.
    HELD = "held"
    # Something is still on its way.
    BUSY = "busy"
    # It was reopened, erased or closed anew meanwhile.
    CHANGED = "changed"


def erase(
    *, conversation_id: int, channel_id: int, closed_at: datetime, what: What, because: Because, at: datetime
) -> Fate:
    """Erase ``what`` of a conversation that is still closed since ``closed_at``, unless a hold stands on it.

    Nothing is heard into its channel, and no hold is placed, while this is at work; the
    conversation is locked. Harmless to run twice.
    """
    with transaction.atomic():
        # In this order everywhere: hearing first, then people, holds, and the conversation last.
        locks.take(locks.Lock.STORE, channel_id)
        locks.take(locks.Lock.JOIN_PEOPLE)
        locks.share(locks.Lock.ERASE)
        still = Conversation.objects.filter(pk=conversation_id, stage=Stage.CLOSED, closed_at=closed_at)
        undone = {"erased_at": None} if what == What.CONTENT else {"raw_erased_at": None}
        conversation = still.filter(**undone).select_for_update(of=("self",), no_key=True).first()
        if conversation is None:
            return Fate.CHANGED
        if holds.held_among([conversation_id]):
            return Fate.HELD
        if what == What.RAW:
            _erase_raw(conversation, at)
            return Fate.ERASED
        if _is_busy(conversation_id):
            return Fate.BUSY
        profiles = _erase_content(conversation, because, at)
        # No page needs to look again at once, and a night has many of these: not by ``recording``.
        Event.objects.create(
            conversation_id=conversation_id,
            kind=Event.Kind.ERASED,
            actor=None,
            at=at,
            data={"rule": because.rule_id, "clause": because.clause_id},
        )
        conversation_erased.send(sender=Conversation, conversation_id=conversation_id)
        forgetting.forget_profiles(profiles=_fallen_silent(profiles), at=at)
    return Fate.ERASED


def heard_after_all(conversation: Conversation) -> dict[str, Any]:
    """Return what it changes that a message comes to a conversation: then there is something to erase again."""
    is_touched = conversation.erased_at is not None or conversation.raw_erased_at is not None
    return {"erased_at": None, "raw_erased_at": None} if is_touched else {}


def note_addition(*, conversation_id: int) -> Conversation:
    """Let a conversation be erased again, to which a note is added, and return it.

    Locks it; call it in the transaction that adds.
    """
    conversation = Conversation.objects.select_for_update(of=("self",), no_key=True).get(pk=conversation_id)
    if conversation.erased_at is not None:
        Conversation.objects.filter(pk=conversation_id).update(erased_at=None)
    return conversation


def _is_busy(conversation_id: int) -> bool:
    in_flight = Reply.objects.filter(conversation=conversation_id, state__in=IN_FLIGHT)
    asked = Approval.objects.filter(conversation=conversation_id, state__in=OPEN_STATES)
    return in_flight.exists() or asked.exists()


def _said(conversation: Conversation) -> QuerySet[Mention]:
    here = ThreadEntry.objects.filter(mention=OuterRef("pk"), conversation=conversation)
    return Mention.objects.filter(Exists(here))


def _erase_raw(conversation: Conversation, at: datetime) -> None:
    """Erase what was received, but that a mail came back; what we sent and wrote down ourselves is not it."""
    theirs = _said(conversation).filter(is_ours=False)
    pictures.forget_pictures(list(theirs.values_list("pk", flat=True)))
    received = theirs.exclude(raw={}).exclude(raw__has_key=BY_HAND)
    MentionVersion.objects.filter(mention__in=received).exclude(raw={}).update(raw={})
    _empty_raw(received)
    Conversation.objects.filter(pk=conversation.pk).update(raw_erased_at=at)


def _empty_raw(mentions: QuerySet[Mention], **others: Any) -> None:
    bounced = list(mentions.filter(is_automatic=True, raw__has_key=BOUNCE).values_list("pk", flat=True))
    mentions.update(raw={}, **others)
    if bounced:
        Mention.objects.filter(pk__in=bounced).update(raw={BOUNCE: True})


def _erase_content(conversation: Conversation, because: Because, at: datetime) -> set[int]:
    """Erase all words; return the profiles that said them."""
    # First, since the triggers of what never changes ask whether the conversation is erased.
    Conversation.objects.filter(pk=conversation.pk).update(
        erased_at=at,
        raw_erased_at=at,
        erased_by_rule=because.rule_id,
        author_name="",
        snippet="",
        facts={},
        suggestion=_unseen(conversation.suggestion),
    )
    said = list(_said(conversation).values_list("pk", "profile"))
    mentions = Mention.objects.filter(pk__in=[pk for pk, _profile in said])
    pictures.forget_pictures([pk for pk, _profile in said])
    MentionVersion.objects.filter(mention__in=mentions).update(text="", raw={})
    _empty_raw(mentions, text="", url="", copy_key=None, erased_at=at)
    Note.objects.filter(conversation=conversation).update(body="")
    drafts = Draft.objects.filter(conversation=conversation)
    # Whoever saves one this moment is waited for, before it is seen which versions there are.
    list(drafts.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    drafts.delete()
    replies, approvals = (
        Reply.objects.filter(conversation=conversation),
        Approval.objects.filter(conversation=conversation),
    )
    # The files themselves go with what is named by nothing: see ``attaching.forget_files``.
    Attachment.objects.filter(reply__in=replies).delete()
    Attachment.objects.filter(approval__in=approvals).delete()
    ReplyPart.objects.filter(reply__in=replies).update(text="", raw={})
    replies.update(body="", **NO_PROBLEM.in_columns("error"))
    ApprovalStep.objects.filter(approval__in=approvals).exclude(note="").update(note="")
    approvals.update(body="", edited_body="", parts=[])
    HandOver.objects.filter(conversation=conversation).exclude(note="").update(note="")
    _erase_decisions(conversation)
    Notification.objects.filter(conversation_id=conversation.pk).update(subject="")
    return {profile for _pk, profile in said} | {conversation.profile_id}


def _fallen_silent(profiles: set[int]) -> list[int]:
    """Leave out those of whom something newer is left, without looking at all that they ever said."""
    latest = Conversation.objects.filter(profile=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    newest = Profile.objects.filter(pk__in=profiles).annotate(latest=Subquery(latest)).values_list("pk", "latest")
    found = dict(newest)
    talking = set(
        Conversation.objects.filter(pk__in=[pk for pk in found.values() if pk], erased_at=None).values_list(
            "pk", flat=True
        )
    )
    return sorted(profile for profile, last in found.items() if last not in talking)


def _erase_decisions(conversation: Conversation) -> None:
    for decision in Decision.objects.filter(conversation=conversation).order_by("pk"):
        walked = [{**step, "evidence": []} if step.get("evidence") else step for step in decision.guide]
        if decision.note or walked != decision.guide:
            Decision.objects.filter(pk=decision.pk).update(note="", guide=walked)


def _unseen(suggestion: dict[str, Any]) -> dict[str, Any]:
    """Return a suggestion without what its rules saw in the words."""
    if not suggestion:
        return suggestion
    return {**suggestion, "because": [{**one, "evidence": []} for one in suggestion.get("because", ())]}
