"""What has changed in a conversation since somebody wrote their answer."""

from datetime import datetime

from listening.models import Mention
from socialhub.lib.told import Told
from socialhub.lib.told import told as _
from triage.models import Conversation, Reply
from triage.services.sending.posts import mentions_of
from triage.services.threads.joined import has_changed_hands
from triage.states import ReplyKind


def newest_inbound_id(conversation_id: int) -> int | None:
    """Return the mention that was heard last and can be answered: a person said it, and it is still there."""
    inbound = Mention.objects.filter(
        entry__conversation=conversation_id, entry__is_copy=False, is_ours=False, is_automatic=False, deleted_at=None
    )
    return inbound.order_by("-pk").values_list("pk", flat=True).first()


def pen_lost(reply: Reply, conversation: Conversation) -> list[Told]:
    """Return in a sentence that the pen has changed hands since somebody sent ``reply``, or nothing."""
    if conversation.holder_id is not None and not has_changed_hands(conversation, reply.fence):
        return []
    return [_("The conversation has changed hands.")]


def newest_said_id(conversation_id: int) -> int | None:
    """Return the mention that somebody else said last, also where they have taken it back since."""
    said = Mention.objects.filter(
        entry__conversation=conversation_id, entry__is_copy=False, is_ours=False, is_automatic=False
    )
    return said.order_by("-pk").values_list("pk", flat=True).first()


def changes_around(
    original: Reply,
    *,
    kind: ReplyKind,
    mention_id: int,
    policy_version_id: int,
    in_force_id: int,
    written_at: datetime | None = None,
) -> list[Told]:
    """Return in sentences what somebody who changes an answer of ours had not before them.

    As ``changes_since``, but what the answer answers may be gone: it is ours that is corrected, so
    it is ours that must still be there, as it was ``written_at``. To remove what is gone is no change.
    """
    changes: list[Told] = []
    ours = list(mentions_of(original.pk).values_list("deleted_at", "edited_at"))
    if kind == ReplyKind.CORRECTION and any(deleted_at is not None for deleted_at, _edited_at in ours):
        changes.append(_("The answer is not on the network any more."))
    elif written_at and any(edited_at and edited_at > written_at for _deleted_at, edited_at in ours):
        changes.append(_("The answer was edited on the network."))
    # What was said in a conversation that was merged is in another.
    newest = newest_said_id(original.conversation_id) or original.answers_id
    if newest < mention_id:
        changes.append(_("Messages were taken out of this conversation."))
    elif newest != mention_id:
        changes.append(_("There is a new message in this conversation."))
    if policy_version_id != in_force_id:
        changes.append(_("A new version of the policy has come into force."))
    return changes


def changes_since(
    conversation_id: int,
    *,
    mention_id: int,
    policy_version_id: int,
    in_force_id: int,
    written_at: datetime | None = None,
) -> list[Told]:
    """Return in sentences what the writer had not before them; nothing when all is as they saw it.

    ``mention_id`` and ``policy_version_id`` are what they saw, ``in_force_id`` is the version in force now,
    ``written_at`` is when they wrote, if it is some time ago.
    """
    changes: list[Told] = []
    answered = Mention.objects.filter(pk=mention_id, entry__conversation=conversation_id).first()
    is_gone = answered is not None and answered.deleted_at is not None
    newest = newest_inbound_id(conversation_id)
    if is_gone:
        changes.append(_("What you answer was deleted by its author."))
    elif answered is None and newest is not None:
        changes.append(_("What you answer is not in this conversation any more."))
    elif answered is not None and written_at and answered.edited_at and answered.edited_at > written_at:
        changes.append(_("What you answer was edited by its author."))
    if newest is None and not is_gone:
        changes.append(_("Nothing is left here that can be answered."))
    elif newest is not None and newest != mention_id and not (newest < mention_id and (is_gone or answered is None)):
        changes.append(_("There is a new message in this conversation."))
    if policy_version_id != in_force_id:
        changes.append(_("A new version of the policy has come into force."))
    return changes
